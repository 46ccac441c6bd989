"""Writes GGUF files of the Llama architecture: what tiny and real-size ones have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

_FREQUENCIES = "rope_freqs.weight"


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The sizes of a Llama model.

    Attributes:
        n_layers: blocks in the file; n_embd: width; n_ff: width of the feed-forward part.
        n_ctx: tokens it says it was trained for.
        tied: whether the embedding is the output matrix too.
        scaled_rope: whether the file has the rotary frequencies of Llama 3.1 and later.
    """

    n_layers: int
    n_embd: int
    n_heads: int
    n_kv_heads: int
    n_ff: int
    n_ctx: int
    tied: bool = False
    scaled_rope: bool = False
    rope_base: float = 10_000.0

    @property
    def head_width(self) -> int:
        """The width of one head."""
        return self.n_embd // self.n_heads

    def tensor_shapes(self, n_tokens: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor, in the order of the file."""
        n_embd, n_kv = self.n_embd, self.head_width * self.n_kv_heads
        shapes: dict[str, tuple[int, ...]] = {
            "token_embd.weight": (n_tokens, n_embd),
            "output_norm.weight": (n_embd,),
        }
        if not self.tied:
            shapes["output.weight"] = (n_tokens, n_embd)
        if self.scaled_rope:
            shapes[_FREQUENCIES] = (self.head_width // 2,)
        for layer in range(self.n_layers):
            shapes |= {
                f"blk.{layer}.attn_norm.weight": (n_embd,),
                f"blk.{layer}.attn_q.weight": (n_embd, n_embd),
                f"blk.{layer}.attn_k.weight": (n_kv, n_embd),
                f"blk.{layer}.attn_v.weight": (n_kv, n_embd),
                f"blk.{layer}.attn_output.weight": (n_embd, n_embd),
                f"blk.{layer}.ffn_norm.weight": (n_embd,),
                f"blk.{layer}.ffn_gate.weight": (self.n_ff, n_embd),
                f"blk.{layer}.ffn_up.weight": (self.n_ff, n_embd),
                f"blk.{layer}.ffn_down.weight": (n_embd, self.n_ff),
            }
        return shapes


@dataclass(frozen=True, slots=True)
class LlamaTokens:
    """A GPT-2 style vocabulary: texts, their ``gguf.TokenType``, merges, and the two that frame."""

    texts: Sequence[str]
    types: Sequence[int]
    merges: Sequence[str]
    bos: int
    eos: int


def random_tensor(rng: np.random.Generator, shape: tuple[int, ...], *, scale: float) -> np.ndarray:
    """Noise, float16, for a matrix; ones, float32, for a vector (a norm or frequencies)."""
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    noise = rng.standard_normal(shape, dtype=np.float32)
    noise *= scale
    return noise.astype(np.float16)


def start_file(
    path: Path,
    shape: LlamaShape,
    tokens: LlamaTokens,
    *,
    name: str,
    claims: Mapping[str, float] | None = None,
) -> gguf.GGUFWriter:
    """A writer with all the metadata in it; tensors and the writing itself are the caller's.

    Args:
        claims: metadata that is to differ from the truth: ``block_count``, ``rms_eps``.
    """
    claims = claims or {}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(shape.n_ctx)
    writer.add_embedding_length(shape.n_embd)
    writer.add_block_count(int(claims.get("block_count", shape.n_layers)))
    writer.add_feed_forward_length(shape.n_ff)
    writer.add_head_count(shape.n_heads)
    writer.add_head_count_kv(shape.n_kv_heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(claims.get("rms_eps", 1e-5))
    writer.add_vocab_size(len(tokens.texts))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(list(tokens.texts))
    writer.add_token_types(list(tokens.types))
    writer.add_token_merges(list(tokens.merges))
    writer.add_bos_token_id(tokens.bos)
    writer.add_eos_token_id(tokens.eos)
    writer.add_add_bos_token(True)
    return writer
