"""One writer at a time: a lock file beside the index, held by the operating system."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import CorpusIndexError, IndexBusyError

LOCK_NAME = "lock"
_POLL_S = 0.05


@contextmanager
def writing(
    index_dir: Path, *, timeout_s: float, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the right to write ``index_dir``; it ends with the block or with the process.

    Args:
        on_wait: told once, before it is waited, who holds it.

    Raises:
        IndexBusyError: another process still holds it after ``timeout_s`` seconds.
        CorpusIndexError: the folder cannot be written.
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
        _wait(descriptor, index_dir, time.monotonic() + timeout_s, on_wait)
        with suppress(OSError):  # a full disk: nobody is told who we are, nothing else is lost
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {time.strftime('%H:%M:%S')}".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)  # which also gives the lock up


def _wait(
    descriptor: int, index_dir: Path, deadline: float, on_wait: Callable[[str], None] | None
) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise IndexBusyError(
                    f"the index {index_dir} is being updated by {_holder(descriptor)}",
                    hint="wait for it to finish, then try again",
                ) from None
        if on_wait is not None:
            on_wait(f"waiting for {_holder(descriptor)}, which is updating the index")
            on_wait = None
        time.sleep(_POLL_S)


def _holder(descriptor: int) -> str:
    pid, _, since = os.pread(descriptor, 64, 0).decode("ascii", "replace").partition(" ")
    if not pid.isdigit():
        return "another process"
    return f"process {pid} since {since}" if since else f"process {pid}"
