"""Holds decoding to citations that exist: after ``[`` only labels of offered passages.

    marker = "[" label *2( "," [" "] label ) "]"

Done by masking scores in our own loop, not by a llama.cpp grammar: a grammar looks at the whole
vocabulary for every token (15 ms each, measured), and a wrong one ends the process. An error here
ends the answer instead of letting anything pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from rag.errors import EngineError
from rag.generation.llama.tokens import Vocabulary

_OPEN, _CLOSE = ord("["), ord("]")
_MAX_LABELS = 3
_MAY_STAND_INSIDE = re.compile(rb"(?:[0-9,]|\xc4\xa0)*(?:\]|\Z)")
"""Of a token as the vocabulary writes it, where C4 A0 is a blank. Looking at that first spares
asking for 60,000 pieces: 0.2 s less before the first answer."""


class MarkerTokens:
    """The tokens of a vocabulary that can take part in a marker; found once for a model.

    Attributes:
        opening: those with ``[`` in them; inside: those that may stand within a marker;
        control: those that are never text, except the ones that end an answer.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.opening: dict[int, bytes] = {}
        self.inside: dict[int, bytes] = {}
        control = set(vocabulary.control_tokens())
        for token, written in enumerate(vocabulary.written_forms()):
            is_opening, is_inside = b"[" in written, _MAY_STAND_INSIDE.match(written)
            if not (is_opening or is_inside) or token in control:
                continue
            piece = vocabulary.piece(token)
            if is_opening:
                self.opening[token] = piece
            if is_inside and piece:
                self.inside[token] = piece
        never = sorted(token for token in control if not vocabulary.ends(token))
        self.control = np.array(never, np.intp)


class CitationRule:
    """What may be decoded while certain labels are on offer. Follows the text token by token."""

    def __init__(self, tokens: MarkerTokens, labels: Collection[int]) -> None:
        self._tokens = tokens
        self._labels = frozenset(str(label).encode() for label in labels)
        self._state = b""
        refused = [t for t, piece in tokens.opening.items() if self._after(b"", piece) is None]
        self._refused = np.concatenate([tokens.control, np.array(refused, np.intp)])
        self._allowed: dict[bytes, np.ndarray] = {}

    def reset(self) -> None:
        """Stand outside any marker, as at the start of a sentence."""
        self._state = b""

    def restrict(self, logits: np.ndarray) -> None:
        """Make every token impossible that the rule forbids here (in place).

        Raises:
            EngineError: if that leaves no token at all.
        """
        if not self._state:
            logits[self._refused] = -np.inf
            return
        if self._state not in self._allowed:
            fitting = [t for t, p in self._tokens.inside.items() if self._fits(p)]
            self._allowed[self._state] = np.array(fitting, np.intp)
        allowed = self._allowed[self._state]
        kept = logits[allowed].copy()
        logits.fill(-np.inf)
        logits[allowed] = kept
        if not np.isfinite(kept).any():
            raise EngineError(f"this model's vocabulary cannot complete the marker {self._state!r}")

    def follow(self, piece: bytes) -> None:
        """Take note of the text that was decoded.

        Raises:
            EngineError: if it breaks the rule.
        """
        state = self._after(self._state, piece)
        if state is None:
            raise EngineError(f"a forbidden citation was decoded: {(self._state + piece)[-20:]!r}")
        self._state = state

    def _fits(self, piece: bytes) -> bool:
        return self._after(self._state, piece) is not None

    def _after(self, state: bytes, piece: bytes) -> bytes | None:
        """The marker that is open after ``piece``, empty for none; None if it is forbidden."""
        for byte in piece:
            if not state:
                state = b"[" if byte == _OPEN else b""
                if state and not self._labels:
                    return None
            elif byte == _CLOSE:
                if not self._is_whole(state[1:]):
                    return None
                state = b""
            else:
                state += bytes([byte])
                if not self._may_become_whole(state[1:]):
                    return None
        return state

    def _is_whole(self, inside: bytes) -> bool:
        parts = [part.removeprefix(b" ") for part in inside.split(b",")]
        return len(set(parts)) == len(parts) and all(part in self._labels for part in parts)

    def _may_become_whole(self, inside: bytes) -> bool:
        *done, last = inside.split(b",")
        if len(done) >= _MAX_LABELS or (done and not self._is_whole(b",".join(done))):
            return False
        used = {part.removeprefix(b" ") for part in done}
        if len(used) == len(self._labels):
            return False
        begun = last.removeprefix(b" ") if done else last
        return any(label.startswith(begun) for label in self._labels - used)
