"""What stands behind a command, as words."""

from __future__ import annotations

import shlex

from rag.errors import UsageError


def split(given: str) -> list[str]:
    """``given`` split as a shell splits it: quotation marks hold together what has blanks.

    Raises:
        UsageError: a quotation mark without its partner.
    """
    try:
        return shlex.split(given)
    except ValueError as exc:
        raise UsageError(f"{given}: {str(exc).lower()}", hint='"in quotation marks"') from exc
