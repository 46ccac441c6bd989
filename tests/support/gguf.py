"""Tiny Llama-architecture GGUF files for tests: random ones, and ones that speak a script.

A scripted file is a table, not a network: every token embeds as its own unit vector, attention and
feed-forward add nothing, and the output matrix says which token follows which. So the answer to any
chat is known beforehand, while everything around it (loading, tokenising, decoding, sampling) is
real. Every byte depends on the arguments only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

CONTROL_TOKENS = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|python_tag|>",
    "<|reserved_special_token_5|>",
)
_MERGES = ("Ċ Ċ", "h e", "Ġ t", "Ġt he", "i n", "Ġ a", "e r", "Ġ [", "1 ]", "Ġ o", "Ġo f")
_STRONG, _WEAK = 4.0, 3.99
"""Output weights of the first and of the other successors: greedy takes the first, and sampling at
a temperature above 0.2 takes any of them."""

Stage = str | Sequence[str]
"""A sentence, or several of which greedy decoding says the first and sampling any."""


def _byte_letters() -> list[str]:
    """For each byte the letter that stands for it in a GPT-2 vocabulary."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(spare)) for b in range(256)]


_LETTERS = _byte_letters()


def _spelt(text: str) -> str:
    return "".join(_LETTERS[b] for b in text.encode())


@dataclass
class _Vocabulary:
    tokens: list[str] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def add(self, token: str, kind: gguf.TokenType = gguf.TokenType.NORMAL) -> int:
        if token in self.ids:
            raise ValueError(f"token twice: {token!r}")
        self.ids[token] = len(self.tokens)
        self.tokens.append(token)
        self.types.append(int(kind))
        return self.ids[token]

    def add_sentence(self, text: str) -> list[int]:
        """Private tokens that spell ``text``: a word each, more where a word is taken already."""
        pieces: list[str] = []
        pending = ""
        for word in re.findall(r"\s*\S+|\s+$", text):
            pending += _spelt(word)
            if pending not in self.ids and pending not in pieces:
                pieces.append(pending)
                pending = ""
        while pending:
            if pending not in self.ids and pending not in pieces:
                pieces.append(pending)
                break
            if not pieces:
                raise ValueError(f"the script says {text!r} twice")
            pending = pieces.pop() + pending
        return [self.add(piece) for piece in pieces]


def _base_vocabulary(user_defined: Sequence[str], extra: Sequence[str]) -> _Vocabulary:
    vocabulary = _Vocabulary()
    for letter in _LETTERS:
        vocabulary.add(letter)
    for merge in _MERGES:
        vocabulary.add(merge.replace(" ", ""))
    for name in CONTROL_TOKENS:
        vocabulary.add(name, gguf.TokenType.CONTROL)
    for name in user_defined:
        vocabulary.add(name, gguf.TokenType.USER_DEFINED)
    for text in extra:
        vocabulary.add(_spelt(text))
    return vocabulary


def random_gguf(
    path: Path,
    *,
    n_ctx: int = 2048,
    seed: int = 0,
    user_defined: Sequence[str] = (),
    extra_tokens: Sequence[str] = (),
    metadata: Mapping[str, float] | None = None,
) -> Path:
    """A file of random weights: decodes nonsense, fast and always the same."""
    vocabulary = _base_vocabulary(user_defined, extra_tokens)
    rng = np.random.default_rng(seed)
    tensors = _tensors(len(vocabulary.tokens), 32, n_heads=2, n_ff=64, rng=rng)
    return _write(path, vocabulary, tensors, n_heads=2, n_ctx=n_ctx, metadata=metadata or {})


def scripted_gguf(
    path: Path,
    script: Sequence[Stage],
    *,
    after: Mapping[str, Sequence[Stage]] | None = None,
    n_ctx: int = 2048,
) -> Path:
    """A file that answers every chat with ``script``, then stops.

    Args:
        script: the sentences, joined by blanks.
        after: what follows elsewhere: a character (``":"``) and the script that it starts.
    """
    vocabulary = _base_vocabulary((), ())
    eot = vocabulary.ids["<|eot_id|>"]
    follows: dict[int, list[int]] = {}
    starts = {"\n\n": script, **(after or {})}
    for index, (start, stages) in enumerate(starts.items()):
        last = [vocabulary.ids[_spelt(start)]]
        for number, stage in enumerate(stages):
            gap = " " if number or index else ""
            options = (stage,) if isinstance(stage, str) else stage
            chains = [vocabulary.add_sentence(gap + option) for option in options]
            for token in last:
                follows[token] = [chain[0] for chain in chains]
            for chain in chains:
                follows.update({a: [b] for a, b in pairwise(chain)})
            last = [chain[-1] for chain in chains]
        follows.update({token: [eot] for token in last})
    tensors = _table(len(vocabulary.tokens), follows, default=eot)
    return _write(path, vocabulary, tensors, n_heads=4, n_ctx=n_ctx, metadata={})


def _table(n_tokens: int, follows: dict[int, list[int]], *, default: int) -> dict[str, np.ndarray]:
    n_embd = 64 * -(-n_tokens // 64)
    tensors = _tensors(n_tokens, n_embd, n_heads=4, n_ff=32, rng=np.random.default_rng(0))
    for name, tensor in tensors.items():
        if name.endswith(("attn_output.weight", "ffn_down.weight")):
            tensor[:] = 0
    tensors["token_embd.weight"] = np.eye(n_tokens, n_embd, dtype=np.float16)
    output = np.zeros((n_tokens, n_embd), np.float16)
    for token in range(n_tokens):
        for rank, successor in enumerate(follows.get(token, [default])):
            output[successor, token] = _WEAK if rank else _STRONG
    tensors["output.weight"] = output
    return tensors


def _tensors(
    n_tokens: int, n_embd: int, *, n_heads: int, n_ff: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    def noise(*shape: int) -> np.ndarray:
        return (0.3 * rng.standard_normal(shape)).astype(np.float16)

    def ones() -> np.ndarray:
        return np.ones(n_embd, np.float32)

    n_kv = n_embd // n_heads  # one key/value head
    return {
        "token_embd.weight": noise(n_tokens, n_embd),
        "output_norm.weight": ones(),
        "output.weight": noise(n_tokens, n_embd),
        "blk.0.attn_norm.weight": ones(),
        "blk.0.attn_q.weight": noise(n_embd, n_embd),
        "blk.0.attn_k.weight": noise(n_kv, n_embd),
        "blk.0.attn_v.weight": noise(n_kv, n_embd),
        "blk.0.attn_output.weight": noise(n_embd, n_embd),
        "blk.0.ffn_norm.weight": ones(),
        "blk.0.ffn_gate.weight": noise(n_ff, n_embd),
        "blk.0.ffn_up.weight": noise(n_ff, n_embd),
        "blk.0.ffn_down.weight": noise(n_embd, n_ff),
    }


def _write(
    path: Path,
    vocabulary: _Vocabulary,
    tensors: dict[str, np.ndarray],
    *,
    n_heads: int,
    n_ctx: int,
    metadata: Mapping[str, float],
) -> Path:
    n_embd = tensors["token_embd.weight"].shape[1]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny test model")
    writer.add_context_length(n_ctx)
    writer.add_embedding_length(n_embd)
    writer.add_block_count(int(metadata.get("block_count", 1)))
    writer.add_feed_forward_length(tensors["blk.0.ffn_up.weight"].shape[0])
    writer.add_head_count(n_heads)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(n_embd // n_heads)
    writer.add_layer_norm_rms_eps(metadata.get("rms_eps", 1e-5))
    writer.add_vocab_size(len(vocabulary.tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(list(_MERGES))
    writer.add_bos_token_id(vocabulary.ids["<|begin_of_text|>"])
    writer.add_eos_token_id(vocabulary.ids["<|eot_id|>"])
    writer.add_add_bos_token(True)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def sha256_of(path: Path) -> str:
    """The file's sha256, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
