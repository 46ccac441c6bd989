"""A conversation as one HTML page that needs no network and can run nothing.

There is no script in it, and its content security policy allows none. Beside each sentence stands
what was found of it; a citation leads to its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.chat.export.conversation import (
    MEANING,
    N_CLOSEST,
    SOUND,
    Conversation,
    Piece,
    Source,
    cost_of,
    notes_of,
    pieces,
    sources_of,
)
from rag.text.html_page import asset, templates_of
from rag.text.marks import Mark, Segment, segments
from rag.text.terminal import safe_line
from rag.types import Answer, CheckedSentence, Evidence, Provenance


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence and what was found of it. ``quotes``: each piece of evidence, and whether the
    sentence is just that, word for word; ``signals``: what the score was made of."""

    pieces: tuple[Piece, ...]
    is_sound: bool
    meaning: str
    score: float | None
    notes: tuple[str, ...]
    quotes: tuple[tuple[Evidence, bool], ...]
    signals: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source, and the passage it was offered as with the quoted stretches marked."""

    source: Source
    passage: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything the page says about one answer; ``number`` from 1."""

    number: int
    answer: Answer
    sentences: tuple[SentenceView, ...]
    dropped: tuple[SentenceView, ...]
    sources: tuple[SourceView, ...]
    cost: str

    @property
    def labels(self) -> frozenset[int]:
        """The labels that have a source on the page."""
        return frozenset(view.source.label for view in self.sources)


def as_html(conversation: Conversation) -> str:
    """The whole conversation with its evidence, as a page."""
    templates = templates_of("rag.chat.export", {"line": safe_line})
    style, style_hash = asset(templates, "conversation.css")
    return templates.get_template("conversation.html").render(
        conversation=conversation,
        answers=[_answer(n, answer) for n, answer in enumerate(conversation.answers, 1)],
        origins=[(_facts(provenance), numbers) for provenance, numbers in conversation.origins],
        n_closest=N_CLOSEST,
        style=style,
        style_hash=style_hash,
    )


def _answer(number: int, answer: Answer) -> AnswerView:
    sources = tuple(SourceView(source, _passage(source)) for source in sources_of(answer))
    labels = frozenset(view.source.label for view in sources)
    return AnswerView(
        number,
        answer,
        tuple(_sentence(sentence, labels) for sentence in answer.sentences),
        tuple(_sentence(sentence, labels) for sentence in answer.dropped),
        sources,
        cost_of(answer),
    )


def _sentence(sentence: CheckedSentence, labels: frozenset[int]) -> SentenceView:
    words = sentence.claim.text.split()
    return SentenceView(
        _closed_up(pieces(sentence.text, labels)),
        sentence.verdict in SOUND,
        MEANING[sentence.verdict],
        sentence.score,
        notes_of(sentence),
        tuple((e, e.quote.split() == words) for e in sentence.evidence),
        ", ".join(f"{name} {value:.2f}" for name, value in sentence.signals.items()),
    )


def _closed_up(parts: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Without the blanks in front of citations: small numbers must not stand alone on a line."""
    followers = (*parts[1:], Piece(""))
    return tuple(
        Piece(part.text.rstrip(" \t"), part.label) if after.label else part
        for part, after in zip(parts, followers, strict=True)
    )


def _passage(source: Source) -> tuple[Segment, ...]:
    if source.passage is None:
        return ()
    chunk = source.passage
    origin, end = chunk.span.start, chunk.span.end
    inside = [e.span for e in source.evidence if origin <= e.span.start and e.span.end <= end]
    return segments(chunk.text, [Mark(span.shifted(-origin), "cited") for span in inside])


def _facts(provenance: Provenance) -> dict[str, str]:
    known = {name: getattr(provenance, name) for name in provenance.__dataclass_fields__}
    return {name.replace("_", " "): value for name, value in known.items() if value}
