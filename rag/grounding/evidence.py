"""The exact stretch of a passage on which a sentence stands."""

from __future__ import annotations

from rag.text.orders import without_orders
from rag.text.places import place_of
from rag.text.words import terms
from rag.types import Evidence, Passage, Span


def evidence_at(passage: Passage, span: Span) -> Evidence:
    """The evidence for ``span`` (in the passage's text), with its place in the document."""
    chunk = passage.chunk
    return Evidence(
        label=passage.label,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        source=chunk.source,
        title=chunk.title,
        date=chunk.date,
        span=span.shifted(chunk.span.start),
        quote=span.of(chunk.text),
        place=place_of(chunk.place_starts, span, chunk.unit),
    )


def supporting_span(claim: str, passage: Passage) -> Span | None:
    """The shortest run of at most three whole sentences that holds as many of the claim's content
    words as any such run does; None if the passage holds none of them."""
    wanted = set(terms(claim))
    chunk = passage.chunk
    text = without_orders(chunk.text)
    best: tuple[int, int, Span] | None = None
    for i, first in enumerate(chunk.sentences):
        for last in chunk.sentences[i : i + 3]:
            span = Span(first.start, last.end)
            held = len(wanted & set(terms(span.of(text))))
            key = (-held, span.end - span.start)
            if held and (best is None or key < best[:2]):
                best = (*key, span)
    return best[2] if best else None
