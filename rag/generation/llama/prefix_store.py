"""Keeps the evaluated state of fixed prompt beginnings on disk, in the user's cache folder.

A file holds what llama.cpp gave out, so a wrong one would be believed: llama.cpp takes the state of
other weights of the same shape, and most files with flipped bits, without a word (measured). Hence
the key over everything the state depends on, the checksum, and a folder nobody else may write to.
Only the rules of the prompts are kept; nothing of a question or an article gets here. Every file
may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_dir

_MAGIC = b"rag prefix state 1\n"
_COUNT = struct.Struct("<I")
_SUFFIX = ".state"
_DRAFT_SUFFIX = ".draft"
_ABANDONED_S = 3600.0
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def default_folder() -> Path:
    """Where states are kept unless told otherwise."""
    return Path(user_cache_dir("rag", appauthor=False)) / "prefix-states"


def state_key(facts: Mapping[str, object], ids: Sequence[int]) -> str:
    """The key of the state of ``ids`` under ``facts``: sha256, hex.

    ``facts`` is all that the state depends on: model, library, number format, attention.
    """
    told = json.dumps(dict(facts), sort_keys=True).encode()
    return hashlib.sha256(told + b"\0" + _packed(ids)).hexdigest()


class PrefixStore:
    """States by key, the least recently used removed first. Never raises: a store that cannot be
    used costs time, not the answer."""

    def __init__(
        self, folder: Path, *, max_bytes: int, detail: Callable[[str], None] | None = None
    ) -> None:
        """Nothing is touched before the first use.

        Args:
            max_bytes: of all files together.
            detail: gets a line for what was found wrong.
        """
        self._folder = folder
        self._max_bytes = max_bytes
        self.detail = detail or (lambda message: None)

    def load(self, key: str, ids: Sequence[int]) -> bytearray | None:
        """The state kept under ``key``; None if there is none that can be trusted."""
        if not self._is_private():
            return None
        path = self._path(key)
        try:
            data = self._read(path)
        except FileNotFoundError:
            return None
        except OSError as exc:
            self.detail(f"the kept state of the rules cannot be read: {exc.strerror or exc}")
            return None
        state = _unwrapped(data, key, ids)
        if state is None:
            self.forget(key, "is damaged")
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used last now
        return state

    def save(self, key: str, ids: Sequence[int], state: bytes | bytearray) -> bool:
        """Keep ``state`` under ``key`` and remove what is too much; whether it is kept."""
        body = bytes.fromhex(key) + _COUNT.pack(len(ids)) + _packed(ids) + state
        if len(_MAGIC) + 32 + len(body) > self._max_bytes:
            return False
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_private():
                return False
            self._write(self._path(key), _MAGIC + hashlib.sha256(body).digest() + body)
            self._tidy(keep=self._path(key))
        except OSError as exc:
            self.detail(f"the state of the rules cannot be kept: {exc.strerror or exc}")
            return False
        return True

    def forget(self, key: str, why: str) -> None:
        """Remove the state under ``key``, which turned out to be no use."""
        self.detail(f"the kept state of the rules {why}: it is computed again")
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _is_private(self) -> bool:
        """Whether the folder is there, the user's own, and not writable for others."""
        try:
            found = self._folder.lstat()
        except OSError:
            return False
        if stat.S_ISDIR(found.st_mode) and _is_own(found):
            return True
        self.detail(f"{self._folder} is not used: others may write to it")
        return False

    def _read(self, path: Path) -> bytearray:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _BINARY)
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or not _is_own(found):
                return bytearray()
            data = bytearray(min(found.st_size, self._max_bytes))
            n_read = file.readinto(data)
        return data[:n_read]

    def _write(self, path: Path, data: bytes) -> None:
        """Put ``data`` there so that a reader, or a crash, sees all of it or nothing."""
        draft = self._folder / f"{path.stem}.{secrets.token_hex(8)}{_DRAFT_SUFFIX}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _tidy(self, *, keep: Path) -> None:
        """Remove drafts that a crash left behind, and the oldest states beyond the limit."""
        left = self._max_bytes - keep.stat().st_size
        for path, found in self._newest_first():
            if path.suffix == _DRAFT_SUFFIX:
                is_unwanted = time.time() - found.st_mtime > _ABANDONED_S
            else:
                left -= 0 if path == keep else found.st_size
                is_unwanted = left < 0 and path != keep
            if is_unwanted:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _newest_first(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        for path in self._folder.iterdir():
            if path.suffix in (_SUFFIX, _DRAFT_SUFFIX):
                with contextlib.suppress(OSError):  # another process may have removed it
                    found.append((path, path.lstat()))
        return sorted(found, key=lambda pair: -pair[1].st_mtime_ns)


_BINARY = getattr(os, "O_BINARY", 0)


def _is_own(found: os.stat_result) -> bool:
    """Whether a file is the user's and nobody else may write to it, as far as the system says."""
    if not hasattr(os, "geteuid"):
        return True  # Windows: the user's folders are the user's
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE


def _packed(ids: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(ids)}i", *ids)


def _unwrapped(data: bytearray, key: str, ids: Sequence[int]) -> bytearray | None:
    """The state in a file's bytes; None unless every byte is as it was written, for this key."""
    body = memoryview(data)[len(_MAGIC) + 32 :]
    head = bytes.fromhex(key) + _COUNT.pack(len(ids)) + _packed(ids)
    if not data.startswith(_MAGIC) or body[: len(head)] != head:
        return None
    if hashlib.sha256(body).digest() != data[len(_MAGIC) : len(_MAGIC) + 32]:
        return None
    return bytearray(body[len(head) :])
