"""One new process: how long it took, when its first line came, how much memory it had."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from ast import literal_eval
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_WATCHED = "from bench.cold_start.stopwatch import main; main()"
_RAG = "import sys; sys.argv[0] = 'rag'; from rag.__main__ import run; sys.exit(run())"
_READING = b"\x1b[?2004h"
"""A terminal is told this (tell pasted text from typed text) when a line begins to be read."""
_PATIENCE_S = 60.0
_BLOCK = 1 << 16
_REFUSED = 3
_MB = 1024 / 1e6
"""What Linux counts memory in."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from starting a process to its end, or to the prompt of a chat; to the first byte on
    its stdout (None: there was none); its greatest memory in MB."""

    wall_s: float
    first_s: float | None
    memory_mb: float


def program(*arguments: str, before: str = "") -> list[str]:
    """The command that runs ``rag ARGUMENTS`` as its script does; ``before`` is run first."""
    return [sys.executable, "-c", before + _RAG, *arguments]


def _environment() -> dict[str, str]:
    """That of this process; but modules are kept compiled, as an installed program's are."""
    kept = dict(os.environ)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def run(command: Sequence[str]) -> Measured:
    """Run ``command`` to its end; a refusal is an end like others.

    Raises:
        RuntimeError: if it fails.
    """
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(),
        )
        assert process.stdout is not None
        out = process.stdout.fileno()
        first_s = time.perf_counter() - started if os.read(out, _BLOCK) else None
        while os.read(out, _BLOCK):
            pass
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.stdout.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, _REFUSED):
            said.seek(0)
            last = said.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{command[3:]} ended with {process.returncode}:\n{last}")
    return Measured(wall_s, first_s, usage.ru_maxrss * _MB)


def run_to_prompt(command: Sequence[str]) -> Measured:
    """Run ``command`` in a terminal until it shows a prompt, and end it then.

    Raises:
        RuntimeError: if no prompt comes.
    """
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if not pid:
        os.execve(command[0], list(command), {**_environment(), "TERM": "xterm-256color"})
    seen = b""
    wall_s = None
    while time.perf_counter() - started < _PATIENCE_S and wall_s is None:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            seen += os.read(terminal, _BLOCK)
        except OSError:  # it has ended
            break
        if b">" in seen.partition(_READING)[2]:
            wall_s = time.perf_counter() - started
    os.kill(pid, signal.SIGKILL)
    _, _, usage = os.wait4(pid, 0)
    os.close(terminal)
    if wall_s is None:
        raise RuntimeError(f"no prompt came: {seen[-2000:]!r}")
    return Measured(wall_s, None, usage.ru_maxrss * _MB)


def steps(arguments: Sequence[str], record: Path) -> dict[str, float]:
    """Seconds of every step of ``rag ARGUMENTS``; ``record`` is where it may write them."""
    started = time.monotonic()
    run([sys.executable, "-c", _WATCHED, str(record), *arguments])
    ended = time.monotonic()
    found = literal_eval(record.read_text("utf-8"))
    return {
        "interpreter": found["began"] - started,
        **found["steps"],
        "exit": ended - found["ended"],
    }


def imports(arguments: Sequence[str]) -> dict[str, float]:
    """Milliseconds that the modules of every package took to import, the slowest first; submodules
    count for their package, and what a module imports for that one."""
    command = program(*arguments)
    done = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]], capture_output=True, env=_environment()
    )
    found: dict[str, float] = {}
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        head, *cells = line.split("|")
        own = head.removeprefix("import time:").strip()
        if own.isdigit() and len(cells) == 2:
            package = cells[1].strip().partition(".")[0]
            found[package] = found.get(package, 0.0) + int(own) / 1000
    return dict(sorted(found.items(), key=lambda item: -item[1]))
