"""Answers made by hand, for tests of how answers are shown."""

from __future__ import annotations

from rag.types import (
    Answer,
    CheckedSentence,
    Chunk,
    Claim,
    Evidence,
    Hit,
    Passage,
    Place,
    Span,
    Verdict,
)


def chunk(text: str = "It is so.", *, title: str = "A title", source: str = "/a.md") -> Chunk:
    span = Span(0, len(text))
    starts = ((0, 12), (9, 14))
    return Chunk("c1", "a.md", span, text, (span,), (), title, source, "2024-04-25", starts)


def evidence(
    quote: str = "It is so.",
    *,
    label: int = 1,
    title: str = "A title",
    source: str = "/a.md",
    place: Place = Place(12, 14),  # noqa: B008 - frozen
) -> Evidence:
    span = Span(0, len(quote))
    return Evidence(label, "c1", "a.md", source, title, "2024-04-25", span, quote, place)


def sentence(
    text: str = "It is so [1].",
    *evidences: Evidence,
    verdict: Verdict = Verdict.SUPPORTED,
    missing: tuple[str, ...] = (),
) -> CheckedSentence:
    return CheckedSentence(text, Claim(text, ()), verdict, 0.9, evidences, missing)


def answer(*sentences: CheckedSentence, chunks: tuple[Chunk, ...] = ()) -> Answer:
    passages = tuple(Passage(number, c) for number, c in enumerate(chunks or (chunk(),), 1))
    hits = tuple(Hit(p.chunk, 0.5, p.label, "hybrid", {"dense": 0.7}) for p in passages)
    return Answer("Is it so?", "Is it so?", sentences, False, "", passages, hits)


def refusal(reason: str = "The articles do not say.", *chunks: Chunk) -> Answer:
    made = answer(chunks=chunks)
    return Answer("Is it so?", "Is it so?", (), True, reason, made.passages, made.hits)
