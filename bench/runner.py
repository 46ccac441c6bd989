"""Runs the measurements one after the other and says how far it is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import machine
from bench.plan import Bench, Inputs

_ROOT = Path(__file__).parents[1]
_LAST_LINES = 12


def run_all(benches: Sequence[Bench], inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Run every one of ``benches`` that has what it needs; what became of each, by name.

    ``KeyboardInterrupt`` ends the run, not the report: what has been measured stays.
    """
    outcomes: dict[str, dict[str, Any]] = {}
    total = sum(bench.minutes for bench in benches)
    if not inputs.quick:
        say(f"{len(benches)} measurements, about {total:.0f} minutes; leave the machine alone")
    for number, bench in enumerate(benches, 1):
        head = f"[{number}/{len(benches)}] {bench.name}: {bench.about}"
        if lack := bench.missing(inputs):
            say(f"{head}\n      SKIPPED, it needs {lack}")
            outcomes[bench.name] = {"status": "skipped", "needs": lack, **machine.now()}
            continue
        try:
            outcomes[bench.name] = _run(bench, inputs, head)
        except KeyboardInterrupt:
            say(f"\n{head}\n      interrupted")
            break
    return outcomes


def say(text: str) -> None:
    """Progress goes to stderr."""
    print(text, file=sys.stderr, flush=True)


def _run(bench: Bench, inputs: Inputs, head: str) -> dict[str, Any]:
    at = machine.now()
    log = inputs.cache / "logs" / f"{bench.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            bench.command(inputs), cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        try:
            _wait(process, head, started)
        except BaseException:
            process.kill()
            process.wait()
            raise
    seconds = time.monotonic() - started
    if process.returncode:
        last = "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])
        say(f"      FAILED with {process.returncode} after {seconds:.0f} s ({log}):\n{last}")
        return {"status": "failed", "seconds": seconds, **at}
    say(f"      done in {seconds:.0f} s")
    return {"status": "done", "seconds": seconds, **at}


def _wait(process: subprocess.Popen[bytes], head: str, started: float) -> None:
    """Wait for ``process``; on a terminal the seconds run."""
    if not sys.stderr.isatty():
        say(head)
        process.wait()
        return
    while True:
        try:
            process.wait(timeout=1.0)
            break
        except subprocess.TimeoutExpired:
            shown = f"{head}  {time.monotonic() - started:.0f} s"
            print(f"\r\x1b[2K{shown[: _width()]}", end="", file=sys.stderr, flush=True)
    print(f"\r\x1b[2K{head}", file=sys.stderr, flush=True)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns - 1
