"""A noted hash is believed for as long as the file looks the same, and no longer."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from rag.embedding import known_files
from rag.embedding.known_files import MIN_BYTES, sha256_of
from rag.embedding.weights import locate


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as settled."""
    now = time.time_ns() + 3_600_000_000_000
    monkeypatch.setattr("rag.embedding.known_files.time.time_ns", lambda: now)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"a" * MIN_BYTES)
    return path


def _falsify(notes: Path) -> None:
    """Let every note say something else, to see whether it is believed."""
    for note in notes.iterdir():
        note.write_text("0" * 64, "ascii")


@pytest.mark.usefixtures("later")
def test_a_file_is_hashed_once_and_then_known(big: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert sha256_of(big, notes=notes) == _sha256(big.read_bytes())
    _falsify(notes)
    assert sha256_of(big, notes=notes) == "0" * 64
    assert sha256_of(big, notes=notes, afresh=True) == _sha256(big.read_bytes())


@pytest.mark.usefixtures("later")
def test_a_change_that_puts_size_and_time_back_is_seen(big: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    sha256_of(big, notes=notes)
    was = big.stat()
    while big.stat().st_ctime_ns == was.st_ctime_ns:  # until the clock of the file system moves
        big.write_bytes(b"b" * MIN_BYTES)
        os.utime(big, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert (big.stat().st_size, big.stat().st_mtime_ns) == (was.st_size, was.st_mtime_ns)
    assert sha256_of(big, notes=notes) == _sha256(b"b" * MIN_BYTES)


@pytest.mark.usefixtures("later")
def test_another_file_in_its_place_is_seen(big: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    sha256_of(big, notes=notes)
    was = big.stat()
    other = tmp_path / "other"
    other.write_bytes(b"c" * MIN_BYTES)
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(big)
    assert sha256_of(big, notes=notes) == _sha256(b"c" * MIN_BYTES)


def test_a_file_that_has_just_changed_is_not_noted(big: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert sha256_of(big, notes=notes) == _sha256(big.read_bytes())
    assert not notes.exists()


@pytest.mark.usefixtures("later")
def test_a_small_file_is_read_each_time(tmp_path: Path) -> None:
    path, notes = tmp_path / "config.json", tmp_path / "notes"
    path.write_text("{}")
    assert sha256_of(path, notes=notes) == _sha256(b"{}")
    assert not notes.exists()


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("damage", [b"", b"12ab", b"z" * 64, b"\xff" * 64])
def test_a_damaged_note_is_not_believed(big: Path, tmp_path: Path, damage: bytes) -> None:
    notes = tmp_path / "notes"
    sha256_of(big, notes=notes)
    (note,) = notes.iterdir()
    note.write_bytes(damage)
    assert sha256_of(big, notes=notes) == _sha256(big.read_bytes())


@pytest.mark.usefixtures("later")
def test_where_nothing_can_be_noted_the_file_is_read(big: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a file is in the way")
    assert sha256_of(big, notes=tmp_path / "notes") == _sha256(big.read_bytes())


@pytest.mark.usefixtures("later")
def test_the_fingerprint_of_changed_weights_changes_with_them(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_files, "default_folder", lambda: tmp_path / "notes")
    model = tmp_path / "model"
    model.mkdir()
    big.rename(model / big.name)
    first = locate(str(model)).fingerprint
    assert locate(str(model)).fingerprint == first
    _falsify(tmp_path / "notes")
    assert locate(str(model)).fingerprint != first  # the note is what is read
    assert locate(str(model), afresh=True).fingerprint == first
    (model / big.name).write_bytes(b"d" * (MIN_BYTES + 1))
    assert locate(str(model), afresh=True).fingerprint != first
