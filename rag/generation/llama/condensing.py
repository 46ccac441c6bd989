"""Makes a follow-up question independent of the conversation before it, by the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.generation.llama.citing import CitationRule
from rag.generation.llama.decode import TokenState
from rag.generation.llama.sampling import Sampling, choose
from rag.generation.llama.tokens import Vocabulary
from rag.text.markers import strip_markers
from rag.text.words import terms
from rag.types import Turn

OPENING = "Standalone question:"
"""Put into the model's mouth: small models otherwise answer the question."""
MAX_TOKENS = 64
_KNOWN_SHARE = 0.7


def write_line(
    state: TokenState, vocabulary: Vocabulary, rule: CitationRule, prompt: Sequence[int]
) -> str:
    """The rest of the line that the model writes behind ``prompt``, greedily, in a few tokens.

    Raises:
        EngineError: if decoding fails.
        KeyboardInterrupt: on Ctrl-C.
    """
    ids, written = list(prompt), b""
    rng = np.random.default_rng(0)
    for _ in range(MAX_TOKENS):
        state.become(ids)
        logits = state.logits()
        rule.restrict(logits)
        token = choose(logits, Sampling(), rng)
        piece = vocabulary.piece(token)
        if vocabulary.ends(token) or (written.strip() and b"\n" in piece):
            break
        rule.follow(piece)
        ids.append(token)
        written += piece
    lines = written.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines else ""


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
