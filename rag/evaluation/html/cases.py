"""One case as the page shows it: what was expected, what came, and where it went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.evaluation.gold import covers
from rag.evaluation.html.records import answer_of, chunk_of, place_from_record, span_of
from rag.evaluation.measures.facts import shown
from rag.evaluation.types import CaseResult, EvalCase, GoldQuote, Score
from rag.text.marks import Mark, Segment, segments
from rag.text.terminal import safe
from rag.types import Chunk, Place, Span

_NOT_IN_ANCHORS = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class GoldView:
    """A gold quote and how far it came: ``fate`` in words, ``rank`` among the hits if found."""

    document: str
    quote: str
    n_alternatives: int
    rank: int | None
    fate: str
    was_cited: bool


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A quote that a sentence cites. ``place``: article and lines; ``is_verbatim``: the sentence is
    the quote itself."""

    label: int
    place: str
    quote: str
    is_verbatim: bool


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence, shown or dropped."""

    parts: tuple[Segment, ...]
    verdict: str
    score: float | None
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage that was offered, with its marks."""

    label: int
    title: str
    place: str
    date: str
    parts: tuple[Segment, ...]
    is_gold: bool
    is_cited: bool


@dataclass(frozen=True, slots=True)
class HitView:
    """A row of the table of hits. ``label`` is None for a hit that was not offered."""

    rank: int
    score: float
    label: int | None
    place: str
    is_gold: bool
    signals: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the page says about one case. Texts are fit to be shown."""

    anchor: str
    id: str
    kind: str
    outcome: str
    question: str
    history: tuple[str, ...]
    query: str
    tags: tuple[str, ...]
    why: str
    expected: str
    facts: tuple[str, ...]
    forbidden: tuple[str, ...]
    gold: tuple[GoldView, ...]
    is_case_known: bool
    refused: bool
    reason: str
    sentences: tuple[SentenceView, ...]
    dropped: tuple[SentenceView, ...]
    passages: tuple[PassageView, ...]
    hits: tuple[HitView, ...]
    scores: tuple[Score, ...]
    cost: str

    @property
    def gold_rank(self) -> int | None:
        """The rank of the first gold passage; None if none was found."""
        return min((g.rank for g in self.gold if g.rank is not None), default=None)


def case_view(result: CaseResult, case: EvalCase | None, *, number: int) -> CaseView:
    """The view of one result; ``case`` None if what was expected is not known any more.

    ``number`` makes the anchor unique, whatever the ids are.

    Raises:
        KeyError, TypeError, ValueError: if the result's answer is not what the program writes.
    """
    answer = answer_of(result)
    golds = case.gold if case else ()
    hits = [(hit, chunk_of(hit["chunk"])) for hit in answer.get("hits", ())]
    offered = [(int(p["label"]), chunk_of(p["chunk"])) for p in answer.get("passages", ())]
    cited = [e for s in answer.get("sentences", ()) for e in s["evidence"]]
    return CaseView(
        anchor=f"case-{number}-{_NOT_IN_ANCHORS.sub('-', result.case_id)[:60]}",
        id=safe(result.case_id),
        kind=result.kind.value,
        outcome="passed" if result.passed else "error" if result.error else "failed",
        question=safe(result.question),
        history=tuple(safe(question) for question in result.history),
        query=safe(str(answer.get("query", ""))),
        tags=tuple(safe(tag) for tag in result.tags),
        why="" if result.passed else safe(_why(result)),
        expected=_expected(case),
        facts=tuple(safe(shown(fact)) for fact in (case.facts if case else ())),
        forbidden=tuple(safe(word) for word in (case.forbidden if case else ())),
        gold=tuple(_gold_view(gold, hits, offered, cited) for gold in golds),
        is_case_known=case is not None,
        refused=bool(answer.get("refused")),
        reason=safe(str(answer.get("reason", ""))),
        sentences=tuple(_sentence(s, case) for s in answer.get("sentences", ())),
        dropped=tuple(_sentence(s, case) for s in answer.get("dropped", ())),
        passages=tuple(_passage(label, chunk, golds, cited) for label, chunk in offered),
        hits=tuple(_hit(hit, chunk, golds, offered) for hit, chunk in hits),
        scores=tuple(Score(s.measure, s.value, safe(s.explanation)) for s in result.scores),
        cost=_cost(result, answer),
    )


def _why(result: CaseResult) -> str:
    """Why the case failed, with the name of the measure that decided."""
    if result.error:
        return f"No answer: {result.error}"
    score = result.score(result.headline)
    if score is None or score.value is None:
        return f"{result.headline} could not be scored"
    if result.headline == "refused":
        return "answered, although the articles do not say"
    return score.explanation or f"{result.headline} is {score.value:g}"


def _expected(case: EvalCase | None) -> str:
    if case is None:
        return ""
    if case.should_be_refused:
        return "A refusal: the articles do not answer this."
    return {
        "false_premise": "A refusal, or the sentence that contradicts the question.",
        "conflicting": "Both sides, each with its citation.",
        "adversarial": "Nothing of what is forbidden; a right answer or a refusal.",
    }.get(case.kind.value, "Every fact, in a sentence that cites the gold quote.")


def _gold_view(
    gold: GoldQuote,
    hits: Sequence[tuple[dict[str, Any], Chunk]],
    offered: Sequence[tuple[int, Chunk]],
    cited: Sequence[dict[str, Any]],
) -> GoldView:
    rank = next((int(hit["rank"]) for hit, chunk in hits if covers(chunk, gold)), None)
    label = next((label for label, chunk in offered if covers(chunk, gold)), None)
    was_cited = any(covers(_as_chunk(evidence), gold) for evidence in cited)
    if rank is None and label is None:
        fate = "not found"
    else:
        found = "found" if rank is None else f"found at rank {rank}"
        fate = found + (", not offered" if label is None else f", offered as [{label}]")
        fate += ", cited" if was_cited else ", not cited" if label is not None else ""
    n_other = len(gold.alternatives)
    return GoldView(safe(gold.document), safe(gold.quote), n_other, rank, fate, was_cited)


def _as_chunk(evidence: dict[str, Any]) -> Chunk:
    """Evidence lies on gold as a chunk of just its words would."""
    place = evidence["place"]
    return chunk_of(
        {
            **evidence,
            "id": evidence["chunk_id"],
            "text": evidence["quote"],
            "headings": (),
            "place_starts": ((0, place["first"]),),
            "unit": place["unit"],
        }
    )


def _sentence(record: dict[str, Any], case: EvalCase | None) -> SentenceView:
    text = str(record["text"])
    notes = []
    if record["repaired"]:
        notes.append("citation moved")
    if int(record["tries"]) > 1:
        notes.append(f"written {int(record['tries'])} times")
    score = record["score"]
    return SentenceView(
        parts=segments(text, _fact_marks(text, case)),
        verdict=safe(str(record["verdict"])),
        score=None if score is None else float(score),
        missing=tuple(safe(str(word)) for word in record["missing"]),
        notes=tuple(notes),
        evidence=tuple(_evidence(e, record["claim"]["text"]) for e in record["evidence"]),
    )


def _fact_marks(text: str, case: EvalCase | None) -> list[Mark]:
    spellings = {s for fact in (case.facts if case else ()) for s in fact if s.strip()}
    found = [(Mark(Span(*m.span()), "fact")) for s in spellings for m in _spelt(s).finditer(text)]
    bad = {s for s in (case.forbidden if case else ()) if s.strip()}
    return found + [Mark(Span(*m.span()), "bad") for s in bad for m in _spelt(s).finditer(text)]


def _spelt(spelling: str) -> re.Pattern[str]:
    """Roughly as the measure compares: case and runs of blanks aside, no digit cut."""
    inside = r"\s+".join(re.escape(word) for word in spelling.split())
    return re.compile(rf"(?<![\d.,]){inside}(?!\d)" if spelling[0].isdigit() else inside, re.I)


def _evidence(record: dict[str, Any], claim: str) -> EvidenceView:
    quote = str(record["quote"])
    place = _place(str(record["document_id"]), place_from_record(record["place"]))
    return EvidenceView(int(record["label"]), place, safe(quote), quote.split() == claim.split())


def _passage(
    label: int, chunk: Chunk, golds: Sequence[GoldQuote], cited: Sequence[dict[str, Any]]
) -> PassageView:
    start = chunk.span.start
    ours = [e for e in cited if e["chunk_id"] == chunk.id and int(e["label"]) == label]
    marks = [Mark(_within(span_of(e["span"]), start), "cited") for e in ours]
    on_gold = [choice for gold in golds for choice in gold.choices if _lies_on(chunk, choice)]
    for gold in on_gold:
        marks += _gold_marks(chunk, gold)
    return PassageView(
        label=label,
        title=safe(chunk.title),
        place=_place(chunk.document_id, chunk.place),
        date=safe(chunk.date),
        parts=segments(chunk.text, marks),
        is_gold=bool(on_gold),
        is_cited=bool(ours),
    )


def _lies_on(chunk: Chunk, gold: GoldQuote) -> bool:
    return covers(chunk, GoldQuote(gold.document, gold.quote, (), gold.span))


def _gold_marks(chunk: Chunk, gold: GoldQuote) -> list[Mark]:
    if gold.span is not None:
        return [Mark(_within(gold.span, chunk.span.start), "gold")]
    at = chunk.text.find(gold.quote)
    return [Mark(Span(at, at + len(gold.quote)), "gold")] if at >= 0 else []


def _within(span: Span, origin: int) -> Span:
    """A span of the document as one of a text that begins at ``origin``; cut at its beginning."""
    return Span(max(0, span.start - origin), max(0, span.end - origin))


def _hit(
    hit: dict[str, Any],
    chunk: Chunk,
    golds: Sequence[GoldQuote],
    offered: Sequence[tuple[int, Chunk]],
) -> HitView:
    signals = [f"{name} {float(value):.3g}" for name, value in hit["signals"].items()]
    return HitView(
        rank=int(hit["rank"]),
        score=float(hit["score"]),
        label=next((label for label, other in offered if other.id == chunk.id), None),
        place=_place(chunk.document_id, chunk.place),
        is_gold=any(covers(chunk, gold) for gold in golds),
        signals=safe(", ".join(signals)),
    )


def _place(document_id: str, place: Place) -> str:
    return f"{safe(document_id)}, {place}"


def _cost(result: CaseResult, answer: dict[str, Any]) -> str:
    usage = answer.get("usage", {})
    parts = [f"{result.seconds:.2f} s"]
    for key, name in (
        ("prompt_tokens", "prompt tokens"),
        ("answer_tokens", "answer tokens"),
        ("retries", "sentences written again"),
    ):
        if usage.get(key):
            parts.append(f"{int(usage[key])} {name}")
    return ", ".join(parts)
