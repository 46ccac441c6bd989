"""Long passages narrowed to what matters of them: a model reads every token of its prompt.

Articles may be chunked in large pieces (setting ``chunk_tokens``). Of a piece that is longer than a
paragraph only the best run of whole sentences around the evidence is offered. It stays what a chunk
is: a verbatim slice of its document, under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.text.places import starts_within
from rag.types import Chunk, Passage, RankedSentence, Span

WINDOW_CHARS = 900
"""About 160 word pieces: a chunk of the usual size is offered whole."""

Rankings = Sequence[Sequence[RankedSentence]]
"""For each part of a question the sentences of all passages."""


def offers(
    chunks: Sequence[Chunk], rankings: Rankings, previous: Sequence[Passage], *, max_chars: int
) -> list[Chunk]:
    """Each chunk as it is to be offered, in the same order: whole, or a window of it.

    A window that was offered earlier in the conversation is offered again while the best sentence
    for the new question lies in it: the model has read it already.

    Args:
        rankings: over passages of whole chunks.
        previous: passages offered earlier.
        max_chars: the longest chunk that is offered whole, in characters; 0: every one is.
    """
    if not max_chars:
        return list(chunks)
    found = []
    for chunk in chunks:
        scores = _scores(chunk, rankings)
        if len(chunk.text) <= max_chars or not scores:
            found.append(chunk)
            continue
        best = max(scores, key=lambda span: scores[span])
        found.append(_offered_before(chunk, best, previous) or _window(chunk, scores, max_chars))
    return found


def placed(ranked: Sequence[RankedSentence], passages: Sequence[Passage]) -> list[RankedSentence]:
    """``ranked`` (over whole chunks) as sentences of ``passages``; those that are not in them are
    left out."""
    by_chunk = {passage.chunk.id: passage for passage in passages}
    found = []
    for sentence in ranked:
        whole, passage = sentence.passage.chunk, by_chunk.get(sentence.passage.chunk.id)
        if passage is None or not _covers(passage.chunk, whole, sentence.span):
            continue
        span = sentence.span.shifted(whole.span.start - passage.chunk.span.start)
        found.append(replace(sentence, passage=passage, span=span))
    return found


def narrowed(chunk: Chunk, window: Span) -> Chunk:
    """``chunk`` cut to ``window``, a span in its text that begins and ends with sentences."""
    kept = (s for s in chunk.sentences if window.start <= s.start and s.end <= window.end)
    return replace(
        chunk,
        span=window.shifted(chunk.span.start),
        text=window.of(chunk.text),
        sentences=tuple(sentence.shifted(-window.start) for sentence in kept),
        place_starts=starts_within(chunk.place_starts, window),
    )


def _scores(chunk: Chunk, rankings: Rankings) -> dict[Span, float]:
    """The best score of each ranked sentence of ``chunk`` over the parts of the question."""
    scores: dict[Span, float] = {}
    for ranked in rankings:
        for sentence in ranked:
            if sentence.passage.chunk.id == chunk.id:
                scores[sentence.span] = max(sentence.score, scores.get(sentence.span, 0.0))
    return scores


def _window(chunk: Chunk, scores: Mapping[Span, float], max_chars: int) -> Chunk:
    """The run of sentences around the best one whose scores sum up to most. It never reaches over a
    sentence that was not ranked: those belong to paragraphs that give orders to a model."""
    sentences = chunk.sentences
    best = sentences.index(max(scores, key=lambda span: scores[span]))
    windows: list[tuple[float, Span]] = []
    for first in range(best, -1, -1):
        window = Span(sentences[first].start, sentences[best].end)
        if sentences[first] not in scores or (windows and window.end - window.start > max_chars):
            break
        worth = sum(scores[s] for s in sentences[first : best + 1])
        for after in sentences[best + 1 :]:
            if after not in scores or after.end - window.start > max_chars:
                break
            window, worth = Span(window.start, after.end), worth + scores[after]
        windows.append((worth, window))
    return narrowed(chunk, max(windows, key=lambda pair: pair[0])[1])


def _offered_before(chunk: Chunk, best: Span, previous: Sequence[Passage]) -> Chunk | None:
    """A window of this very chunk: its article may have got another date since, or another one may
    say the same."""
    held = (p.chunk for p in previous if p.chunk.id == chunk.id)
    return next(
        (w for w in held if _covers(w, chunk, best) and w == _same_window(chunk, w.span)), None
    )


def _same_window(chunk: Chunk, span: Span) -> Chunk | None:
    """``chunk`` cut to ``span`` of the document; None if that reaches beyond it."""
    if span.start < chunk.span.start or span.end > chunk.span.end:
        return None
    return narrowed(chunk, span.shifted(-chunk.span.start))


def _covers(window: Chunk, whole: Chunk, span: Span) -> bool:
    """Whether ``span`` of the text of ``whole`` lies in ``window``."""
    at = span.shifted(whole.span.start)
    return window.span.start <= at.start and at.end <= window.span.end
