"""A first look into a GGUF file, in Python: is it one, and of a kind we can use?

llama.cpp says only that a load failed, and some wrong values end the whole process in an assertion
(a block count of 0 or 2^31, an epsilon that is not a positive number). So the head of the file is
read here first, with every count and length distrusted.

Source: the GGUF specification, versions 2 and 3 (little-endian).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rag.errors import ModelError

_PULL = "rag model pull llama-3.2-1b"
_FOREIGN = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the model itself"),
    (b"<!doctype", "is a web page, not a model"),
    (b"<html", "is a web page, not a model"),
    (b"pk\x03\x04", "is a ZIP or PyTorch file, not GGUF"),
    (b"lmgg", "is in the old GGML format, not GGUF"),
    (b"tjgg", "is in the old GGML format, not GGUF"),
)
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "B",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_MAX_ENTRIES = 10_000
_MAX_TENSORS = 100_000
_MAX_KEY_BYTES = 1_000
_MAX_STRING_BYTES = 1 << 24
_RANGES: dict[str, tuple[float, float]] = {
    "llama.block_count": (1, 512),
    "llama.context_length": (16, 1 << 24),
    "llama.embedding_length": (8, 1 << 17),
    "llama.attention.head_count": (1, 4096),
    "llama.attention.layer_norm_rms_epsilon": (1e-12, 0.1),
}

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a usable file says.

    Attributes:
        name: as the file calls itself; untrusted text.
        values: every scalar and string read, by key.
    """

    version: int
    n_tensors: int
    name: str
    values: dict[str, Value]


class _Broken(Exception):
    """The reason why the file cannot be used, as the end of a sentence."""


def read_header(path: Path) -> Header:
    """The header of the Llama model file ``path``.

    Raises:
        ModelError: the file cannot be read, is not GGUF, or is not a sane Llama model.
    """
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            return _parse(file, size_bytes)
    except OSError as exc:
        raise ModelError(f"cannot read the model file {path}: {exc.strerror or exc}") from exc
    except _Broken as exc:
        raise ModelError(f"{path} {exc}", hint=_PULL) from None


def _parse(file: BinaryIO, size_bytes: int) -> Header:
    _reject_foreign(file.read(32))
    file.seek(4)
    version, n_tensors, n_entries = _unpack(file, "IQQ")
    if version not in (2, 3):
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
        kind = "big-endian GGUF" if swapped in (2, 3) else f"GGUF version {version}"
        raise _Broken(f"is {kind}; versions 2 and 3, little-endian, can be read")
    if not 0 < n_tensors <= _MAX_TENSORS or not 0 < n_entries <= _MAX_ENTRIES:
        raise _Broken(f"is damaged: {n_tensors} tensors, {n_entries} entries in its header")
    values = _entries(file, n_entries, size_bytes)
    _check(values)
    return Header(version, n_tensors, str(values.get("general.name", "")), values)


def _reject_foreign(head: bytes) -> None:
    if not head:
        raise _Broken("is empty")
    folded = head.lstrip().lower()
    for start, reason in _FOREIGN:
        if folded.startswith(start):
            raise _Broken(reason)
    if not head.startswith(b"GGUF"):
        raise _Broken(f"is not a GGUF file: it starts with {head[:4]!r}")


def _entries(file: BinaryIO, n_entries: int, size_bytes: int) -> dict[str, Value]:
    """The scalar entries in front of the tokenizer's long lists, which are not read."""
    values: dict[str, Value] = {}
    for _ in range(n_entries):
        key = _string(file, _MAX_KEY_BYTES).decode("utf-8", "replace")
        (kind,) = _unpack(file, "I")
        if kind == _ARRAY:
            _skip_array(file, size_bytes)
        elif kind == _STRING:
            values[key] = _string(file, _MAX_STRING_BYTES).decode("utf-8", "replace")
        elif kind in _SCALARS:
            (values[key],) = _unpack(file, _SCALARS[kind])
        else:
            raise _Broken(f"is damaged: entry {key!r} has the unknown type {kind}")
    return values


def _skip_array(file: BinaryIO, size_bytes: int) -> None:
    kind, count = _unpack(file, "IQ")
    if count > size_bytes or (kind != _STRING and kind not in _SCALARS):
        raise _Broken(f"is damaged: a list of {count} items of type {kind}")
    if kind == _STRING:
        for _ in range(count):
            (length,) = _unpack(file, "Q")
            _skip(file, length, size_bytes)
    else:
        _skip(file, count * struct.calcsize("<" + _SCALARS[kind]), size_bytes)


def _skip(file: BinaryIO, n_bytes: int, size_bytes: int) -> None:
    if n_bytes > size_bytes - file.tell():
        raise _Broken("is cut off or damaged: its header reaches past its end")
    file.seek(n_bytes, 1)


def _string(file: BinaryIO, max_bytes: int) -> bytes:
    (length,) = _unpack(file, "Q")
    if length > max_bytes:
        raise _Broken(f"is damaged: a text of {length} bytes in its header")
    data = file.read(length)
    if len(data) < length:
        raise _Broken("is cut off: its header is not complete")
    return data


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    data = file.read(struct.calcsize("<" + form))
    try:
        return struct.unpack("<" + form, data)
    except struct.error:
        raise _Broken("is cut off: its header is not complete") from None


def _check(values: dict[str, Value]) -> None:
    architecture = values.get("general.architecture", "")
    if architecture != "llama":
        raise _Broken(f"holds a model of architecture {architecture!r}; only Llama models are used")
    for key, (low, high) in _RANGES.items():
        value = values.get(key)
        if not isinstance(value, (int, float)):
            raise _Broken(f"is damaged: no {key} in its header")
        if not math.isfinite(value) or not low <= value <= high:
            raise _Broken(f"is damaged: {key} = {value}")
