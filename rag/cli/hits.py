"""How search results look: a table on a terminal, lines that can be cut and sorted elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from rag.cli.render import also_in, one_line, place_of
from rag.cli.screen import Screen, write
from rag.text.terminal import safe
from rag.types import Hit

N_PREVIEW = 200
"""Characters of a passage that are shown."""

MIN_TABLE_WIDTH = 60
"""Columns below which a table would be more rule than text."""


def show_hits(screen: Screen, hits: Sequence[Hit]) -> None:
    """Print ``hits``, best first; for none, say so on stderr."""
    if not hits:
        screen.notice("nothing found")
    elif screen.out.is_terminal and screen.out.width >= MIN_TABLE_WIDTH:
        screen.out.print(_table(hits))
    elif screen.out.is_terminal:
        _show_stacked(screen, hits)
    else:
        for hit in hits:
            screen.show("\t".join((*_cells(hit), *_copies(hit))))


def _show_stacked(screen: Screen, hits: Sequence[Hit]) -> None:
    """One block of lines for each hit, for narrow terminals."""
    for hit in hits:
        rank, score, dense, bm25, title, place, text = _cells(hit)
        write(screen.out, Text.assemble(f"{rank}  ", (title, "bold")))
        write(screen.out, Text(place, "dim"), indent=3)
        write(screen.out, Text(f"score {score}, dense {dense}, bm25 {bm25}", "dim"), indent=3)
        for line in (text, *_copies(hit)):
            write(screen.out, Text(line), indent=3)


def _cells(hit: Hit) -> tuple[str, ...]:
    """Rank, fused score, dense, bm25, title, place, preview: none with a tab or a line break."""
    return (
        str(hit.rank),
        f"{hit.score:.3f}",
        _signal(hit, "dense"),
        _signal(hit, "bm25"),
        safe(hit.chunk.title),
        place_of(hit.chunk.source, hit.chunk.place),
        preview(hit.chunk.text),
    )


def _copies(hit: Hit) -> tuple[str, ...]:
    """``also in ...`` if the passage has copies."""
    return (also_in(hit.copies),) if hit.copies else ()


def _signal(hit: Hit, name: str) -> str:
    value = hit.signals.get(name)
    return "-" if value is None else f"{value:.3f}"


def preview(text: str) -> str:
    """The first characters of ``text`` on one line, ended by an ellipsis if there are more."""
    line = one_line(text)
    return safe(line if len(line) <= N_PREVIEW else line[: N_PREVIEW - 1].rstrip() + "…")


def _table(hits: Sequence[Hit]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, expand=False)
    for name in ("#", "score", "dense", "bm25"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("passage", overflow="fold")
    for hit in hits:
        rank, score, dense, bm25, title, place, text = _cells(hit)
        passage = Text.assemble((title, "bold"), "\n", (place, "dim"), "\n", text)
        for line in _copies(hit):
            passage.append(f"\n{line}", style="dim")
        table.add_row(rank, score, dense, bm25, passage)
    return table
