"""Ranked sentences made by hand, each an article of its own unless told otherwise."""

from __future__ import annotations

from dataclasses import replace

from rag.types import RankedSentence, Span
from tests.support.passages import passage


def ranked(
    text: str,
    *,
    label: int = 1,
    score: float = 0.8,
    cover: float = 0.9,
    names: float = 1.0,
    document: str = "",
    date: str = "2024-04-18",
) -> RankedSentence:
    """A sentence that is the whole of its passage."""
    made = passage(label, text, date=date)
    if document:
        made = replace(made, chunk=replace(made.chunk, document_id=document))
    signals = {"cover_window": cover, "names_window": names}
    return RankedSentence(made, Span(0, len(text)), score, signals)
