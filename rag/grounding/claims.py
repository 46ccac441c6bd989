"""From a sentence as drafted to a claim: its words without markers, and what it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rag.text.markers import find_markers, strip_markers
from rag.text.words import terms
from rag.types import Citation, Claim, Passage

_COURTESY = re.compile(
    r"^(sure|certainly|of course|yes|no)\W*$|^(i hope (this|that) helps|let me know)\b",
    re.IGNORECASE,
)

_CLAUSE_START = re.compile(
    r"\s*(?:[,;:]\s*)?(?:and|but|while|whereas|although|though|yet|so|or)\b\s*|\s*[;:]\s*",
    re.IGNORECASE,
)
_MIN_TERMS = 2
"""Content words without which a stretch between markers is no clause of its own."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a compound sentence that ends in markers of its own."""

    text: str
    labels: tuple[int, ...]


def parse_claim(draft: str, passages: Sequence[Passage]) -> Claim:
    """The claim in ``draft`` and its citations, each label once; a label that was never offered
    keeps ``chunk_id`` None."""
    offered = {passage.label: passage.chunk.id for passage in passages}
    citations: dict[int, Citation] = {}
    for marker in find_markers(draft):
        for label in marker.labels:
            citations.setdefault(label, Citation(label, marker.span, offered.get(label)))
    return Claim(strip_markers(draft), tuple(citations.values()))


def clauses(draft: str) -> list[Clause]:
    """The clauses of ``A is 3 [1], and B is 4 [2].``; empty for a sentence whose markers do not
    stand at the ends of several clauses."""
    found: list[Clause] = []
    start = 0
    markers = find_markers(draft)
    for marker, following in zip_longest(markers, markers[1:]):
        rest = draft[marker.span.end : following.span.start if following else len(draft)]
        begins = _CLAUSE_START.match(rest)
        if following and not begins:
            if rest.strip():
                return []  # a marker behind a single word or phrase divides nothing
            continue  # [1][2]
        text = strip_markers(draft[start : marker.span.end])
        labels = [n for m in markers if start <= m.span.start < marker.span.end for n in m.labels]
        found.append(Clause(text, tuple(dict.fromkeys(labels))))
        start = marker.span.end + (begins.end() if begins and following else 0)
    if len(found) < 2 or any(len(terms(clause.text)) < _MIN_TERMS for clause in found):
        return []
    return found


def asserts_nothing(claim: str) -> bool:
    """Whether the sentence states nothing that could be true or false of the articles: a lead-in
    ("Here is what the articles say:"), a question, or a sentence without content words."""
    text = claim.strip()
    return text.endswith((":", "?")) or not terms(text) or _COURTESY.match(text) is not None
