"""Measures of the citations: they resolve, and their quotes are the source's own text."""

from __future__ import annotations

from pathlib import Path

from rag.errors import EvalError
from rag.evaluation.measures.base import Goal, Measure
from rag.evaluation.source import read_source
from rag.evaluation.types import EvalCase, Finding
from rag.text.markers import find_markers
from rag.types import Answer, CheckedSentence, Chunk, Evidence, Verdict


def _always(case: EvalCase) -> bool:
    return True


def _citation_valid(case: EvalCase, answer: Answer) -> Finding | None:
    """Does not apply to an answer that prints no citation."""
    if answer.refused:
        return None
    offered = {passage.label: passage.chunk for passage in answer.passages}
    problems = [p for s in answer.sentences for p in _sentence_problems(s, offered)]
    n_printed = sum(len(_labels(s)) + len(s.evidence) for s in answer.sentences)
    if n_printed == 0:
        return None
    return Finding(0.0, "; ".join(problems)) if problems else Finding(1.0)


def _labels(sentence: CheckedSentence) -> list[int]:
    return [label for marker in find_markers(sentence.text) for label in marker.labels]


def _sentence_problems(sentence: CheckedSentence, offered: dict[int, Chunk]) -> list[str]:
    unknown = [label for label in _labels(sentence) if label not in offered]
    problems = [f"[{label}] was never offered" for label in unknown]
    for evidence in sentence.evidence:
        problem = _evidence_problem(evidence, offered)
        if problem:
            problems.append(f"[{evidence.label}] {problem}")
    return problems


def _evidence_problem(evidence: Evidence, offered: dict[int, Chunk]) -> str:
    chunk = offered.get(evidence.label)
    if chunk is None or chunk.id != evidence.chunk_id:
        return "points to a passage that was not retrieved"
    if not (chunk.span.start <= evidence.span.start and evidence.span.end <= chunk.span.end):
        return "quotes beyond its passage"
    said = evidence.span.shifted(-chunk.span.start).of(chunk.text)
    if not said or said != evidence.quote:
        return "quotes something else than its passage says"
    return _source_problem(evidence)


def _source_problem(evidence: Evidence) -> str:
    """Compares with the file as it is now; one that is gone is a problem."""
    try:
        text = read_source(Path(evidence.source))
    except EvalError as exc:
        return f"has no readable source: {exc.message}"
    is_same = evidence.span.of(text) == evidence.quote
    return "" if is_same else "quotes something else than its file says"


def _unsupported(case: EvalCase, answer: Answer) -> Finding | None:
    """By the program's own verdicts. Sentences that claim nothing do not count."""
    claims = [s for s in answer.sentences if s.verdict is not Verdict.NO_CLAIM]
    if answer.refused or not claims:
        return None
    bad = [s for s in claims if s.verdict is not Verdict.SUPPORTED]
    told = "; ".join(f"{s.verdict}: {s.text}" for s in bad)
    return Finding(len(bad) / len(claims), told)


CITATION_VALID = Measure(
    "citation_valid",
    "every citation resolves to a passage offered, every quote is the source's text",
    _always,
    _citation_valid,
)
UNSUPPORTED_SENTENCES = Measure(
    "unsupported_sentences",
    "share of sentences shown that the verifier does not support",
    _always,
    _unsupported,
    worst=lambda case: 1.0,
    goal=Goal.LOWER,
)
