"""Texts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.text import Text

from rag.cli.show.wrapping import wrapped

GAP = 3
"""Blanks between two columns."""


def n_side_by_side(n_columns: int, width: int, *, least: int) -> int:
    """How many of ``n_columns`` go side by side when each has ``least`` cells or more; rows are
    filled evenly. At least 1."""
    n_fitting = max(1, min(n_columns, (width + GAP) // (least + GAP)))
    n_rows = -(-n_columns // n_fitting)
    return -(-n_columns // n_rows)


def side_by_side(columns: Sequence[Sequence[Text]], width: int) -> Iterator[Text]:
    """The lines of ``columns`` beside each other in ``width`` cells. Each column is a sequence of
    parts; those with the same number begin on the same line."""
    each = (width - GAP * (len(columns) - 1)) // len(columns)
    for parts in zip_longest(*columns, fillvalue=Text()):
        for line in zip_longest(*(wrapped(part, each) for part in parts), fillvalue=Text()):
            yield _joined(line, each)


def _joined(cells: Sequence[Text], each: int) -> Text:
    line = Text()
    for cell in cells:
        line.append_text(cell)
        line.append(" " * (each + GAP - cell.cell_len))
    line.rstrip()
    return line
