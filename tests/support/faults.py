"""Programs that meet a fault at one system call that changes a file: killed there, killed after
half of the bytes, the disk full, failing once, or read-only from there on.

``Forks`` starts one process that has imported everything once and forks a child for each job, so
that a job with a fault costs what the job costs. Jobs are functions of a module that is named at
the start; they take and give JSON values.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).with_name("faults.c")
_ROOT = Path(__file__).resolve().parents[2]
_JOB_LIMIT_S = 60


class Fault(IntEnum):
    """What happens at the call, as faults.c numbers it. RECORD: nothing, it is written down;
    PAUSE: the process stops, and goes on when something else was done ``meanwhile``."""

    RECORD = 0
    KILL = 1
    TORN = 2
    FULL = 3
    EIO_ONCE = 4
    READ_ONLY = 5
    PAUSE = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes:
        value: what it returned; None if it did not return.
        error: type and message of what it raised: ``CorpusIndexError: ...``; empty if nothing.
        fired: whether the fault was met (a killed job met it).
        killed: whether SIGKILL ended it.
        meanwhile: how the job ended that ran while it was paused.
    """

    value: Any
    error: str
    fired: bool
    killed: bool
    meanwhile: Outcome | None = None


def unavailable() -> str:
    """Why there can be no faults on this machine; empty if there can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "faults are made for Linux on x86-64"
    if _compiler() is None:
        return "faults need a C compiler (cc)"
    return ""


def compiled(folder: Path) -> Path:
    """The shared library of faults.c, made in ``folder``."""
    library = folder / "faults.so"
    command = [str(_compiler()), "-O1", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)]
    subprocess.run(command, check=True)
    return library


class Forks:
    """A process that forks one child for each job.

    Args:
        jobs: name of the module with the job functions; it imports all that jobs need.
        library: as ``compiled`` gives it.
    """

    def __init__(self, jobs: str, library: Path) -> None:
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "RAYON")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults", jobs, str(library)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**os.environ, **one_thread, "RAG_CONFIG": os.devnull},
        )

    def run(
        self, job: str, *, below: Path | None = None, fault: Fault = Fault.RECORD, at: int = 0,
        log: Path | None = None, meanwhile: tuple[str, dict[str, Any]] | None = None,
        kill_after_s: float | None = None, **arguments: Any,
    ) -> Outcome:  # fmt: skip
        """Run ``job(**arguments)`` in a child.

        Args:
            below: the ``at``-th change (from 1) of a file below that folder meets ``fault``.
            log: where changes are written down.
            meanwhile: a job and its arguments, run when the child is paused.
            kill_after_s: when the child is killed if it still runs then.
        """
        armed = [str(below), int(fault), at, log and str(log)] if below is not None else None
        request = [job, arguments, armed, meanwhile, kill_after_s]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        other = said.pop("meanwhile", None)
        return Outcome(**said, meanwhile=other and Outcome(**other))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)


def forks(jobs: str, folder: Path) -> Iterator[Forks]:
    """A ``Forks`` for the length of a fixture; ``folder`` keeps the compiled library."""
    server = Forks(jobs, compiled(folder))
    try:
        yield server
    finally:
        server.close()


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


# -- the process that forks ------------------------------------------------------------------------


def _serve(jobs: str, library: str) -> None:
    module = importlib.import_module(jobs)
    faults = ctypes.CDLL(library)
    for line in sys.stdin.buffer:
        said = _carry_out(module, faults, *json.loads(line))
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _carry_out(
    module: Any, faults: Any, name: str, arguments: Any, armed: Any, meanwhile: Any, limit_s: Any
) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(getattr(module, name), arguments, armed, faults, writing)
    os.close(writing)
    other = None
    if meanwhile is not None and _is_paused(child):
        other = _carry_out(module, faults, *meanwhile, None, None, None)
        os.kill(child, signal.SIGCONT)
    if limit_s is not None and not select.select([reading], [], [], limit_s)[0]:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return {**_outcome(said, status), "meanwhile": other}


def _is_paused(child: int) -> bool:
    """Waits until the child is paused, or has ended."""
    status = os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return status is not None and status.si_code == os.CLD_STOPPED


def _work(job: Any, arguments: Any, armed: Any, faults: Any, pipe: int) -> None:
    signal.alarm(_JOB_LIMIT_S)
    value, error = None, ""
    try:
        if armed is not None:
            folder, fault, at, log = armed
            log_name = os.fsencode(log) if log else None
            if faults.faults_arm(os.fsencode(folder), fault, ctypes.c_long(at), log_name):
                raise OSError("the filter of system calls cannot be installed")
        value = job(**arguments)
    except Exception as exc:
        error = f"{type(exc).__name__}: {exc}"
        if not hasattr(exc, "hint"):
            error += f" [not ours] {traceback.format_exc()}"
    said = {"value": value, "error": error, "fired": bool(faults.faults_fired())}
    data = json.dumps(said).encode()
    while data:
        data = data[os.write(pipe, data) :]
    os._exit(0)


def _outcome(said: bytes, status: int) -> dict[str, Any]:
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if said:
        return {**json.loads(said), "killed": killed}
    error = "" if killed else f"the child ended with status {status} [not ours]"
    return {"value": None, "error": error, "fired": True, "killed": killed}


if __name__ == "__main__":
    _serve(*sys.argv[1:])
