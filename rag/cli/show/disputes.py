"""What is shown beside an answer: articles that differ, and what denies the question."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rag.assistant.disputes import CONTRARY, DIFFER
from rag.cli.show.columns import n_side_by_side, side_by_side
from rag.cli.show.pieces import PLACE_STYLE, label_text, one_line, quoted
from rag.cli.show.screen import MIN_WIDTH, Screen, put, write
from rag.cli.show.symbols import encodable
from rag.text.terminal import safe
from rag.types import Answer, Conflict, ConflictSide, Evidence

_LEAST = 24
"""Cells of a column below which sides stand below each other."""
_MARGIN = 2


def show_disputes(screen: Screen, answer: Answer) -> None:
    """Print where articles differ, side by side, and what denies something that the question takes
    for granted; nothing for most answers."""
    for conflict in answer.conflicts:
        screen.show()
        if screen.out.is_terminal:
            _show_sides(screen, conflict)
        else:
            write(screen.out, _on_one_line(screen, conflict))
    if answer.denial is not None and not answer.refused:
        screen.show()
        _show_denial(screen, answer.denial)


def _show_sides(screen: Screen, conflict: Conflict) -> None:
    """The sides in columns, as many beside each other as the terminal has room for."""
    order = (" (newest first)", PLACE_STYLE) if conflict.newest_first else ""
    write(screen.out, Text.assemble((DIFFER, "bold"), order))
    width = max(screen.out.width, MIN_WIDTH) - _MARGIN
    n_beside = n_side_by_side(len(conflict.sides), width, least=_LEAST)
    for start in range(0, len(conflict.sides), n_beside):
        if start:
            screen.show()
        columns = [_column(screen, side) for side in conflict.sides[start : start + n_beside]]
        for line in side_by_side(columns, width):
            put(screen.out, Text.assemble(" " * _MARGIN, line) if line.plain else line)


def _column(screen: Screen, side: ConflictSide) -> list[Text]:
    """Value and date, label and title, the sentence: the parts of a column."""
    evidence = side.evidence
    date = (safe(evidence.date) or "no date", "" if evidence.date else PLACE_STYLE)
    value = (f"{safe(one_line(side.value))}  ", "bold") if side.value else ""
    parts = [
        Text.assemble(value, date),
        Text.assemble(label_text(evidence.label), " ", safe(one_line(evidence.title))),
        quoted(evidence.quote, screen.symbols),
    ]
    return [encodable(part, screen.out) for part in parts]


def _on_one_line(screen: Screen, conflict: Conflict) -> Text:
    order = " (newest first)" if conflict.newest_first else ""
    between = Text(f" {screen.symbols.dot} ")
    sides = between.join(_side(side) for side in conflict.sides)
    return Text.assemble(f"{DIFFER} ", sides, order)


def _side(side: ConflictSide) -> Text:
    value = f"{safe(one_line(side.value))} " if side.value else ""
    date = f" ({safe(side.evidence.date)})" if side.evidence.date else ""
    return Text.assemble(value, label_text(side.evidence.label), date)


def _show_denial(screen: Screen, denial: Evidence) -> None:
    parts: Sequence[Text] = (
        Text(CONTRARY, "bold"),
        Text.assemble(quoted(denial.quote, screen.symbols), " ", label_text(denial.label)),
    )
    if screen.out.is_terminal:
        write(screen.out, parts[0])
        write(screen.out, parts[1], indent=_MARGIN, hanging=1)
    else:
        write(screen.out, Text(" ").join(parts))
