"""Makes a follow-up question independent of the conversation before it, by the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.generation.llama.citing import CitationRule
from rag.generation.llama.decode import TokenState
from rag.generation.llama.sampling import Sampling, choose
from rag.generation.llama.tokens import Vocabulary
from rag.generation.standalone import MAX_TOKENS


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
