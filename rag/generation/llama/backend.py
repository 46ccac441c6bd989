"""Loads a model file and makes a context for it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EngineError, ModelError
from rag.generation.llama.interrupt import Interruptible
from rag.generation.llama.library import Library, library
from rag.generation.llama.machine import available_bytes, choose_context, physical_cores
from rag.generation.llama.running import (
    KV_TYPES,
    KvType,
    Running,
    layers_on_gpu,
    uses_flash_attention,
)

N_BATCH = 512
"""Tokens handed to llama.cpp at once; it looks at them in steps of ``N_UBATCH``, between which an
interrupt is noticed at the latest."""
N_UBATCH = 256
"""Reads 7 % faster than 128, 4 % than 512 (512 tokens behind 900, 1B, two cores). 65 MB more than
by 128 are set aside, for scores of every token; but the last one's alone are ever written."""
_N_SEQUENCES = 2
"""The answer's state, and a side state for condensing a question, which must not disturb it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How a model is to be run.

    Attributes:
        n_ctx: tokens of context; 0: chosen by the model and the memory.
        n_threads: 0: one for each physical core.
        gpu_layers: ``auto`` (all, if the library can), or a number.
        kv_type: a key of ``KV_TYPES``.
    """

    n_ctx: int = 0
    n_threads: int = 0
    gpu_layers: str = "auto"
    kv_type: str = "f16"


class Backend:
    """A loaded model with its context: the owner of what llama.cpp allocated.

    Use it from one thread at a time.

    Attributes:
        n_ctx: tokens of context; n_vocab: size of the vocabulary; n_threads: in use.
        running: where the layers went, and how the context was made.
    """

    def __init__(
        self, path: Path, placement: Placement, *, notice: Callable[[str], None] | None = None
    ) -> None:
        self._lib: Library = library()
        self.api: Any = self._lib.api
        self.interrupt = Interruptible()
        self._notice = notice or (lambda message: None)
        self._model: Any = None
        self.context: Any = None
        self._lib.log.clear()
        try:
            self._place(path, placement.gpu_layers)
            self._make_context(path, placement)
        except BaseException:
            self.close()
            raise

    @property
    def model(self) -> Any:
        """The model's handle, for the calls of ``api``."""
        return self._model

    def close(self) -> None:
        """Free everything. May be called twice; nothing else may be called after it."""
        context, self.context = self.context, None
        model, self._model = self._model, None
        if context:
            self.api.llama_free(context)
        if model:
            self.api.llama_model_free(model)

    def require_open(self) -> None:
        """Return if the model may be used: llama.cpp would end the process if it was freed.

        Raises:
            EngineError: after ``close``.
        """
        if not self.context:
            raise EngineError("the model was closed")

    def _place(self, path: Path, asked: str) -> None:
        """Load the model; one that does not fit a GPU nobody insisted on goes to the CPU."""
        n_gpu_layers = self._layers(asked)
        try:
            self._load(path, n_gpu_layers)
        except ModelError as exc:
            if asked != "auto" or n_gpu_layers == 0:
                raise
            self._notice(f"the GPU cannot take the model, it runs on the CPU ({exc.message})")
            self._load(path, 0)

    def _layers(self, asked: str) -> int:
        """Layers for the GPU: -1 is all."""
        can = bool(self.api.llama_supports_gpu_offload())
        if asked == "auto":
            return -1 if can else 0
        if int(asked) > 0 and not can:
            self._notice(
                f"{asked} layers were asked for on the GPU, but this build of llama.cpp has no "
                "GPU support: everything runs on the CPU"
            )
            return 0
        return int(asked)

    def _load(self, path: Path, n_gpu_layers: int) -> None:
        params = self.api.llama_model_default_params()
        params.n_gpu_layers = n_gpu_layers
        params.load_mode = self._load_mode(path)
        go_on = self.api.llama_progress_callback(lambda done, _: not self.interrupt.requested)
        params.progress_callback = go_on
        with self.interrupt:
            self._model = self.api.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise ModelError(
                f"llama.cpp cannot load {path}: {self._lib.log.first_error() or 'no reason given'}",
                hint="rag model list",
            )
        self._n_gpu_layers = layers_on_gpu(self._lib.log.lines())

    def _load_mode(self, path: Path) -> int:
        """Read rather than map where there is room: most quantised weights are rearranged in
        memory, so that a mapped file would take its size a second time (30 % more, measured)."""
        free_bytes = available_bytes()
        roomy = free_bytes is not None and path.stat().st_size < free_bytes // 2
        return int(self.api.LLAMA_LOAD_MODE_NONE if roomy else self.api.LLAMA_LOAD_MODE_MMAP)

    def _make_context(self, path: Path, placement: Placement) -> None:
        self.n_threads = placement.n_threads or physical_cores()
        trained = self.api.llama_model_n_ctx_train(self._model)
        if placement.n_ctx > trained:
            self._notice(
                f"a context of {placement.n_ctx:,} tokens was asked for; the model was made for "
                f"{trained:,}"
            )
        kind = KV_TYPES[placement.kv_type]
        params = self.api.llama_context_default_params()
        params.n_ctx = choose_context(
            placement.n_ctx, trained=trained, bytes_per_token=self._bytes_per_token(kind)
        )
        params.n_batch, params.n_ubatch = N_BATCH, N_UBATCH
        params.n_seq_max, params.kv_unified = _N_SEQUENCES, True
        params.n_threads = params.n_threads_batch = self.n_threads
        params.type_k = params.type_v = kind.code
        auto, on = self.api.LLAMA_FLASH_ATTN_TYPE_AUTO, self.api.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.flash_attn_type = on if kind.is_quantised else auto
        params.no_perf = True
        self._abort = self.api.ggml_abort_callback(lambda _: self.interrupt.requested)
        params.abort_callback = self._abort
        with self.interrupt:
            self.context = self.api.llama_init_from_model(self._model, params)
        if not self.context:
            raise self._no_context(path, params.n_ctx, kind)
        self.n_ctx = int(self.api.llama_n_ctx_seq(self.context))
        self.vocab = self.api.llama_model_get_vocab(self._model)
        self.n_vocab = int(self.api.llama_vocab_n_tokens(self.vocab))
        self.running = Running(
            n_layers=int(self.api.llama_model_n_layer(self._model)) + 1,
            n_gpu_layers=self._n_gpu_layers,
            n_ctx=self.n_ctx,
            n_threads=self.n_threads,
            kv_type=kind.name,
            flash_attention=uses_flash_attention(self._lib.log.lines()),
        )

    def _no_context(self, path: Path, n_ctx: int, kind: KvType) -> ModelError:
        hint = "ask for a smaller context (--context 2048)"
        if kind.is_quantised:
            hint = "not every model can have this key/value type: RAG_KV_TYPE=f16 always works"
        return ModelError(
            f"llama.cpp cannot make a context of {n_ctx} tokens in {kind.name} for {path}: "
            f"{self._lib.log.first_error() or 'no reason given'}",
            hint=hint,
        )

    def _bytes_per_token(self, kind: KvType) -> int:
        api, model = self.api, self._model
        head = api.llama_model_n_embd(model) // max(1, api.llama_model_n_head(model))
        per_layer = 2 * kind.n_bytes(head * api.llama_model_n_head_kv(model))
        return int(api.llama_model_n_layer(model) * per_layer)

    @property
    def state_facts(self) -> dict[str, object]:
        """What a sequence's state depends on beside the weights and its tokens. (Length of the
        context and number of sequences do not matter: tried with 0.3.36. The steps that tokens were
        read in show in the last digits only.)"""
        running = self.running
        return {
            "build": self._lib.build(),
            "kv_type": running.kv_type,
            "flash_attention": running.flash_attention,
            "gpu_layers": running.n_gpu_layers,
            "steps": N_UBATCH,
        }

    def describe(self) -> str:
        """The model in a few words, as llama.cpp puts it: ``llama 1B Q4_K - Medium``."""
        buffer = ctypes.create_string_buffer(256)
        self.api.llama_model_desc(self._model, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")
