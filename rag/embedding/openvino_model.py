"""The forward pass of a BERT encoder by OpenVINO: for the many texts of an index.

The graph is built from the model's own files, so that neither torch nor sentence-transformers is
loaded. Its products can be made in fewer digits: of bfloat16, or of eight bits, with a scale for
each row of the weights and for every 128 numbers of a token's state.

Source: Devlin et al., BERT, 2019, with the layer order and names of Hugging Face's BertModel; Yao
et al., ZeroQuant, 2022, for scales by token and by row, found while the network runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.embedding.bert import BertShape
from rag.embedding.digits import Digits, multiplies_int8
from rag.embedding.light import LightModel
from rag.embedding.model_files import UnknownKindError

if TYPE_CHECKING:
    from openvino import Node  # type: ignore[import-untyped]

_BATCH = 2
"""Texts of about the same length in one request: one text fills a processor nearly as well as
eight, and of two the shorter one is hardly padded."""
_SCALED_TOGETHER = 128
"""Numbers of a state that share a scale in eight bits: with one for all 384 or 1,536 a few large
ones would leave the others no digits."""
_FAR_AWAY = -1e9
"""What is added to the attention to a token that is only padding."""


class OpenVinoModel:
    """A light model's network, compiled. Building takes some tenths of a second.

    Every processor works on requests of its own: two that share one wait for each other after each
    layer.

    Args:
        digits: the format of its products.

    Raises:
        UnknownKindError: if OpenVINO is not installed, or cannot build or run the network.
    """

    def __init__(self, light: LightModel, digits: Digits) -> None:
        self._light = light
        self._one_at_a_time = Lock()
        try:
            ov, core = _openvino(), _core()
            kind = _Int8Graph if digits is Digits.INT8 else _Graph
            graph = kind(light.description.shape, light.tensors()).model(light.description.pooling)
            short = digits is not Digits.FLOAT32 and _has_bfloat16(core)
            settings = {
                "INFERENCE_PRECISION_HINT": "bf16" if short else "f32",
                "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_SCALED_TOGETHER),  # of weights in 8 bits
                "NUM_STREAMS": _n_processors(),
                "INFERENCE_NUM_THREADS": _n_processors(),
                "ENABLE_CPU_PINNING": False,  # reading and writing go on beside it
            }
            compiled = core.compile_model(graph, "CPU", settings)
            self._requests = ov.AsyncInferQueue(compiled, _n_processors())
            self._requests.set_callback(_keep)
        except (ImportError, RuntimeError, KeyError, ValueError) as exc:
            raise UnknownKindError(f"OpenVINO cannot run it: {exc}") from exc

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """As ``LightModel.embed``.

        Raises:
            UnknownKindError: if OpenVINO fails.
        """
        sequences = self._light.token_ids(texts)
        rows = np.empty((len(sequences), self._light.description.shape.width), dtype=np.float32)
        by_length = sorted(range(len(sequences)), key=lambda i: -len(sequences[i]))
        with self._one_at_a_time:
            try:
                for start in range(0, len(by_length), _BATCH):
                    places = by_length[start : start + _BATCH]
                    inputs = _padded([sequences[place] for place in places])
                    self._requests.start_async(inputs, (rows, places))
                self._requests.wait_all()
            except RuntimeError as exc:
                raise UnknownKindError(f"OpenVINO failed: {exc}") from exc
        return rows


def _padded(sequences: Sequence[Sequence[int]]) -> list[np.ndarray]:
    """Token ids and where they are, as the graph takes them."""
    longest = max(map(len, sequences))
    ids = np.zeros((len(sequences), longest), dtype=np.int32)
    held = np.zeros((len(sequences), longest), dtype=np.float32)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        held[row, : len(sequence)] = 1.0
    return [ids, held]


def _keep(request: Any, target: tuple[np.ndarray, list[int]]) -> None:
    """Copy the vectors of a finished request to where they belong."""
    rows, places = target
    rows[places] = request.get_output_tensor(0).data


class _Graph:
    """Builds the network from tensors named as in Hugging Face's files, without ``bert.``.

    Raises:
        KeyError: if a tensor is missing.
    """

    def __init__(self, shape: BertShape, tensors: Mapping[str, np.ndarray]) -> None:
        from openvino import opset13

        self._op = opset13
        self._shape = shape
        self._tensors = tensors

    def model(self, pooling: str) -> Any:
        """Token ids int32 ``(n, length)`` and where tokens are, float32 ``(n, length)`` of 1 and 0
        for padding, to vectors float32 ``(n, width)``."""
        from openvino import Model, Type

        op = self._op
        ids = op.parameter([-1, -1], Type.i32)
        held = op.parameter([-1, -1], Type.f32)
        absent = op.multiply(op.subtract(self._const(1.0), held), self._const(_FAR_AWAY))
        bias = op.unsqueeze(absent, self._const([1, 2]))  # (n, 1, 1, length)
        states = self._embedded(ids)
        for number in range(self._shape.n_layers):
            states = self._layer(states, bias, f"encoder.layer.{number}.")
        pooled = self._first(states) if pooling == "cls" else self._mean(states, held)
        return Model([pooled], [ids, held], "bert")

    def _embedded(self, ids: Node) -> Node:
        op = self._op
        zero, one = (op.constant(np.array(number, dtype=np.int32)) for number in (0, 1))
        length = op.gather(op.shape_of(ids, "i32"), one, zero)
        places = op.range(zero, length, one, "i32")
        words = op.gather(self._tensor("embeddings.word_embeddings.weight"), ids, zero)
        position = op.gather(self._tensor("embeddings.position_embeddings.weight"), places, zero)
        kind = op.constant(self._tensors["embeddings.token_type_embeddings.weight"][0].copy())
        return self._normalised(op.add(op.add(words, position), kind), "embeddings.LayerNorm")

    def _layer(self, states: Node, bias: Node, prefix: str) -> Node:
        op = self._op
        mixed = self._linear(
            self._attended(states, bias, prefix), f"{prefix}attention.output.dense"
        )
        mixed = self._normalised(op.add(mixed, states), f"{prefix}attention.output.LayerNorm")
        widened = op.gelu(self._linear(mixed, f"{prefix}intermediate.dense"), "ERF")
        narrowed = self._linear(widened, f"{prefix}output.dense")
        return self._normalised(op.add(narrowed, mixed), f"{prefix}output.LayerNorm")

    def _attended(self, states: Node, bias: Node, prefix: str) -> Node:
        op, shape = self._op, self._shape
        by_head = self._const([0, 0, shape.n_heads, shape.width // shape.n_heads])
        turned = self._const([0, 2, 1, 3])
        query, key, value = (
            op.transpose(
                op.reshape(self._linear(states, f"{prefix}attention.self.{part}"), by_head, True),
                turned,
            )
            for part in ("query", "key", "value")
        )
        attended = op.transpose(op.scaled_dot_product_attention(query, key, value, bias), turned)
        return op.reshape(attended, self._const([0, 0, shape.width]), True)

    def _normalised(self, states: Node, name: str) -> Node:
        op = self._op
        plain = op.mvn(states, self._const([-1]), True, self._shape.epsilon, "inside_sqrt")
        gained = op.multiply(plain, self._tensor(f"{name}.weight"))
        return op.add(gained, self._tensor(f"{name}.bias"))

    def _linear(self, states: Node, name: str) -> Node:
        op = self._op
        product = op.matmul(states, self._weight(f"{name}.weight"), False, True)
        return op.add(product, self._tensor(f"{name}.bias"))

    def _weight(self, name: str) -> Node:
        return self._tensor(name)

    def _mean(self, states: Node, held: Node) -> Node:
        op, rows = self._op, self._const([1])
        weights = op.unsqueeze(held, self._const([2]))
        total = op.reduce_sum(op.multiply(states, weights), rows, False)
        return op.divide(total, op.reduce_sum(weights, rows, False))

    def _first(self, states: Node) -> Node:
        return self._op.gather(states, self._const(0), self._const(1))

    def _tensor(self, name: str) -> Node:
        return self._op.constant(self._tensors[name].copy())  # the file may be closed later

    def _const(self, value: float | int | list[int]) -> Node:
        kind = np.float32 if isinstance(value, float) else np.int64
        return self._op.constant(np.array(value, dtype=kind))


class _Int8Graph(_Graph):
    """The network with its weights in eight bits, which OpenVINO multiplies as they are."""

    def _weight(self, name: str) -> Node:
        rows = self._tensors[name]
        scales = np.abs(rows).max(axis=1, keepdims=True) / np.float32(127)
        scales[scales == 0] = 1
        short = np.rint(rows / scales).astype(np.int8)
        op = self._op
        return op.multiply(op.convert(op.constant(short), "f32"), op.constant(scales))


def best_formats() -> list[Digits]:
    """The formats to try on this processor, the fastest first.

    Raises:
        UnknownKindError: if OpenVINO is not installed.
    """
    try:
        formats = {Digits.INT8: multiplies_int8(), Digits.BFLOAT16: _has_bfloat16(_core())}
    except (ImportError, RuntimeError) as exc:
        raise UnknownKindError(f"OpenVINO cannot run it: {exc}") from exc
    return [*(digits for digits, is_there in formats.items() if is_there), Digits.FLOAT32]


def _has_bfloat16(core: Any) -> bool:
    """Whether the processor does, according to OpenVINO's ``core``."""
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def _core() -> Any:
    """The one core of this process. Each gives the thread that makes it a stack for signals, and
    takes back the stack of before when it goes: of two that go in the order they came, the second
    leaves the thread with a stack that is gone, and Ctrl-C then ends the process."""
    return _openvino().Core()


def _openvino() -> Any:
    """The library without its converter of models, which is not needed here: that imports a package
    made to report how it is used, and nothing in this program reports anything."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _n_processors() -> int:
    """Processors this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
