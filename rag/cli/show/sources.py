"""The block of sources below an answer: what each label stands for, and the words it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rag.cli.show.pieces import (
    FLAG_STYLE,
    PLACE_STYLE,
    also_in,
    headline,
    label_text,
    place_of,
    place_text,
    quoted,
)
from rag.cli.show.screen import Screen, write
from rag.text.markers import find_markers
from rag.types import Answer, Chunk, Evidence

_MARGIN = 4
"""Blanks in front of what stands below a title: as wide as ``[1] ``."""


def show_sources(screen: Screen, answer: Answer) -> None:
    """Print one entry for each label that is cited: title, date, place, supporting quotes."""
    cited = _cited(answer)
    if not cited:
        return
    screen.show()
    widest = max(len(f"[{label}] ") for label in cited)
    margin = max(widest, _MARGIN) if screen.out.is_terminal else _MARGIN
    for label, evidence in cited.items():
        show_source(screen, label, evidence, answer, margin=margin)


def show_source(
    screen: Screen,
    label: int,
    evidence: Sequence[Evidence],
    answer: Answer,
    *,
    margin: int = _MARGIN,
) -> None:
    """Print the entry of ``label``; without evidence, of the passage offered under it."""
    offered = {passage.label: passage.chunk for passage in answer.passages}
    source: Evidence | Chunk | None = evidence[0] if evidence else offered.get(label)
    if source is None:  # a label that was never offered: the sentence is marked as unresolved
        write(screen.out, Text(f"[{label}] (no such passage)", style=FLAG_STYLE))
        return
    gap = " " * max(1, margin - len(f"[{label}]")) if screen.out.is_terminal else " "
    write(screen.out, Text.assemble(label_text(label), gap, headline(source)), hanging=margin)
    previous = ""
    places: Sequence[Evidence | Chunk] = evidence or [source]
    for item in places:
        place = place_of(item.source, item.place)
        if place != previous:
            write(screen.out, place_text(screen, item.source, item.place), indent=margin)
        previous = place
        if isinstance(item, Evidence):
            write(screen.out, quoted(item.quote, screen.symbols), indent=margin, hanging=1)
    copies = next((hit.copies for hit in answer.hits if hit.chunk.id == _chunk_id(source)), ())
    if copies:
        write(screen.out, Text(also_in(copies), style=PLACE_STYLE), indent=margin)


def _cited(answer: Answer) -> dict[int, list[Evidence]]:
    """The evidence under each label that the answer prints, labels rising."""
    cited: dict[int, list[Evidence]] = {}
    for sentence in answer.sentences:
        for marker in find_markers(sentence.text):
            for label in marker.labels:
                cited.setdefault(label, [])
    for evidence in answer.evidence:
        cited.setdefault(evidence.label, []).append(evidence)
    return dict(sorted(cited.items()))


def _chunk_id(source: Evidence | Chunk) -> str:
    return source.chunk_id if isinstance(source, Evidence) else source.id
