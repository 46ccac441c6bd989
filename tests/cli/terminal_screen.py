"""What a terminal shows of the text it is sent: enough of a VT100 for what the program writes."""

from __future__ import annotations

import re

from wcwidth import wcwidth

_SEQUENCE = re.compile(
    r"\x1b\[([?\d;]*)([A-Za-z])"  # control sequences
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands, such as links
)
_PENDING = re.compile(r"\x1b(?:\[[?\d;]*|\][^\x07\x1b]*\x1b?)?$")
_QUIET = frozenset("hlmn")
"""Sequences that move nothing."""


class TerminalScreen:
    """The characters on a screen of ``rows`` by ``columns``, and those that scrolled off it.

    A sequence it does not know is an error: the program should not send it.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.scrolled: list[str] = []
        self._cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self._pending = ""

    @property
    def lines(self) -> list[str]:
        """What stands in each row, without blanks at its end."""
        return ["".join(cells).rstrip() for cells in self._cells]

    @property
    def text(self) -> str:
        """All that was shown and not erased, the newest last."""
        return "\n".join([*self.scrolled, *self.lines]).rstrip()

    def feed(self, text: str) -> None:
        """Show ``text``; a sequence that is cut off waits for its rest."""
        text = self._pending + text
        cut = _PENDING.search(text)
        self._pending = text[cut.start() :] if cut else ""
        text = text[: cut.start()] if cut else text
        at = 0
        while at < len(text):
            match = _SEQUENCE.match(text, at)
            if match:
                if match[2]:
                    self._control(match[1], match[2])
                at = match.end()
            else:
                self._put(text[at])
                at += 1

    def resize(self, rows: int, columns: int) -> None:
        """Another size: rows leave at the top, what is beyond the edge is cut off."""
        while len(self._cells) > rows:
            if self.row < len(self._cells) - 1:
                self._cells.pop()
            else:
                self.scrolled.append("".join(self._cells.pop(0)).rstrip())
                self.row -= 1
        self._cells += [[] for _ in range(rows - len(self._cells))]
        self._cells = [[*cells, *" " * columns][:columns] for cells in self._cells]
        self.rows, self.columns = rows, columns
        self.column = min(self.column, columns - 1)

    def _control(self, argument: str, letter: str) -> None:
        if letter in _QUIET:
            return
        number = int(argument.split(";")[0] or 0)
        steps = number or 1
        match letter:
            case "A":
                self.row = max(self.row - steps, 0)
            case "B":
                self.row = min(self.row + steps, self.rows - 1)
            case "C":
                self.column = min(self.column + steps, self.columns - 1)
            case "D":
                self.column = max(min(self.column, self.columns - 1) - steps, 0)
            case "H":
                self.row, self.column = 0, 0
            case "J" if number == 2:
                self._erase(0, 0)
            case "J":
                self._erase(self.row, self.column)
            case "K" if number == 2:
                self._cells[self.row] = [" "] * self.columns
            case "K":
                self._cells[self.row][self.column :] = [" "] * (self.columns - self.column)
            case _:
                raise AssertionError(f"unknown sequence: {argument}{letter}")

    def _erase(self, row: int, column: int) -> None:
        self._cells[row][column:] = [" "] * (self.columns - column)
        for below in range(row + 1, self.rows):
            self._cells[below] = [" "] * self.columns

    def _put(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._down()
        elif char == "\b":
            self.column = max(self.column - 1, 0)
        elif char != "\a":
            self._show(char)

    def _show(self, char: str) -> None:
        assert char.isprintable() or char == "\u00a0", f"not to be sent: {char!r}"
        width = max(wcwidth(char), 0)
        if not width:  # it belongs to what stands before it
            self._cells[self.row][max(self.column - 1, 0)] += char
            return
        if self.column + width > self.columns:
            self.column = 0
            self._down()
        self._cells[self.row][self.column : self.column + width] = [char, *[""] * (width - 1)]
        self.column += width

    def _down(self) -> None:
        if self.row < self.rows - 1:
            self.row += 1
        else:
            self.scrolled.append("".join(self._cells.pop(0)).rstrip())
            self._cells.append([" "] * self.columns)
