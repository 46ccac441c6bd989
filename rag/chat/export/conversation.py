"""What is exported: a conversation, and what every format shows of each of its answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.markers import find_markers
from rag.types import Answer, CheckedSentence, Chunk, Evidence, Place, Provenance, Verdict

_BLANKS = re.compile(r"[ \t\r\n]+")
N_CLOSEST = 3
"""Passages named beside a refusal: those that come closest."""
SOUND = (Verdict.SUPPORTED, Verdict.NO_CLAIM)
"""Verdicts that need no flag."""
MEANING = {
    Verdict.SUPPORTED: "supported",
    Verdict.UNSUPPORTED: "not supported",
    Verdict.UNCITED: "without a source",
    Verdict.UNRESOLVED: "source does not exist",
    Verdict.NO_CLAIM: "nothing to check",
}
"""Each verdict in words."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers in the order they were given.

    Attributes:
        title: empty for that of its first question.
        when: when it was held, in words or as an ISO date; corpus: what it is about. Either may be
            empty.
    """

    answers: tuple[Answer, ...]
    title: str = ""
    when: str = ""
    corpus: str = ""

    @property
    def heading(self) -> str:
        """Its title; never empty."""
        first = self.answers[0].question if self.answers else ""
        return self.title.strip() or first.strip() or "An empty conversation"

    @property
    def n_flagged(self) -> int:
        """How many of the sentences shown the articles were not found to support."""
        return sum(s.verdict not in SOUND for a in self.answers for s in a.sentences)

    @property
    def n_supported(self) -> int:
        """How many of the sentences shown are supported."""
        return sum(s.verdict is Verdict.SUPPORTED for a in self.answers for s in a.sentences)

    @property
    def n_refused(self) -> int:
        """How many questions the articles do not answer."""
        return sum(answer.refused for answer in self.answers)

    @property
    def origins(self) -> tuple[tuple[Provenance, tuple[int, ...]], ...]:
        """Each provenance, and the answers that came about like that, counted from 1."""
        found: dict[Provenance, list[int]] = {}
        for number, answer in enumerate(self.answers, 1):
            found.setdefault(answer.provenance, []).append(number)
        return tuple((provenance, tuple(numbers)) for provenance, numbers in found.items())


@dataclass(frozen=True, slots=True)
class Source:
    """What stands behind one label of an answer.

    Attributes:
        evidence: the quotes that support something, in order of first use.
        passage: the passage that was offered; None if it is not known any more.
        copies: ids of other articles that say the same.
    """

    label: int
    title: str
    date: str
    document_id: str
    place: Place
    evidence: tuple[Evidence, ...]
    passage: Chunk | None
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence: words, or (``label`` given, text empty) a citation of a source."""

    text: str
    label: int | None = None


def sources_of(answer: Answer) -> tuple[Source, ...]:
    """The sources that an answer cites, quotes against another, or is denied by; labels rising.

    A label that was never offered has none.
    """
    offered = {passage.label: passage.chunk for passage in answer.passages}
    quotes: dict[int, dict[Evidence, None]] = {}
    for label in _cited(answer.sentences):
        quotes.setdefault(label, {})
    for evidence in _quoted(answer):
        quotes.setdefault(evidence.label, {})[evidence] = None
    found = (_source(label, tuple(q), offered.get(label), answer) for label, q in quotes.items())
    return tuple(sorted((s for s in found if s is not None), key=lambda source: source.label))


def pieces(text: str, labels: frozenset[int]) -> tuple[Piece, ...]:
    """``text``, on one line, cut at its markers; one that names anything else than ``labels`` stays
    words. They are not safe to show yet."""
    text = _BLANKS.sub(" ", text).strip(" ")
    found: list[Piece] = []
    end = 0
    for marker in find_markers(text):
        if not marker.labels or not labels.issuperset(marker.labels):
            continue
        if marker.span.start > end:
            found.append(Piece(text[end : marker.span.start]))
        found += [Piece("", label) for label in marker.labels]
        end = marker.span.end
    if end < len(text):
        found.append(Piece(text[end:]))
    return tuple(found)


def notes_of(sentence: CheckedSentence) -> tuple[str, ...]:
    """What else is to be said of how a sentence was checked; words of its own are not safe yet."""
    notes = []
    if sentence.repaired:
        notes.append("citation moved to the passage that supports it")
    if sentence.tries > 1:
        notes.append(f"written {sentence.tries} times")
    if sentence.missing:
        notes.append(f"not in the passages: {', '.join(sentence.missing)}")
    return tuple(notes)


def cost_of(answer: Answer) -> str:
    """What an answer cost, in words; empty if nothing was measured."""
    usage = answer.usage
    counts = (
        (usage.prompt_tokens, "prompt tokens"),
        (usage.answer_tokens, "answer tokens"),
        (usage.retries, "sentences written again"),
    )
    parts = [f"{usage.seconds:.1f} s"] if usage.seconds else []
    return ", ".join(parts + [f"{n} {name}" for n, name in counts if n])


def _cited(sentences: tuple[CheckedSentence, ...]) -> list[int]:
    return [n for s in sentences for marker in find_markers(s.text) for n in marker.labels]


def _quoted(answer: Answer) -> list[Evidence]:
    sides = [side.evidence for conflict in answer.conflicts for side in conflict.sides]
    return [*answer.evidence, *sides, *([answer.denial] if answer.denial else [])]


def _source(
    label: int, quotes: tuple[Evidence, ...], passage: Chunk | None, answer: Answer
) -> Source | None:
    about: Evidence | Chunk | None = quotes[0] if quotes else passage
    if about is None:
        return None
    chunk_id = about.chunk_id if isinstance(about, Evidence) else about.id
    copies = next((hit.copies for hit in answer.hits if hit.chunk.id == chunk_id), ())
    place = (passage or about).place
    return Source(label, about.title, about.date, about.document_id, place, quotes, passage, copies)
