"""The check of one drafted sentence: resolve what it cites, verify, repair, find the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.grounding.claims import asserts_nothing, clauses, parse_claim
from rag.grounding.evidence import evidence_at, supporting_span
from rag.protocols import Verifier
from rag.text.markers import cite
from rag.text.orders import without_orders
from rag.types import CheckedSentence, Claim, Evidence, Passage, Support, Verdict

_TIE = 0.02
"""Scores this close are equal: a citation that gains less adds nothing."""


class SentenceChecker:
    """Checks drafted sentences against the passages that were offered."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    @property
    def verifier(self) -> Verifier:
        """What judges."""
        return self._verifier

    @property
    def name(self) -> str:
        """Verifier and threshold, for the provenance of an answer."""
        return f"{self._verifier.name}@{self._verifier.threshold:g}"

    def check(self, draft: str, passages: Sequence[Passage]) -> CheckedSentence:
        """``draft`` (markers included) with its verdict.

        A sentence is SUPPORTED when the passages it cites support it and every clause of it, or
        when one other offered passage does, and then that one is cited instead (``repaired``).
        Citations that add nothing are left out. The text that comes back carries exactly the
        citations that were kept.
        """
        claim = parse_claim(draft, passages)
        if asserts_nothing(claim.text):
            return CheckedSentence(claim.text, claim, Verdict.NO_CLAIM, None)
        by_label = {passage.label: passage for passage in passages}
        resolved = [by_label[c.label] for c in claim.citations if c.chunk_id is not None]
        cited = _quotable(claim, resolved)
        support = self._support(claim, cited)
        if cited and self._passes(support) and self._clauses_stand(draft, cited):
            kept = self._minimal(claim, cited, support)
            return self._supported(claim, kept, support, repaired=len(kept) < len(claim.citations))
        return self._repaired(draft, claim, passages) or CheckedSentence(
            text=draft.strip(),
            claim=claim,
            verdict=_failure(claim),
            score=support.score,
            missing=support.missing,
            signals=support.signals,
        )

    def _support(self, claim: Claim, passages: Sequence[Passage], *, least: float = 0.0) -> Support:
        return support_from(self._verifier, claim.text, passages, least=least)

    def _passes(self, support: Support) -> bool:
        return support.score is not None and support.score >= self._verifier.threshold

    def _clauses_stand(self, draft: str, cited: Sequence[Passage]) -> bool:
        """Whether every clause with markers of its own is borne by what it cites, or at least by
        what the sentence cites: a compound sentence can pass as a whole with one clause false."""
        least = self._verifier.threshold
        for clause in clauses(draft):
            own = [p for p in cited if p.label in clause.labels]
            if not any(
                self._passes(support_from(self._verifier, clause.text, passages, least=least))
                for passages in (own, cited)
            ):
                return False
        return True

    def _minimal(self, claim: Claim, cited: list[Passage], support: Support) -> list[Passage]:
        """``cited`` without those whose absence costs nothing; at least one stays."""
        kept = list(cited)
        least = (support.score or 0) - _TIE
        for passage in reversed(cited):
            rest = [p for p in kept if p is not passage]
            if not rest:
                break
            without = self._support(claim, rest, least=least)
            if self._passes(without) and (without.score or 0) >= least:
                kept = rest
        return kept

    def _repaired(
        self, draft: str, claim: Claim, passages: Sequence[Passage]
    ) -> CheckedSentence | None:
        best: tuple[Passage, Support] | None = None
        for passage in _quotable(claim, passages):
            support = self._support(claim, [passage], least=self._verifier.threshold)
            if (
                self._passes(support)
                and (best is None or (support.score or 0) > (best[1].score or 0))
                and self._clauses_stand(draft, [passage])
            ):
                best = (passage, support)
        return self._supported(claim, [best[0]], best[1], repaired=True) if best else None

    def _supported(
        self, claim: Claim, kept: Sequence[Passage], support: Support, *, repaired: bool
    ) -> CheckedSentence:
        pairs = [(p, supporting_span(claim.text, p)) for p in kept]
        evidence: tuple[Evidence, ...] = tuple(evidence_at(p, s) for p, s in pairs if s)
        return CheckedSentence(
            text=cite(claim.text, [p.label for p in kept]),
            claim=claim,
            verdict=Verdict.SUPPORTED,
            score=support.score,
            evidence=evidence,
            repaired=repaired,
            signals=support.signals,
        )


def support_from(
    verifier: Verifier, claim: str, passages: Sequence[Passage], *, least: float = 0.0
) -> Support:
    """What ``passages`` together say of ``claim``, each read under its title, headings and date;
    score 0 for no passage, inexact below ``least``. Paragraphs that give orders to a model support
    nothing."""
    if not passages:
        return Support(score=0.0)
    texts = [without_orders(p.chunk.text) for p in passages]
    contexts = [f"{p.chunk.context}. {p.chunk.date}" for p in passages]
    return verifier.verify(claim, [*texts, *contexts], least=least)


def _quotable(claim: Claim, passages: Sequence[Passage]) -> list[Passage]:
    """The passages whose own text says something of the claim: a title may tell which model "it"
    is, but a citation needs words that can be quoted."""
    return [p for p in passages if supporting_span(claim.text, p) is not None]


def _failure(claim: Claim) -> Verdict:
    if not claim.citations:
        return Verdict.UNCITED
    if all(c.chunk_id is None for c in claim.citations):
        return Verdict.UNRESOLVED
    return Verdict.UNSUPPORTED


def flagged(sentence: CheckedSentence) -> CheckedSentence:
    """A failed sentence as it may be shown: without any marker, so that it cites nothing."""
    return replace(sentence, text=sentence.claim.text, evidence=())
