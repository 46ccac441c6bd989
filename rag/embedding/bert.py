"""The forward pass of a BERT encoder in numpy: for the few texts of one question.

Importing torch and transformers takes seconds and hundreds of megabytes; this takes a few
hundredths of a second, 7 to 12 ms for a question, and little longer than torch in float32 for many
sentences. They lie one after the other, without padding, in the products with weights; only
attention takes them one by one.

Source: Devlin et al., BERT, 2019, with the layer order and names of Hugging Face's BertModel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

WORDS = "embeddings.word_embeddings.weight"
_LEAST_TOKENS, _MOST_TOKENS = 64, 512
"""Tokens that are multiplied at once: with fewer, products are slow, and one thread is left alone
with what one has; more take memory and are no faster."""
_BLOCK = 32 * 1024
"""Numbers that pass through the activation at once: they stay in the processor's cache."""
_ONE_AT_A_TIME = Lock()
"""The limit on OpenBLAS's threads holds for the process: two that set it side by side would each
put back what the other had set."""
_HALF_ERFC = (0.127414796, -0.142248368, 0.7107068705, -0.7265760135, 0.5307027145)
_ERFC_SCALE = 0.3275911 * 0.5**0.5

Sequences = Sequence[Sequence[int]]
Linear = tuple[np.ndarray, np.ndarray]
"""A weight ``(n_out, n_in)`` and a bias ``(n_out,)``, or the gain and bias of a normalisation."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """What config.json says of the network."""

    n_layers: int
    n_heads: int
    width: int
    n_positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Layer:
    query: Linear
    key: Linear
    value: Linear
    mixed: Linear
    mixed_norm: Linear
    widened: Linear
    narrowed: Linear
    norm: Linear


class BertEncoder:
    """Token ids to the last layer's vectors.

    Args:
        tensors: float32 arrays by their names in Hugging Face's files, without ``bert.``; they are
            not written to.

    Raises:
        KeyError: if a tensor is missing.
    """

    def __init__(self, shape: BertShape, tensors: Mapping[str, np.ndarray]) -> None:
        self._shape = shape
        self._words = tensors[WORDS]
        self._positions = tensors["embeddings.position_embeddings.weight"]
        self._types = tensors["embeddings.token_type_embeddings.weight"]
        self._norm = _linear(tensors, "embeddings.LayerNorm")
        self._layers = [_layer(tensors, f"encoder.layer.{i}.") for i in range(shape.n_layers)]

    def encode(self, sequences: Sequences, types: Sequences | None = None) -> list[np.ndarray]:
        """The last hidden states of each sequence, float32 ``(n_tokens, width)``.

        Args:
            types: the token types beside each sequence; None: all are of the first type.
        """
        kinds = types or [[0] * len(sequence) for sequence in sequences]
        cut = _groups([len(sequence) for sequence in sequences], _n_threads())
        groups = [(sequences[g], kinds[g]) for g in cut]
        # Each group keeps to one thread: OpenBLAS's own threads wait for each other at every
        # product, which takes three times as long as one thread where another program is busy.
        with _ONE_AT_A_TIME, threadpool_limits(1, "blas"):
            if len(groups) == 1:
                return self._group(*groups[0])
            with ThreadPoolExecutor(_n_threads()) as pool:
                done = pool.map(lambda group: self._group(*group), groups)
                return [states for group in done for states in group]

    def _group(self, sequences: Sequences, types: Sequences) -> list[np.ndarray]:
        ends = np.cumsum([len(sequence) for sequence in sequences])
        spans = [slice(end - len(s), end) for s, end in zip(sequences, ends, strict=True)]
        places = np.concatenate([np.arange(len(sequence)) for sequence in sequences])
        states = self._words[np.concatenate([np.asarray(s, dtype=np.int64) for s in sequences])]
        states += self._positions[places]
        states += self._types[np.concatenate([np.asarray(t, dtype=np.int64) for t in types])]
        states = self._normalised(states, self._norm)
        for layer in self._layers:
            states = self._after(layer, states, spans)
        return [states[span] for span in spans]

    def _after(self, layer: _Layer, states: np.ndarray, spans: Sequence[slice]) -> np.ndarray:
        mixed = applied(layer.mixed, self._attended(layer, states, spans))
        mixed += states
        mixed = self._normalised(mixed, layer.mixed_norm)
        widened = applied(layer.widened, mixed)
        gelu(widened)
        narrowed = applied(layer.narrowed, widened)
        narrowed += mixed
        return self._normalised(narrowed, layer.norm)

    def _attended(self, layer: _Layer, states: np.ndarray, spans: Sequence[slice]) -> np.ndarray:
        queries, keys, values = (
            applied(part, states) for part in (layer.query, layer.key, layer.value)
        )
        width, n_heads = self._shape.width, self._shape.n_heads
        queries *= np.float32((width // n_heads) ** -0.5)
        attended = np.empty_like(states)
        for span in spans:
            by_head = (-1, n_heads, width // n_heads)
            query, key, value = (
                part[span].reshape(by_head).transpose(1, 0, 2) for part in (queries, keys, values)
            )
            weights = query @ key.transpose(0, 2, 1)
            weights -= weights.max(axis=-1, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(axis=-1, keepdims=True)
            attended[span] = (weights @ value).transpose(1, 0, 2).reshape(-1, width)
        return attended

    def _normalised(self, states: np.ndarray, norm: Linear) -> np.ndarray:
        states -= states.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", states, states) / np.float32(states.shape[1])
        states /= np.sqrt(variance + np.float32(self._shape.epsilon))[:, None]
        states *= norm[0]
        states += norm[1]
        return states


def _linear(tensors: Mapping[str, np.ndarray], name: str) -> Linear:
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def _layer(tensors: Mapping[str, np.ndarray], prefix: str) -> _Layer:
    return _Layer(
        query=_linear(tensors, f"{prefix}attention.self.query"),
        key=_linear(tensors, f"{prefix}attention.self.key"),
        value=_linear(tensors, f"{prefix}attention.self.value"),
        mixed=_linear(tensors, f"{prefix}attention.output.dense"),
        mixed_norm=_linear(tensors, f"{prefix}attention.output.LayerNorm"),
        widened=_linear(tensors, f"{prefix}intermediate.dense"),
        narrowed=_linear(tensors, f"{prefix}output.dense"),
        norm=_linear(tensors, f"{prefix}output.LayerNorm"),
    )


def applied(linear: Linear, states: np.ndarray) -> np.ndarray:
    """The product with a weight, its bias added: float32 ``(n, n_in)`` to ``(n, n_out)``."""
    result: np.ndarray = states @ linear[0].T
    result += linear[1]
    return result


def gelu(states: np.ndarray) -> None:
    """Replace x by x (1 + erf(x / sqrt 2)) / 2, the exact form within 5e-7, block by block.

    That is max(x, 0) - |x| erfc(|x| / sqrt 2) / 2, with the polynomial of Abramowitz and Stegun,
    Handbook of Mathematical Functions, 1964, 7.1.26: numpy has no erf, and scipy takes long to
    import.
    """
    flat = states.reshape(-1)
    for start in range(0, len(flat), _BLOCK):
        block = flat[start : start + _BLOCK]
        size = np.abs(block)
        t = size * _ERFC_SCALE
        t += 1
        np.reciprocal(t, out=t)
        tail = t * _HALF_ERFC[-1]
        for factor in _HALF_ERFC[-2::-1]:
            tail += factor
            tail *= t
        tail *= size
        size *= size
        size *= -0.5
        tail *= np.exp(size, out=size)
        np.maximum(block, 0, out=block)
        block -= tail


def _groups(lengths: Sequence[int], n_threads: int) -> Iterator[slice]:
    """Neighbouring sequences together, about equally many tokens in each group, and a group, or
    equally many of them, for each thread."""
    total = sum(lengths)
    n_rounds = -(-total // (n_threads * _MOST_TOKENS))
    n_groups = max(1, min(n_threads * n_rounds, total // _LEAST_TOKENS))
    middles = np.cumsum(lengths) - np.array(lengths) / 2
    starts = np.searchsorted(middles, np.arange(n_groups) * total / n_groups)
    for start, end in pairwise(sorted({*starts.tolist(), len(lengths)})):
        yield slice(start, end)


def _n_threads() -> int:
    """Processors this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
