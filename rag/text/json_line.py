"""JSON on one line that is safe to show: what a terminal might act on is escaped, never raw."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from rag.text.terminal import SUSPECT, with_few_marks

_NOT_ASCII = re.compile("[^\0-\x7f]")


def json_line(record: Mapping[str, Any]) -> str:
    """``record`` on one line, without a line break at its end."""
    line = SUSPECT.sub(_escaped, json.dumps(record, ensure_ascii=False))
    return with_few_marks(line, lambda rest: json.dumps(rest)[1:-1])


def in_ascii(line: str) -> str:
    """The same JSON with everything that is not ASCII escaped."""
    return _NOT_ASCII.sub(_escaped, line)


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
