"""What is said in an answer beside what was asked: that articles differ, or deny the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.assistant.refusal import OTHERWISE
from rag.grounding.conflict import Side, differing
from rag.grounding.evidence import evidence_at
from rag.grounding.premise import denied_premise
from rag.grounding.quotation import check_quotation
from rag.types import (
    CheckedSentence,
    Conflict,
    ConflictSide,
    Draft,
    Evidence,
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
        conflicts: of each, the sides, best-ranked first.
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
    conflicts = (differing(part, ranked) for part, ranked in pairs)
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
        if not _is_said(sentence, said):
            quotation = Quotation(sentence.passage.label, sentence.span)
            checked = check_quotation(Draft(sentence.text, quotation), passages)
            if checked.verdict is Verdict.SUPPORTED:
                said.append(checked)
                yield checked


def told_conflicts(disputes: Disputes, shown: Sequence[CheckedSentence]) -> tuple[Conflict, ...]:
    """The conflicts of which the answer tells every side."""
    return tuple(
        Conflict(tuple(ConflictSide(_evidence(side.sentence), side.value) for side in sides))
        for sides in _told(disputes, shown)
        if all(_is_said(side.sentence, shown) for side in sides)
    )


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


def _evidence(sentence: RankedSentence) -> Evidence:
    return evidence_at(sentence.passage, sentence.span)


def without_lead(text: str) -> str:
    """The article's own words behind what this program puts in front of a correction."""
    for lead in (CONTRARY, OTHERWISE):
        if text.startswith(lead):
            return text.removeprefix(lead).strip(" “”")
    return text
