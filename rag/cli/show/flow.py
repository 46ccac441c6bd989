"""A paragraph that grows by sentences."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from rag.cli.show.screen import MIN_WIDTH, put
from rag.cli.show.symbols import encodable
from rag.cli.show.wrapping import units


class Flow:
    """A paragraph that grows by sentences: words wrap on a terminal, sentences come whole.

    Each sentence is on the screen as soon as it is added, and nothing that is there is ever drawn
    again. Elsewhere than on a terminal the paragraph is one line.
    """

    def __init__(self, where: Console) -> None:
        self._where = where
        self._column = 0

    def add(self, sentence: Text) -> None:
        """Put ``sentence`` behind what is there."""
        if not sentence.plain.strip():
            return
        if self._where.is_terminal:
            put(self._where, self._placed(encodable(sentence, self._where)), end="")
        else:
            words = (word for word in sentence.plain.split(" ") if word)
            put(self._where, Text((" " if self._column else "") + " ".join(words)), end="")
            self._column = 1
        self._where.file.flush()

    def end(self) -> None:
        """Finish the line, if anything was written."""
        if self._column:
            put(self._where, Text())
        self._column = 0

    def _placed(self, sentence: Text) -> Text:
        """``sentence`` with the blanks and line breaks that put its words where they fit."""
        width = max(self._where.width, MIN_WIDTH)
        placed = Text()
        is_first = True
        for unit in units(sentence.plain, width):
            gap = 1 if self._column and (unit.gap or is_first) else 0
            is_first = False
            if self._column and self._column + gap + unit.width > width:
                placed.append("\n")
                self._column = gap = 0
            placed.append(" " * gap).append_text(sentence[unit.start : unit.end])
            self._column += gap + unit.width
        return placed
