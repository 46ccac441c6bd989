"""What is said in an answer beside what was asked: that articles differ, or deny the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.assistant.refusal import OTHERWISE
from rag.grounding.conflict import Side, differing
from rag.grounding.evidence import evidence_at
from rag.grounding.premise import denied_premise
from rag.grounding.quotation import check_quotation
from rag.grounding.recency import is_newest_first, newest_first
from rag.types import (
    CheckedSentence,
    Conflict,
    ConflictSide,
    Draft,
    Evidence,
    Hit,
    Passage,
    Quotation,
    RankedSentence,
    Verdict,
)

DIFFER = "The articles differ:"
CONTRARY = "Contrary to what the question takes for granted:"
"""What announces a conflict and a denial below an answer."""


@dataclass(frozen=True, slots=True)
class Disputes:
    """What was found among the ranked sentences of the offered passages.

    Attributes:
        conflicts: of each, the sides, newest first where dates tell, otherwise best-ranked first.
        denial: the sentence that denies what the question takes for granted, if one does.
    """

    conflicts: tuple[tuple[Side, ...], ...] = ()
    denial: RankedSentence | None = None

    @property
    def denial_evidence(self) -> Evidence | None:
        """The denial with its place in the article."""
        return _evidence(self.denial) if self.denial else None


def find_disputes(parts: Sequence[str], rankings: Sequence[Sequence[RankedSentence]]) -> Disputes:
    """The disputes of a question's parts, each with the sentences ranked for it."""
    pairs = list(zip(parts, rankings, strict=True))
    conflicts = (newest_first(differing(part, ranked), _date) for part, ranked in pairs)
    denials = (denied_premise(part, ranked) for part, ranked in pairs)
    return Disputes(tuple(filter(None, conflicts)), next(filter(None, denials), None))


def missing_sides(
    disputes: Disputes, shown: Sequence[CheckedSentence], passages: Sequence[Passage]
) -> Iterator[CheckedSentence]:
    """The sentences that the answer still lacks, word for word: the other sides of a conflict of
    which it tells one, and the denial of the premise. Empty for an answer that says nothing."""
    if not any(sentence.verdict is Verdict.SUPPORTED for sentence in shown):
        return
    told = [s for sides in _told(disputes, shown) for s in sides]
    wanted = [side.sentence for side in told] + ([disputes.denial] if disputes.denial else [])
    said = list(shown)
    for sentence in wanted:
        quoted = None if _is_said(sentence, said) else _quoted(sentence, passages)
        if quoted is not None:
            said.append(quoted)
            yield quoted


def told_conflicts(disputes: Disputes, shown: Sequence[CheckedSentence]) -> tuple[Conflict, ...]:
    """The conflicts of which the answer tells every side."""
    return tuple(
        Conflict(
            tuple(ConflictSide(_evidence(side.sentence), side.value) for side in sides),
            newest_first=_is_ordered(sides),
        )
        for sides in _told(disputes, shown)
        if all(_is_said(side.sentence, shown) for side in sides)
    )


def newest_leading(
    disputes: Disputes, said: Sequence[CheckedSentence], passages: Sequence[Passage]
) -> list[CheckedSentence]:
    """``said`` with the newest side of each dated conflict of which it tells a side put before the
    others, word for word if it was not said. For sentences that do not lean on each other."""
    order = list(said)
    supported = [sentence for sentence in said if sentence.verdict is Verdict.SUPPORTED]
    for sides in filter(_is_ordered, _told(disputes, supported)):
        newest = sides[0].sentence
        lead = next((s for s in order if _is_said(newest, [s])), None) or _quoted(newest, passages)
        if lead is not None:
            order = [sentence for sentence in order if sentence is not lead]
            older = [any(_is_said(side.sentence, [s]) for side in sides) for s in order]
            order.insert(older.index(True) if True in older else 0, lead)
    return order


def newest_offered(disputes: Disputes, hits: Sequence[Hit]) -> list[Hit]:
    """``hits`` with those that hold the sides of a dated conflict in the order of their dates, on
    the places that they had among them."""
    order = list(hits)
    for sides in filter(_is_ordered, disputes.conflicts):
        wanted = [side.sentence.passage.chunk.id for side in sides]
        places = [at for at, hit in enumerate(order) if hit.chunk.id in wanted]
        moved = sorted((order[at] for at in places), key=lambda hit: wanted.index(hit.chunk.id))
        for at, hit in zip(places, moved, strict=True):
            order[at] = hit
    return order


def _told(disputes: Disputes, shown: Sequence[CheckedSentence]) -> list[tuple[Side, ...]]:
    """The conflicts of which at least one side is told: others are about something else."""
    return [
        sides
        for sides in disputes.conflicts
        if any(_is_said(side.sentence, shown) for side in sides)
    ]


def _is_said(sentence: RankedSentence, shown: Sequence[CheckedSentence]) -> bool:
    wanted = _evidence(sentence)
    return any(
        evidence.document_id == wanted.document_id and evidence.span.overlaps(wanted.span)
        for checked in shown
        for evidence in checked.evidence
    )


def _quoted(sentence: RankedSentence, passages: Sequence[Passage]) -> CheckedSentence | None:
    """The sentence word for word, checked; None if it does not stand in the passages."""
    quotation = Quotation(sentence.passage.label, sentence.span)
    checked = check_quotation(Draft(sentence.text, quotation), passages)
    return checked if checked.verdict is Verdict.SUPPORTED else None


def _date(side: Side) -> str:
    return side.sentence.passage.chunk.date


def _is_ordered(sides: Sequence[Side]) -> bool:
    return is_newest_first([_date(side) for side in sides])


def _evidence(sentence: RankedSentence) -> Evidence:
    return evidence_at(sentence.passage, sentence.span)


def without_lead(text: str) -> str:
    """The article's own words behind what this program puts in front of a correction."""
    for lead in (CONTRARY, OTHERWISE):
        if text.startswith(lead):
            return text.removeprefix(lead).strip(" “”")
    return text
