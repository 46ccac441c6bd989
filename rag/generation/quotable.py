"""The sentences of passages that may stand in an answer as quotations."""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.markers import as_line
from rag.text.orders import without_orders
from rag.types import Draft, Passage, Quotation


def quotable(passages: Sequence[Passage]) -> list[Draft]:
    """The sentences of ``passages`` as quotations, in their order, each once (by its first label).

    Left out: paragraphs that give orders to a model, questions, and fragments without a word.
    Sentences that differ only where ``as_line`` makes no difference are one.
    """
    found: dict[str, Draft] = {}
    for passage in passages:
        text = passage.chunk.text
        offered = without_orders(text)
        for span in passage.chunk.sentences:
            sentence = span.of(text)
            if span.of(offered) == sentence and _states_something(sentence):
                draft = Draft(sentence, Quotation(passage.label, span))
                found.setdefault(as_line(sentence), draft)
    return list(found.values())


def _states_something(sentence: str) -> bool:
    return any(c.isalpha() for c in sentence) and not sentence.rstrip("\"'”’)] \n").endswith("?")
