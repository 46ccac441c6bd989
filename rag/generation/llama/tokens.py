"""Text to token ids and back, such that no text can become a control token.

llama-cpp-python's own chat call renders one string and tokenises it with control tokens enabled, so
that an article with ``<|eot_id|>`` in it can end a message. Here control tokens are put in by id,
all text is tokenised with them disabled, and the result is checked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Protocol

from rag.errors import EngineError, ModelError
from rag.generation.prompting import Prompt

_PIECE_BYTES = 32
_CONTROL = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
_MOST_BYTES_PER_TOKEN = 128
"""The longest token of the Llama 3 vocabulary: a text longer than this for each token of the
context cannot fit, whatever it says."""


class Holder(Protocol):
    """What holds a vocabulary: a loaded model, or the file of one.

    Attributes:
        api: llama.cpp; vocab: its handle.
        n_ctx: tokens of context; n_vocab: of the vocabulary.
    """

    api: Any
    vocab: Any
    n_ctx: int
    n_vocab: int

    def require_open(self) -> None: ...


class Vocabulary:
    """The tokens of a loaded model.

    Attributes:
        n_tokens: how many there are; end_turn: the one that ends a message.
    """

    def __init__(self, backend: Holder) -> None:
        self._backend = backend
        self._api = backend.api
        self._vocab = backend.vocab
        self._n_ctx = backend.n_ctx
        self.n_tokens = backend.n_vocab
        self._special: dict[int, bool] = {}  # a prompt's tokens are looked at again and again
        found = [self._tokenize(name.encode(), special=True) for name in _CONTROL]
        missing = [name for name, ids in zip(_CONTROL, found, strict=True) if len(ids) != 1]
        if missing:
            raise ModelError(
                f"not a Llama 3 instruct model: its vocabulary has no {', '.join(missing)}",
                hint="rag model list",
            )
        self._begin, self._start_header, self._end_header, self.end_turn = (x[0] for x in found)

    def encode(self, text: str) -> list[int]:
        """The ids of ``text``, none of them a control, end or user-defined token.

        Raises:
            EngineError: if the vocabulary leaves no such reading of the text.
        """
        data = text.encode("utf-8", "replace")
        ids = self._tokenize(data, special=False)
        if any(self._is_special(token) for token in ids):
            ids = self._encode_apart(data, ids)
        return ids

    def is_too_long(self, text: str) -> bool:
        """Whether ``text`` cannot fit the context, told without tokenising it."""
        return len(text) > self._n_ctx * _MOST_BYTES_PER_TOKEN

    def piece(self, token: int) -> bytes:
        """The bytes of a token; empty for a control token."""
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        n_bytes = self._api.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        if n_bytes < 0:  # longer than usual: the negative is the room it needs
            buffer = ctypes.create_string_buffer(-n_bytes)
            n_bytes = self._api.llama_token_to_piece(
                self._vocab, token, buffer, len(buffer), 0, False
            )
        return buffer.raw[: max(0, n_bytes)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ``ids``; incomplete characters are replaced."""
        return b"".join(self.piece(token) for token in ids).decode("utf-8", "replace")

    def ends(self, token: int) -> bool:
        """Whether this token ends a generation."""
        return bool(self._api.llama_vocab_is_eog(self._vocab, token))

    def is_control(self, token: int) -> bool:
        """Whether this token is a control token, never text."""
        return bool(self._api.llama_vocab_is_control(self._vocab, token))

    def written_form(self, token: int) -> bytes:
        """The token as the vocabulary lists it: cheap to look through, ASCII signs as they are."""
        return bytes(self._api.llama_vocab_get_text(self._vocab, token) or b"")

    def written_forms(self) -> list[bytes]:
        """``written_form`` of every token. (No calls in between: there are 128,256.)"""
        text_of, vocab = self._api.llama_vocab_get_text, self._vocab
        return [text_of(vocab, token) or b"" for token in range(self.n_tokens)]

    def control_tokens(self) -> list[int]:
        """Every token that ``is_control``."""
        is_control, vocab = self._api.llama_vocab_is_control, self._vocab
        return [token for token in range(self.n_tokens) if is_control(vocab, token)]

    def assemble(self, prompt: Prompt, *, opening: str = "") -> list[int]:
        """The ids of a prompt in the Llama 3 chat format, up to where the answer begins.

        The format carries no date, unlike the template in the files: it would change the first
        tokens of every prompt at midnight.

        Args:
            opening: words put into the model's mouth.
        """
        ids = [self._begin, *self._message("system", prompt.system)]
        ids += self._message("user", prompt.user)
        ids += self._header("assistant")
        return ids + self.encode("\n\n" + opening)

    def _message(self, role: str, content: str) -> list[int]:
        return [*self._header(role), *self.encode("\n\n" + content.strip()), self.end_turn]

    def _header(self, role: str) -> list[int]:
        return [self._start_header, *self.encode(role), self._end_header]

    def _is_special(self, token: int) -> bool:
        if token not in self._special:
            self._special[token] = self._looks_special(token)
        return self._special[token]

    def _looks_special(self, token: int) -> bool:
        attributes = self._api.llama_vocab_get_attr(self._vocab, token)
        user_defined = attributes & self._api.LLAMA_TOKEN_ATTR_USER_DEFINED
        return bool(user_defined) or self.is_control(token) or self.ends(token)

    def _encode_apart(self, data: bytes, ids: list[int]) -> list[int]:
        """Read ``data`` anew with every special token's text cut in two, so that it is only text.

        llama.cpp recognises user-defined tokens even where control tokens are disabled.
        """
        texts = {self.written_form(token) for token in ids if self._is_special(token)}
        cuts = sorted({at + 1 for text in texts for at in _occurrences(data, text)})
        edges = [0, *cuts, len(data)]
        parts = [data[a:b] for a, b in pairwise(edges)]
        apart = [token for part in parts for token in self._tokenize(part, special=False)]
        if any(self._is_special(token) for token in apart):
            raise EngineError("a text cannot be kept apart from this model's control tokens")
        return apart

    def _tokenize(self, data: bytes, *, special: bool) -> list[int]:
        self._backend.require_open()
        room = len(data) + 8
        buffer = (self._api.llama_token * room)()
        n_tokens = self._api.llama_tokenize(
            self._vocab, data, len(data), buffer, room, False, special
        )
        if n_tokens < 0:
            raise EngineError(f"llama.cpp cannot tokenise a text of {len(data)} bytes")
        return list(buffer[:n_tokens])


def _occurrences(data: bytes, part: bytes) -> list[int]:
    found, at = [], data.find(part)
    while part and at >= 0:
        found.append(at)
        at = data.find(part, at + 1)
    return found
