"""How a model runs: what its key/value memory is made of, and where its layers went."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KvType:
    """A number format of the key/value memory.

    Attributes:
        name: as llama.cpp calls it; code: ggml's number for it (llama-cpp-python 0.3.36 has no
            constant for bf16).
        block_values, block_bytes: so many numbers take so many bytes.
    """

    name: str
    code: int
    block_values: int
    block_bytes: int

    @property
    def is_quantised(self) -> bool:
        """Whether numbers share a scale: values can then only be read by flash attention."""
        return self.block_values > 1

    def n_bytes(self, n_values: int) -> int:
        """What ``n_values`` numbers take."""
        return n_values * self.block_bytes // self.block_values


KV_TYPES = {
    kind.name: kind
    for kind in (
        KvType("f16", 1, 1, 2),
        KvType("bf16", 30, 1, 2),
        KvType("q8_0", 8, 32, 34),
        KvType("q4_0", 2, 32, 18),
    )
}


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded model as it runs.

    Attributes:
        n_layers: as llama.cpp counts them, the output layer included; n_gpu_layers: those of them
            on a GPU.
        n_ctx: tokens of context.
        kv_type: number format of the key/value memory.
        flash_attention: whether it is used.
    """

    n_layers: int
    n_gpu_layers: int
    n_ctx: int
    n_threads: int
    kv_type: str
    flash_attention: bool

    @property
    def layers(self) -> str:
        """Where the layers went, in words."""
        if not self.n_gpu_layers:
            return f"all {self.n_layers} layers on the CPU"
        n_left = self.n_layers - self.n_gpu_layers
        rest = f", {n_left} on the CPU" if n_left else ""
        return f"{self.n_gpu_layers} of {self.n_layers} layers on the GPU{rest}"

    def __str__(self) -> str:
        threads = "thread" if self.n_threads == 1 else "threads"
        return (
            f"{self.layers}; context of {self.n_ctx:,} tokens in {self.kv_type}, "
            f"flash attention {'on' if self.flash_attention else 'off'}, "
            f"{self.n_threads} {threads}"
        )


# Anchored: a file's own name for itself is in the log too, and may say anything.
_OFFLOADED = re.compile(r"load_tensors: offloaded (\d+)/(\d+) layers to GPU")
_FLASH_ATTENTION = re.compile(r"\w+: (?:Flash Attention enabled|flash_attn += enabled)")


def layers_on_gpu(log: Iterable[str]) -> int:
    """How many layers went to a GPU, by the lines that llama.cpp logged while loading."""
    found = [match for line in log if (match := _OFFLOADED.match(line))]
    return int(found[-1][1]) if found else 0


def uses_flash_attention(log: Iterable[str]) -> bool:
    """Whether flash attention is used, by the lines logged while the context was made."""
    return any(_FLASH_ATTENTION.match(line) for line in log)
