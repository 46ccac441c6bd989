"""Tensors that are views of their file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from rag.embedding.tensor_file import mapped


def _with_header(path: Path, header: object, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_tensors_are_what_the_library_wrote(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    written = {
        "gain": rng.standard_normal(7, dtype=np.float32),
        "weight": rng.standard_normal((5, 3), dtype=np.float32),
        "places": np.arange(4),
    }
    save_file(written, tmp_path / "w.safetensors", metadata={"format": "pt"})
    found = mapped(tmp_path / "w.safetensors")
    assert set(found) == {"gain", "weight"}
    for name, tensor in found.items():
        assert np.array_equal(tensor, written[name])


def test_no_tensor_is_copied_or_can_be_changed(tmp_path: Path) -> None:
    save_file({"w": np.ones((2, 2), dtype=np.float32)}, tmp_path / "w.safetensors")
    tensor = mapped(tmp_path / "w.safetensors")["w"]
    assert not tensor.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        tensor[0, 0] = 2


@pytest.mark.parametrize("number_format", [np.float16, np.float64, np.int8])
def test_other_formats_are_told(tmp_path: Path, number_format: type) -> None:
    save_file({"w": np.ones(2, dtype=number_format)}, tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=r"they are in (F16|F64|I8)"):
        mapped(tmp_path / "w.safetensors")


_TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"w": _TENSOR}, bytes(7)),
        ({"w": _TENSOR | {"shape": [3]}}, bytes(8)),
        ({"w": _TENSOR | {"data_offsets": [8, 0]}}, bytes(8)),
        ({"w": _TENSOR | {"data_offsets": ["0", "8"]}}, bytes(8)),
        ({"w": {"dtype": "F32"}}, bytes(8)),
        ({"w": "F32"}, bytes(8)),
        ([1], bytes(8)),
        ({}, bytes(8)),
        (b"\xff\xfe", bytes(8)),
        (b"[" * 100_000, b""),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, header: object, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        mapped(_with_header(tmp_path / "w.safetensors", header, data))


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xff" * 64])
def test_a_file_without_a_header_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match=r"."):
        mapped(tmp_path / "w.safetensors")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mapped(tmp_path / "w.safetensors")
