"""The check of a quotation: it stands in the passage, at the place it names, word for word.

No verifier is asked and no threshold decides: strings are equal or they are not.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.grounding.evidence import evidence_at
from rag.text.markers import as_line
from rag.text.orders import lies_in_order
from rag.types import CheckedSentence, Citation, Claim, Draft, Passage, Span, Verdict

NAME = "quotation"
"""What stands for a verifier's name in the provenance of an answer that was made of quotations."""


def check_quotation(draft: Draft, passages: Sequence[Passage]) -> CheckedSentence:
    """``draft`` with its verdict: SUPPORTED if it is a quotation of an offered passage, to the
    letter, and its evidence is that stretch; UNSUPPORTED if it is anything else.

    The text to be shown is the quotation on one line with its marker behind it. Bracketed numbers
    of the article's own get round brackets there; the evidence has them as they are.
    """
    source = _source(draft, passages)
    line = as_line(draft.text)
    if source is None or draft.quotation is None:
        return CheckedSentence(line, Claim(line, ()), Verdict.UNSUPPORTED, 0.0)
    marker = f"[{source.label}]"
    text = f"{line} {marker}"
    cited = Citation(source.label, Span(len(text) - len(marker), len(text)), source.chunk.id)
    return CheckedSentence(
        text=text,
        claim=Claim(line, (cited,)),
        verdict=Verdict.SUPPORTED,
        score=1.0,
        evidence=(evidence_at(source, draft.quotation.span),),
    )


def _source(draft: Draft, passages: Sequence[Passage]) -> Passage | None:
    """The passage that says the draft where the draft says it does; None if there is none. What an
    article says to a model, or without a word, is no evidence."""
    quotation = draft.quotation
    if quotation is None or not any(c.isalnum() for c in draft.text):
        return None
    for passage in passages:
        text = passage.chunk.text
        if passage.label == quotation.label:
            is_there = quotation.span.end <= len(text) and quotation.span.of(text) == draft.text
            return passage if is_there and not lies_in_order(text, quotation.span) else None
    return None
