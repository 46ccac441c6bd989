"""What was found out about a model file, remembered so that it is found out once.

Hashing gigabytes takes seconds and a trial load takes more; both results hold as long as the file
has the same size and modification time. Records lie in the user's data folder, not beside the
file: a model may lie in a folder that cannot be written.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.errors import ModelError
from rag.models.places import read_json, state_dir, write_json

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Facts about a file at one moment.

    Attributes:
        path: absolute; size_bytes, mtime_ns: which file it was.
        sha256: hex.
        tried_with: the llama-cpp-python version under which a trial load went well; empty: none.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    sha256: str
    tried_with: str = ""


def file_record(path: Path) -> FileRecord:
    """What is known of ``path``; it is hashed when it is new or has changed.

    Raises:
        ModelError: if the file cannot be read.
    """
    path = path.absolute()
    try:
        stat = path.stat()
        known = _stored(path)
        if known and (known.size_bytes, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            return known
        return remember_hash(path, hash_file(path))
    except OSError as exc:
        raise ModelError(f"cannot read the model file {path}: {exc.strerror or exc}") from exc


def remember_hash(path: Path, sha256: str) -> FileRecord:
    """The record of a file that was just hashed.

    Raises:
        OSError: if the file is gone.
    """
    stat = path.stat()
    record = FileRecord(str(path), stat.st_size, stat.st_mtime_ns, sha256)
    _store(record)
    return record


def remember_trial(record: FileRecord, *, version: str) -> None:
    """Note that the file of ``record`` was loaded well by this version of the library."""
    _store(replace(record, tried_with=version))


def hash_file(path: Path) -> str:
    """The sha256 of a file's bytes, hex.

    Raises:
        OSError: if the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _place(path: Path) -> Path:
    key = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return state_dir() / "model-records" / f"{key}.json"


def _stored(path: Path) -> FileRecord | None:
    try:
        record = FileRecord(**read_json(_place(path)))
    except TypeError:  # absent, damaged, or written by another version
        return None
    return record if record.path == str(path) else None


def _store(record: FileRecord) -> None:
    with contextlib.suppress(OSError):  # without a record the file is hashed again: slow, not wrong
        write_json(_place(Path(record.path)), asdict(record))
