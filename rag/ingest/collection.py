"""The articles of one file, and what a user should know of how it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.types import Document


class Collection(list[Document]):
    """Documents of one file.

    Attributes:
        notes: sentences about parts that could not be read, though the file as a whole could:
            ``2 rows have no text, the first in line 7``.
    """

    def __init__(self, documents: Iterable[Document], *, notes: Sequence[str] = ()) -> None:
        super().__init__(documents)
        self.notes = tuple(notes)


def notes_of(documents: Sequence[Document]) -> tuple[str, ...]:
    """The notes on documents as a reader gave them; none unless they are a ``Collection``."""
    return documents.notes if isinstance(documents, Collection) else ()


def numbered(lines: Sequence[int], *, one: str, many: str) -> str:
    """A note on lines of a file: ``one`` or ``many`` with their number, and the first lines."""
    shown = ", ".join(map(str, lines[:5])) + (", ..." if len(lines) > 5 else "")
    what = one if len(lines) == 1 else many.format(len(lines))
    return f"{what} (line{'s' if len(lines) > 1 else ''} {shown})"
