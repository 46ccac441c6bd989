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

from tests.support.llama_file import LlamaShape, LlamaTokens, random_tensor, start_file

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
    n_embd: int = 32,
    seed: int = 0,
    user_defined: Sequence[str] = (),
    extra_tokens: Sequence[str] = (),
    metadata: Mapping[str, float] | None = None,
) -> Path:
    """A file of random weights: decodes nonsense, fast and always the same."""
    vocabulary = _base_vocabulary(user_defined, extra_tokens)
    shape = LlamaShape(n_layers=1, n_embd=n_embd, n_heads=2, n_kv_heads=1, n_ff=64, n_ctx=n_ctx)
    tensors = _tensors(shape, len(vocabulary.tokens), seed=seed)
    return _write(path, vocabulary, shape, tensors, claims=metadata)


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
    n_embd = 64 * -(-len(vocabulary.tokens) // 64)
    shape = LlamaShape(n_layers=1, n_embd=n_embd, n_heads=4, n_kv_heads=1, n_ff=32, n_ctx=n_ctx)
    return _write(path, vocabulary, shape, _table(shape, vocabulary, follows, default=eot))


def _table(
    shape: LlamaShape, vocabulary: _Vocabulary, follows: dict[int, list[int]], *, default: int
) -> dict[str, np.ndarray]:
    n_tokens, n_embd = len(vocabulary.tokens), shape.n_embd
    tensors = _tensors(shape, n_tokens, seed=0)
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


def _tensors(shape: LlamaShape, n_tokens: int, *, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = shape.tensor_shapes(n_tokens)
    return {name: random_tensor(rng, sizes, scale=0.3) for name, sizes in shapes.items()}


def _write(
    path: Path,
    vocabulary: _Vocabulary,
    shape: LlamaShape,
    tensors: dict[str, np.ndarray],
    *,
    claims: Mapping[str, float] | None = None,
) -> Path:
    ids = vocabulary.ids
    tokens = LlamaTokens(
        vocabulary.tokens, vocabulary.types, _MERGES, ids["<|begin_of_text|>"], ids["<|eot_id|>"]
    )
    writer = start_file(path, shape, tokens, name="tiny test model", claims=claims)
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
