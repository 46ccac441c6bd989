"""Files that are no sane Llama GGUF are told apart; the others are tried in a child first."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models import trial
from rag.models.files import resolve
from rag.models.header import read_header
from rag.models.trial import ensure_loadable, try_in_child
from tests.support.gguf import random_gguf


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return random_gguf(tmp_path_factory.mktemp("good") / "m.gguf").read_bytes()


def test_a_good_header_is_read(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(good)
    header = read_header(path)
    assert (header.version, header.n_tensors, header.name) == (3, 12, "tiny test model")
    assert header.values["llama.context_length"] == 2048


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "is a Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"\n<HTML>", "is a web page"),
        (b"PK\x03\x04", "is a ZIP or PyTorch file"),
        (b"lmgg\x01\0\0\0", "is in the old GGML format"),
        (b"\x7fELF", "is not a GGUF file"),
        (b"GGUF", "is cut off"),
        (b"GGUF" + struct.pack("<IQQ", 1, 1, 1), "is GGUF version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 1), "is big-endian GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 1), "is damaged: 1099511627776 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**63), "is damaged: 1 tensors"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 2**60), "a text of 1152921504606846976 bytes"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k" + struct.pack("<I", 99), "type 99"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k" + struct.pack("<IIQ", 9, 8, 2**50),
            "a list of 1125899906842624 items",
        ),
    ],
)
def test_a_file_of_another_kind_is_named(start: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(start)
    with pytest.raises(ModelError) as caught:
        read_header(path)
    assert reason in caught.value.message
    assert str(path) in caught.value.message


def test_another_architecture_is_refused(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(good.replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0gemma", 1))
    with pytest.raises(ModelError, match="architecture 'gemma'; only Llama models"):
        read_header(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model file"):
        read_header(tmp_path / "gone.gguf")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_header_escapes_as_another_error(
    data: st.DataObject, good: bytes, tmp_path: Path
) -> None:
    damaged = bytearray(good[: data.draw(st.integers(0, 6000))])
    for _ in range(data.draw(st.integers(1, 6))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "m.gguf"
    path.write_bytes(damaged)
    try:
        read_header(path)
    except ModelError:
        return


@pytest.mark.parametrize("metadata", [{"block_count": 2**31}, {"rms_eps": float("nan")}])
def test_a_file_that_kills_the_library_only_kills_the_child(
    metadata: dict[str, float], tmp_path: Path
) -> None:
    path = random_gguf(tmp_path / "m.gguf", metadata=metadata)
    with pytest.raises(ModelError, match=r"llama.cpp crashes on it \(SIGABRT\)"):
        try_in_child(path)


def test_a_cut_file_is_refused_with_the_librarys_reason(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(good[:-4000])
    with pytest.raises(ModelError, match="not within the file bounds"):
        try_in_child(path)


def test_a_trial_that_takes_too_long_is_given_up(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(good)
    with pytest.raises(ModelError, match="was given up"):
        try_in_child(path, timeout_s=0.01)


def test_a_good_file_is_tried_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []
    monkeypatch.setattr(
        trial, "try_in_child", lambda path: (tried.append(path), try_in_child(path))
    )
    path = random_gguf(tmp_path / "m.gguf")
    ensure_loadable(resolve(str(path)))
    ensure_loadable(resolve(str(path)))
    assert tried == [path]
    random_gguf(path, seed=1)
    ensure_loadable(resolve(str(path)))
    assert tried == [path, path]


def test_the_header_of_a_file_that_was_tried_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(trial, "read_header", lambda path: (read.append(path), read_header(path)))
    model = resolve(str(random_gguf(tmp_path / "m.gguf")))
    assert not trial.is_vouched_for(model)
    ensure_loadable(model)
    ensure_loadable(model)
    assert trial.is_vouched_for(model)
    assert read == [model.path]
    monkeypatch.setattr(trial, "library_version", lambda: "another")
    assert not trial.is_vouched_for(model)
