"""One writer at a time: a lock file beside the index, held by the operating system."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import CorpusIndexError

LOCK_NAME = "lock"
_POLL_S = 0.05


@contextmanager
def writing(index_dir: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the right to write ``index_dir``; it ends with the block or with the process.

    Raises:
        CorpusIndexError: if another process still holds it after ``timeout_s`` seconds, or the
            folder cannot be written.
    """
    path = index_dir / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise CorpusIndexError(
            f"cannot write the index folder {index_dir}: {exc.strerror}",
            hint="choose another with --index",
        ) from exc
    try:
        _wait(descriptor, index_dir, time.monotonic() + timeout_s)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {time.strftime('%H:%M:%S')}".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)  # which also gives the lock up


def _wait(descriptor: int, index_dir: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise CorpusIndexError(
                    f"the index {index_dir} is being updated by {_holder(descriptor)}",
                    hint="wait for it to finish, then try again",
                ) from None
        time.sleep(_POLL_S)


def _holder(descriptor: int) -> str:
    pid, _, since = os.pread(descriptor, 64, 0).decode("ascii", "replace").partition(" ")
    if not pid.isdigit():
        return "another process"
    return f"process {pid} since {since}" if since else f"process {pid}"
