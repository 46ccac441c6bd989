"""How search results look: a table on a terminal, lines that can be cut and sorted elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from rag.cli.show.pieces import PLACE_STYLE, also_in, one_line, place_of, place_text
from rag.cli.show.screen import Screen, write
from rag.cli.show.symbols import FULL, encodable
from rag.text.terminal import safe
from rag.types import Hit

N_PREVIEW = 200
"""Characters of a passage that are shown."""

MIN_TABLE_WIDTH = 60
"""Columns below which a table would be more rule than text."""
_MARGIN = 3


def show_hits(screen: Screen, hits: Sequence[Hit]) -> None:
    """Print ``hits``, best first; for none, say so on stderr."""
    if not hits:
        screen.notice("nothing found")
    elif screen.out.is_terminal and screen.out.width >= MIN_TABLE_WIDTH:
        screen.out.print(_table(screen, hits))
    elif screen.out.is_terminal:
        _show_stacked(screen, hits)
    else:
        for hit in hits:
            cells = _cells(hit, screen.symbols.ellipsis)
            screen.show("\t".join((*cells, *_copies(hit))))


def _show_stacked(screen: Screen, hits: Sequence[Hit]) -> None:
    """One block of lines for each hit, for narrow terminals."""
    for hit in hits:
        rank, score, dense, bm25, title, _, text = _cells(hit, screen.symbols.ellipsis)
        write(screen.out, Text.assemble(f"{rank}  ", (title, "bold")), hanging=_MARGIN)
        write(screen.out, _place(screen, hit), indent=_MARGIN)
        scores = f"score {score}, dense {dense}, bm25 {bm25}"
        write(screen.out, Text(scores, PLACE_STYLE), indent=_MARGIN)
        for line in (text, *_copies(hit)):
            write(screen.out, Text(line), indent=_MARGIN)


def _place(screen: Screen, hit: Hit) -> Text:
    return place_text(screen, hit.chunk.source, hit.chunk.place)


def _cells(hit: Hit, ellipsis: str) -> tuple[str, ...]:
    """Rank, fused score, dense, bm25, title, place, preview: none with a tab or a line break."""
    return (
        str(hit.rank),
        f"{hit.score:.3f}",
        _signal(hit, "dense"),
        _signal(hit, "bm25"),
        safe(one_line(hit.chunk.title)),
        place_of(hit.chunk.source, hit.chunk.place),
        preview(hit.chunk.text, ellipsis),
    )


def _copies(hit: Hit) -> tuple[str, ...]:
    """``also in ...`` if the passage has copies."""
    return (also_in(hit.copies),) if hit.copies else ()


def _signal(hit: Hit, name: str) -> str:
    value = hit.signals.get(name)
    return "-" if value is None else f"{value:.3f}"


def preview(text: str, ellipsis: str = FULL.ellipsis) -> str:
    """The first characters of ``text`` on one line, ended by an ellipsis if there are more."""
    line = one_line(text)
    if len(line) > N_PREVIEW:
        line = line[: N_PREVIEW - 1].rstrip() + ellipsis
    return safe(line)


def _table(screen: Screen, hits: Sequence[Hit]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, expand=False)
    for name in ("#", "score", "dense", "bm25"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("passage", overflow="fold")
    for hit in hits:
        *numbers, title, _, text = _cells(hit, screen.symbols.ellipsis)
        passage = Text.assemble((title, "bold"), "\n", _place(screen, hit), "\n", text)
        for line in _copies(hit):
            passage.append(f"\n{line}", style=PLACE_STYLE)
        table.add_row(*numbers, encodable(passage, screen.out))
    return table
