"""A llama engine that only plans: it has a model's vocabulary, and none of its weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import EngineError, ModelError
from rag.generation.llama.library import library
from rag.generation.llama.machine import choose_context
from rag.generation.llama.room import Room
from rag.generation.llama.running import KV_TYPES
from rag.generation.llama.tokens import Vocabulary
from rag.generation.prompting import Prompts, packaged
from rag.models.files import ModelFile
from rag.models.header import Header, read_header
from rag.models.trial import ensure_loadable
from rag.protocols import Generation
from rag.types import Passage, Turn, WrittenPrompt

_CONTEXT_STEP = 256
"""llama.cpp rounds a context up to a multiple of this (0.3.36)."""


class VocabularyFile:
    """The vocabulary of a model file, its weights unread: what ``Vocabulary`` needs of a backend.

    Attributes:
        n_ctx: tokens of context that the model would be given.
    """

    def __init__(self, path: Path, *, n_ctx: int) -> None:
        """Raises ``ModelError`` if llama.cpp cannot read it."""
        self._lib = library()
        self.api: Any = self._lib.api
        self.n_ctx = n_ctx
        self._lib.log.clear()
        params = self.api.llama_model_default_params()
        params.vocab_only = True
        self._model: Any = self.api.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            why = self._lib.log.first_error() or "no reason given"
            raise ModelError(f"llama.cpp cannot load {path}: {why}", hint="rag model list")
        self.vocab: Any = self.api.llama_model_get_vocab(self._model)
        self.n_vocab = int(self.api.llama_vocab_n_tokens(self.vocab))

    def require_open(self) -> None:
        """Raises ``EngineError`` after ``close``."""
        if not self._model:
            raise EngineError("the model was closed")

    def close(self) -> None:
        """Free it. May be called twice."""
        model, self._model = self._model, None
        if model:
            self.api.llama_model_free(model)


class LlamaPlanner:
    """``rag.protocols.Engine`` as far as its prompt; it never writes.

    Attributes:
        n_ctx: tokens of context that the engine would have, as far as can be told without it.
    """

    name = "llama"

    def __init__(
        self,
        model: ModelFile,
        *,
        n_ctx: int = 0,
        kv_type: str = "f16",
        max_answer_tokens: int = 400,
        prompts: Prompts | None = None,
    ) -> None:
        """Read the vocabulary; arguments as for ``LlamaEngine``.

        Raises:
            ModelError: the file is missing, broken, or no Llama 3 instruct model.
            EngineError: llama-cpp-python is not installed or cannot run here.
        """
        ensure_loadable(model)
        self.model_sha256 = model.sha256
        prompts = prompts or packaged()
        self.prompt_id = prompts.prompt_id
        self.n_ctx = context_of(read_header(model.path), n_ctx, kv_type=kv_type)
        self._file = VocabularyFile(model.path, n_ctx=self.n_ctx)
        try:
            vocabulary = Vocabulary(self._file)
        except BaseException:
            self._file.close()
            raise
        self._room = Room(
            vocabulary, prompts, n_ctx=self.n_ctx, max_answer_tokens=max_answer_tokens
        )

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """As the engine's."""
        return self._room.fit(question, passages, history)

    def written_prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> WrittenPrompt:
        """As the engine's."""
        return self._room.written(self._room.prompt(question, passages, history, quote=quote))

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> Generation:
        """Raises ``EngineError``: there is no model to write."""
        raise EngineError("this engine only plans: the model's weights are not loaded")

    def condense(self, question: str, history: Sequence[Turn]) -> None:
        """None: the model is not there to do it."""
        return None

    def close(self) -> None:
        """Free the vocabulary. May be called twice."""
        self._file.close()


def context_of(header: Header, asked: int, *, kv_type: str) -> int:
    """Tokens of context that a model with this header gets: what was asked for, else by memory."""
    values = header.values
    kind = KV_TYPES[kv_type]

    def number(key: str, default: int = 0) -> int:
        value = values.get(f"llama.{key}", default)
        return int(value) if isinstance(value, (int, float)) else default

    n_heads = number("attention.head_count", 1)
    n_kv_heads = number("attention.head_count_kv", n_heads)
    per_layer = 2 * kind.n_bytes(number("embedding_length") // n_heads * n_kv_heads)
    n_ctx = choose_context(
        asked,
        trained=number("context_length"),
        bytes_per_token=number("block_count") * per_layer,
    )
    return -(-n_ctx // _CONTEXT_STEP) * _CONTEXT_STEP
