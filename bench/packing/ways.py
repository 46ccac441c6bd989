"""Ways of packing: which of the chunks found are offered, in which order, and how much of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.packing.questions import Asked
from rag.assistant.selecting import LEAST_SHARE, POOL, best_hits, worth_reading
from rag.assistant.windows import WINDOW_CHARS, offers
from rag.types import Chunk, Hit, Span

ELLIPSIS = " … "


@dataclass(frozen=True)
class Way:
    """A way of packing.

    Attributes:
        n: passages at most.
        chars: longer chunks are narrowed to so many characters; 0: none is.
        by_evidence: whether the passages with the best sentences out of ``POOL`` are taken,
            otherwise those that were found first.
        least: passages whose best sentence is less likely than this share of the best one's
            are left out.
        scattered: whether the best sentences are offered with gaps, otherwise the best run.
    """

    n: int
    chars: int = 0
    by_evidence: bool = False
    least: float = 0.0
    scattered: bool = False

    @property
    def family(self) -> str:
        """What distinguishes it beside the number of passages and the share. Chunks of the default
        size hardly ever exceed the default window."""
        order = f"best of {POOL}" if self.by_evidence else "as found"
        size = "whole" if self.chars in (0, WINDOW_CHARS) else f"{self.chars} characters"
        return f"{order}, {size}{', with gaps' if self.scattered else ''}"


@dataclass(frozen=True)
class Offered:
    """What of a chunk is offered: ``spans`` of its document, joined to ``text``."""

    chunk: Chunk
    spans: tuple[Span, ...]
    text: str


class Packer:
    """Packs what was found for one question in every way, computing what ways share once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        found = [Hit(chunk, 0.0, rank, "") for rank, chunk in enumerate(asked.chunks, 1)]
        self._orders = {False: found, True: best_hits(found, asked.rankings, POOL)}
        self._cut: dict[tuple[int, bool], dict[str, Offered]] = {}

    def pack(self, way: Way) -> list[Offered]:
        """What is offered, in the order of its importance."""
        hits = self._orders[way.by_evidence][: way.n]
        taken = worth_reading(hits, self._asked.rankings, (), least_share=way.least)
        cut = self._offered(way.chars, way.scattered)
        return [cut[hit.chunk.id] for hit in taken]

    def _offered(self, chars: int, scattered: bool) -> dict[str, Offered]:
        key = (chars, scattered)
        if key not in self._cut:
            chunks = self._asked.chunks
            if scattered:
                found = [_scattered(chunk, self._asked, chars) for chunk in chunks]
            else:
                cut = offers(chunks, self._asked.rankings, (), max_chars=chars)
                found = [Offered(chunk, (chunk.span,), chunk.text) for chunk in cut]
            self._cut[key] = {offered.chunk.id: offered for offered in found}
        return self._cut[key]


def _scattered(chunk: Chunk, asked: Asked, chars: int) -> Offered:
    """The best sentences of ``chunk`` in its order, up to ``chars`` characters, at least one."""
    scores: dict[Span, float] = {}
    for ranked in asked.rankings:
        for sentence in ranked:
            if sentence.passage.chunk.id == chunk.id:
                scores[sentence.span] = max(sentence.score, scores.get(sentence.span, 0.0))
    if not scores or len(chunk.text) <= chars:
        return Offered(chunk, (chunk.span,), chunk.text)
    taken: list[Span] = []
    for span in sorted(scores, key=lambda span: -scores[span]):
        if taken and sum(s.end - s.start for s in (*taken, span)) > chars:
            break
        taken.append(span)
    taken.sort(key=lambda span: span.start)
    text = ELLIPSIS.join(span.of(chunk.text) for span in taken)
    return Offered(chunk, tuple(span.shifted(chunk.span.start) for span in taken), text)


def all_ways() -> Iterator[Way]:
    """Every way that is tried, each once."""
    found: list[Way] = []
    for chars in SIZES:
        for by_evidence in (False, True):
            found += [Way(n, chars, by_evidence) for n in range(1, POOL + 1)]
            if chars in CUT_SIZES:
                found += [Way(n, chars, by_evidence, cut) for n in CUT_NUMBERS for cut in SHARES]
    for chars in GAP_SIZES:
        found += [Way(n, chars, scattered=True) for n in range(1, POOL + 1)]
    yield from dict.fromkeys(found)


SIZES = (0, 300, 450, 600, WINDOW_CHARS, 1200)
"""Characters to which longer passages are narrowed; 0: none is."""
CUT_SIZES = (450, WINDOW_CHARS)
CUT_NUMBERS = (4, 5, 6, 8)
SHARES = (0.05, 0.08, 0.1, LEAST_SHARE, 0.15, 0.2, 0.3)
GAP_SIZES = (300, 450)
