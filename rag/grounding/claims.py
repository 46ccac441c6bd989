"""From a sentence as drafted to a claim: its words without markers, and what it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.markers import find_markers, strip_markers
from rag.text.words import terms
from rag.types import Citation, Claim, Passage

_COURTESY = re.compile(
    r"^(sure|certainly|of course|yes|no)\W*$|^(i hope (this|that) helps|let me know)\b",
    re.IGNORECASE,
)


def parse_claim(draft: str, passages: Sequence[Passage]) -> Claim:
    """The claim in ``draft`` and its citations, each label once; a label that was never offered
    keeps ``chunk_id`` None."""
    offered = {passage.label: passage.chunk.id for passage in passages}
    citations: dict[int, Citation] = {}
    for marker in find_markers(draft):
        for label in marker.labels:
            citations.setdefault(label, Citation(label, marker.span, offered.get(label)))
    return Claim(strip_markers(draft), tuple(citations.values()))


def asserts_nothing(claim: str) -> bool:
    """Whether the sentence states nothing that could be true or false of the articles: a lead-in
    ("Here is what the articles say:"), a question, or a sentence without content words."""
    text = claim.strip()
    return text.endswith((":", "?")) or not terms(text) or _COURTESY.match(text) is not None
