"""What the check of a text found: the records of ``rag check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.types import Evidence, Verdict


class SourceVerdict(StrEnum):
    """What a cited source is to the statement that cites it."""

    SUPPORTS = "supports"
    ADDS_NOTHING = "adds_nothing"
    FAILS = "does_not_support"
    NOT_INDEXED = "not_in_the_index"
    UNLISTED = "not_listed"


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """A label of a statement, the title it stands for (empty if unlisted), and its verdict."""

    label: int
    title: str
    verdict: SourceVerdict


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A sentence of the text with what the articles say of it.

    Attributes:
        line: where it begins in the text, from 1.
        leans_on: what it was read as being about; empty if it stands alone.
        verdict: SUPPORTED, UNSUPPORTED or NO_CLAIM.
        score: the verifier's, in [0, 1]; None if there was nothing to score.
        evidence: the stretches that support it, no more than are needed. Here and in ``closest``
            labels count passages through the whole report, in order of first use.
        missing: for an unsupported one, numbers, names, otherwise words that no passage has
            together with the rest of it.
        closest: for an unsupported one, what comes nearest; None if nothing does.
        contradicted: whether ``closest`` says otherwise: denies it, or gives another value.
        sources: what the sources are that it cites, in the order of its labels.
    """

    text: str
    line: int
    leans_on: str
    verdict: Verdict
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    closest: Evidence | None = None
    contradicted: bool = False
    sources: tuple[SourceFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingQuote:
    """A quotation that the text's list of sources gives and no passage holds word for word."""

    label: int
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class TextReport:
    """All statements of a text, in order, and what was wrong with its list of sources."""

    statements: tuple[CheckedStatement, ...]
    missing_quotes: tuple[MissingQuote, ...]
    verifier: str
    index_id: str
    scope: str = ""

    @property
    def n_claims(self) -> int:
        """Statements that assert something."""
        return sum(s.verdict is not Verdict.NO_CLAIM for s in self.statements)

    @property
    def n_supported(self) -> int:
        """Statements that the articles support."""
        return sum(s.verdict is Verdict.SUPPORTED for s in self.statements)

    @property
    def n_wrong_citations(self) -> int:
        """Citations whose source is in the index and does not support the statement."""
        return sum(f.verdict is SourceVerdict.FAILS for s in self.statements for f in s.sources)

    @property
    def sound(self) -> bool:
        """Whether every claim is supported, by what it cites if that is known, and every listed
        quotation is one."""
        supported = self.n_supported == self.n_claims
        return supported and not self.n_wrong_citations and not self.missing_quotes


def relabelled(statements: Sequence[CheckedStatement]) -> Iterator[CheckedStatement]:
    """``statements`` with the labels of what they show counting passages by first use."""
    labels: dict[str, int] = {}

    def labelled(evidence: Evidence) -> Evidence:
        return replace(evidence, label=labels.setdefault(evidence.chunk_id, len(labels) + 1))

    for statement in statements:
        evidence = tuple(map(labelled, statement.evidence))
        closest = labelled(statement.closest) if statement.closest else None
        yield replace(statement, evidence=evidence, closest=closest)
