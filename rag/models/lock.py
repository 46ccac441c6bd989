"""A lock between processes, freed by the system when its holder ends, however that happens."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import IO


class FileLock:
    """Tries to take the lock ``path`` on entering; ``held`` says whether it was free."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.held = False

    def __enter__(self) -> FileLock:
        self._file = self._path.open("ab")
        self.held = _try_lock(self._file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()  # the lock goes with it; the file stays, for deleting it would race
        self.held = False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
