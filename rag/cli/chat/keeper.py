"""What keeps a chat while it goes on."""

from __future__ import annotations

from rag.types import Answer


class ChatKeeper:
    """Writes down each whole answer of a chat."""

    def follow(self, before: tuple[Answer, ...], after: tuple[Answer, ...]) -> None:
        """Keep what changed from ``before`` to ``after``, both oldest first."""
