"""Any text checked against the articles: which statement is supported by what, and which is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.assistant.cited import CitedSources
from rag.assistant.disputes import DIFFER, without_lead
from rag.assistant.prose import GivenText, Statement, names_in
from rag.assistant.refusal import is_refusal
from rag.assistant.text_report import (
    CheckedStatement,
    SourceFinding,
    SourceVerdict,
    TextReport,
    relabelled,
)
from rag.grounding.check import support_from
from rag.grounding.claims import asserts_nothing
from rag.grounding.conflict import contradict
from rag.grounding.evidence import evidence_at, supporting_span
from rag.indexing.progress import NoProgress, Progress
from rag.protocols import Retriever, Verifier
from rag.text.words import terms, words
from rag.types import Chunk, Evidence, Passage, Span, Support, Verdict

N_PASSAGES = 5
POOL = 20
"""Hits looked at for a statement: the first few are candidates, the rest only if it cites them."""
MAX_MISSING = 5
_MAX_QUERY_CHARS = 2_000
_MIN_LENT = 2
_MIN_SHARE = 1 / 3
"""What a second passage must have of the claim's content words, and how many that the first lacks:
one that lends a single word speaks of something else."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """Passages tried for a statement, each with the stretch that speaks of it, and the support
    they give together; ``against`` is the sentence that contradicts it, if one does."""

    pieces: tuple[tuple[Passage, Span], ...]
    support: Support
    against: Evidence | None = None

    @property
    def score(self) -> float:
        return self.support.score or 0.0

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The stretches as evidence."""
        return tuple(evidence_at(passage, span) for passage, span in self.pieces)


class TextChecker:
    """Checks texts that came from anywhere against what a retriever finds.

    Each statement is held against the first passages found for it, one by one, then against the
    best of them together with one other. A statement that leans on the one before it counts as
    supported only by passages that mention what that one is about.

    Args:
        n_passages: passages tried for a statement.
        threshold: the score from which a statement is supported, in [0, 1]; None: the verifier's.
        index_id: of the index behind the retriever, for the report.
        scope: which articles alone it searches, for the report; empty for all.
    """

    def __init__(
        self,
        *,
        retriever: Retriever,
        verifier: Verifier,
        n_passages: int = N_PASSAGES,
        threshold: float | None = None,
        index_id: str = "",
        scope: str = "",
    ) -> None:
        self._retriever = retriever
        self._verifier = verifier
        self._n_passages = n_passages
        self._threshold = verifier.threshold if threshold is None else threshold
        self._index_id = index_id
        self._scope = scope

    def check(self, given: GivenText, *, progress: Progress | None = None) -> TextReport:
        """The report on ``given``; an empty one for a text without statements."""
        progress = progress or NoProgress()
        sources = CitedSources(given.sources, self._retriever)
        progress.start("checking", len(given.statements))
        statements: list[CheckedStatement] = []
        for statement in given.statements:
            statements.append(self._checked(statement, sources))
            progress.advance(1)
        progress.finish()
        return TextReport(
            statements=tuple(relabelled(statements)),
            missing_quotes=sources.missing_quotes(),
            verifier=f"{self._verifier.name}@{self._threshold:g}",
            index_id=self._index_id,
            scope=self._scope,
        )

    def _checked(self, statement: Statement, sources: CitedSources) -> CheckedStatement:
        blank = CheckedStatement(
            statement.text, statement.line, statement.leans_on, Verdict.NO_CLAIM
        )
        if statement.text.startswith(DIFFER) or is_refusal(statement.text):
            return blank  # our own words about what is said above them
        statement = replace(statement, text=without_lead(statement.text))
        if asserts_nothing(statement.text):
            return blank
        query = f"{statement.leans_on} {statement.text}".strip()[:_MAX_QUERY_CHARS]
        hits = self._retriever.retrieve(query, POOL)
        chunks = [hit.chunk for hit in hits]
        names = names_in(statement.leans_on)
        cited = {
            label: _about(sources.chunks(label, hits), names)
            for label in statement.labels
            if sources.is_indexed(label)
        }
        by_cited, verdicts = self._by_cited(statement.text, cited)
        listed = _findings(statement, sources, verdicts)
        if by_cited is not None:
            return replace(_supported(blank, by_cited), sources=listed)
        found = self._by_found(statement.text, _about(chunks, names))
        if found is not None and self._passes(found):
            return replace(_supported(blank, found), sources=listed)
        return replace(self._unsupported(blank, found, chunks, names), sources=listed)

    def _by_cited(
        self, claim: str, cited: Mapping[int, Sequence[Chunk]]
    ) -> tuple[_Finding | None, dict[int, SourceVerdict]]:
        """The support by the cited sources, each represented by its best passage (None: too
        little), and what each of them contributes."""
        best_of = {label: self._best(claim, chunks) for label, chunks in cited.items()}
        known = {label: finding for label, finding in best_of.items() if finding is not None}
        verdicts = dict.fromkeys(cited, SourceVerdict.FAILS)
        best = max(known.values(), key=self._worth, default=None)
        if best is None:
            return None, verdicts
        if not self._passes(best):
            best = self._union(claim, list(known.values()))
            if not self._passes(best):
                return None, verdicts
            return best, verdicts | dict.fromkeys(known, SourceVerdict.SUPPORTS)
        supporting = {label for label, finding in known.items() if self._passes(finding)}
        added = {True: SourceVerdict.SUPPORTS, False: SourceVerdict.ADDS_NOTHING}
        return best, {label: added[label in supporting] for label in cited}

    def _by_found(self, claim: str, chunks: Sequence[Chunk]) -> _Finding | None:
        """The best support by one of ``chunks``, or by that one and another; None if none of them
        says a word of the claim."""
        findings = self._each(claim, chunks)
        best = max(findings, key=self._worth, default=None)
        if best is not None and (denier := _denier(findings, best)) is not None:
            return denier
        if best is None or best.against or self._passes(best):
            return best
        pairs = [self._complemented(claim, best, f) for f in findings if f is not best]
        pair = max(filter(None, pairs), key=lambda finding: finding.score, default=best)
        return pair if self._passes(pair) else best

    def _best(self, claim: str, chunks: Sequence[Chunk]) -> _Finding | None:
        findings = self._each(claim, chunks)
        return max(findings, key=self._worth, default=None)

    def _each(self, claim: str, chunks: Sequence[Chunk]) -> list[_Finding]:
        """The support by each of the first chunks that says something of the claim."""
        findings = []
        for chunk in chunks[: self._n_passages]:
            passage = Passage(1, chunk)
            span = supporting_span(claim, passage)
            if span is not None:
                support = support_from(self._verifier, claim, [passage])
                against = _contradicting(claim, passage)
                findings.append(_Finding(((passage, span),), support, against))
        return findings

    def _union(self, claim: str, findings: Sequence[_Finding]) -> _Finding:
        pieces = tuple(piece for finding in findings for piece in finding.pieces)
        support = support_from(self._verifier, claim, [passage for passage, _ in pieces])
        against = next((f.against for f in findings if f.against), None)
        return _Finding(pieces, support, against)

    def _complemented(self, claim: str, best: _Finding, other: _Finding) -> _Finding | None:
        """``best`` with the stretch of ``other`` that has what it lacks, read alone: two whole
        passages that nobody put together would lend the claim words from anywhere."""
        (passage, span), second = best.pieces[0], other.pieces[0][0]
        lacking = " ".join(_lacking(claim, span.of(passage.chunk.text)))
        added = supporting_span(lacking, second)
        if added is None:
            return None
        told = added.of(second.chunk.text)
        if _shared(lacking, told) < _MIN_LENT or _shared(claim, told) < _MIN_SHARE * _shared(
            claim, claim
        ):
            return None
        pieces = ((passage, span), (second, added))
        texts = [stretch.of(p.chunk.text) for p, stretch in pieces]
        contexts = [f"{p.chunk.context}. {p.chunk.date}" for p, _ in pieces]
        against = best.against or other.against
        return _Finding(pieces, self._verifier.verify(claim, [*texts, *contexts]), against)

    def _worth(self, finding: _Finding) -> tuple[bool, bool, float]:
        """What supports comes first, then what contradicts, then what has most of the claim's
        words: among failures a low probability says little of which one is nearest."""
        passes = self._passes(finding)
        return passes, finding.against is not None, finding.score if passes else _closeness(finding)

    def _passes(self, finding: _Finding) -> bool:
        """Whether it supports the claim. A number that stands nowhere in the passages is made up,
        however well the words agree; and words lent from elsewhere in a passage do not help where
        the sentence nearest to the claim contradicts it."""
        if finding.against or any(c.isdigit() for word in finding.support.missing for c in word):
            return False
        return finding.support.score is not None and finding.score >= self._threshold

    def _unsupported(
        self,
        blank: CheckedStatement,
        found: _Finding | None,
        chunks: Sequence[Chunk],
        names: Sequence[str],
    ) -> CheckedStatement:
        """Why it is not supported: what the nearest passage lacks; or that no passage about what
        the statement leans on says a word of it."""
        nearest = found or self._best(blank.text, chunks)
        missing: Sequence[str] = names[:1]
        if found is not None:
            missing = found.support.missing or _lacking(blank.text, _told(found))
        elif nearest is None:
            missing = _lacking(blank.text, "")
        closest = (nearest.against or nearest.evidence[0]) if nearest else None
        return replace(
            blank,
            verdict=Verdict.UNSUPPORTED,
            score=found.score if found else 0.0,
            missing=tuple(missing)[:MAX_MISSING],
            closest=closest,
            contradicted=nearest is not None and nearest.against is not None,
        )


def _denier(findings: Sequence[_Finding], best: _Finding) -> _Finding | None:
    """The passage nearest to the claim if it denies it and ``best`` speaks of it in fewer words: a
    passage about something like it must not outvote the one that is about it."""
    nearest = max(findings, key=_closeness)
    denies = nearest.support.signals.get("polarity", 1.0) == 0.0
    if not denies or _closeness(nearest) <= _closeness(best):
        return None
    return replace(nearest, against=nearest.evidence[0])


def _closeness(finding: _Finding) -> float:
    """The share of the claim's words that a passage holds; its score where that is not told."""
    return finding.support.signals.get("words", finding.score)


def _supported(blank: CheckedStatement, finding: _Finding) -> CheckedStatement:
    return replace(blank, verdict=Verdict.SUPPORTED, score=finding.score, evidence=finding.evidence)


def _findings(
    statement: Statement, sources: CitedSources, verdicts: Mapping[int, SourceVerdict]
) -> tuple[SourceFinding, ...]:
    """One finding for each label, with what is known of its source."""
    findings = []
    for label in statement.labels:
        unknown = SourceVerdict.NOT_INDEXED if sources.is_listed(label) else SourceVerdict.UNLISTED
        verdict = verdicts.get(label, unknown)
        findings.append(SourceFinding(label, sources.title(label), verdict))
    return tuple(findings)


def _about(chunks: Sequence[Chunk], names: Sequence[str]) -> list[Chunk]:
    """The chunks that mention one of ``names``, title and headings included; all without names."""
    wanted = [set(terms(name)) for name in names]
    if not wanted:
        return list(chunks)
    return [c for c in chunks if any(w <= set(terms(f"{c.context} {c.text}")) for w in wanted)]


def _contradicting(claim: str, passage: Passage) -> Evidence | None:
    """The sentence of ``passage`` that shares most words with the claim, if it contradicts it."""
    text = passage.chunk.text
    nearest = max(passage.chunk.sentences, key=lambda span: _shared(claim, span.of(text)))
    return evidence_at(passage, nearest) if contradict(claim, nearest.of(text)) else None


def _told(finding: _Finding) -> str:
    return " ".join(f"{p.chunk.text} {p.chunk.context}" for p, _ in finding.pieces)


def _shared(claim: str, text: str) -> int:
    return len(set(terms(claim)) & set(terms(text)))


def _lacking(claim: str, text: str) -> list[str]:
    """The content words of ``claim`` that ``text`` lacks, as written, each once."""
    held = {word.term for word in words(text)}
    lacking = {w.term: w.surface for w in words(claim) if not w.is_stop and w.term not in held}
    return list(lacking.values())
