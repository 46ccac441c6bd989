"""The sha256 of large files, noted for as long as they look as they did.

A file that was written to has another ctime, which no program can set: a change is seen without
reading 90 MB for every question. Notes lie in the user's cache; who can write there could change
the program as well. What such looks cannot tell (a failing disk, a raw write to it) is found by
``rag doctor``, which reads the bytes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from pathlib import Path

from platformdirs import user_cache_dir

MIN_BYTES = 1_000_000
"""Smaller files are read sooner than a note is found."""
_SETTLED_NS = 2_000_000_000
_HEX_DIGITS = 64

_log = logging.getLogger(__name__)


def default_folder() -> Path:
    """Where hashes are noted."""
    return Path(user_cache_dir("rag", appauthor=False)) / "file-hashes"


def sha256_of(path: Path, *, notes: Path | None = None, afresh: bool = False) -> str:
    """Of the bytes of ``path``, hex: noted when the file looked as it does now, or made of them.

    Args:
        notes: the folder of notes; None: ``default_folder``.
        afresh: whether the bytes are read in any case.

    Raises:
        OSError: the file cannot be read.
    """
    before = os.stat(path)
    note = (notes or default_folder()) / _name(path, before)
    if before.st_size >= MIN_BYTES and not afresh and (noted := _read(note)):
        return noted
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    is_settled = before.st_ctime_ns < time.time_ns() - _SETTLED_NS  # or a tick could hide a change
    if before.st_size >= MIN_BYTES and is_settled and _name(path, os.stat(path)) == note.name:
        _write(note, found)
    return found


def _name(path: Path, status: os.stat_result) -> str:
    """Of the note about a file that looks so."""
    looks = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    told = f"{os.path.realpath(path)}\0{looks}"
    return hashlib.sha256(os.fsencode(told)).hexdigest()[:32]


def _read(note: Path) -> str:
    """What is noted; empty if that is nothing, or no sha256."""
    try:
        text = note.read_text("ascii")
        return text if len(text) == _HEX_DIGITS and bytes.fromhex(text) else ""
    except (OSError, ValueError):
        return ""


def _write(note: Path, found: str) -> None:
    """Note ``found``; where that is impossible it costs time later, nothing else."""
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = note.with_suffix(f".{os.getpid()}")
        partial.write_text(found, "ascii")
        partial.replace(note)
    except OSError as exc:
        _log.debug("cannot note a hash: %s", exc)
