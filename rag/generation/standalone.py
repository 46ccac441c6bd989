"""When a model's rewriting of a follow-up question is taken."""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.markers import strip_markers
from rag.text.words import terms
from rag.types import Turn

OPENING = "Standalone question:"
"""What a rewritten question stands behind; small models otherwise answer it."""
MAX_TOKENS = 64
_KNOWN_SHARE = 0.7


def accepted(candidate: str, question: str, history: Sequence[Turn]) -> str:
    """``candidate`` if it is a question made of the words of the conversation, else ``question``.

    A model may answer instead, go on talking, or bring in what nobody spoke of; searching for that
    would be worse than searching for the question as it stands.
    """
    text = strip_markers(candidate).strip().strip("\"'“”*").strip()
    spoken = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    known, used = set(terms(spoken)), terms(text)
    if not used or len(text) > 300 or "\ufffd" in text:
        return question
    if any(term[0].isdigit() and term not in known for term in used):
        return question
    share = sum(term in known for term in used) / len(used)
    return text if share >= _KNOWN_SHARE else question
