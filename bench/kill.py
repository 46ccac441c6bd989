"""Faults in an index at every call that changes a file: ``python -m bench.kill``.

What the tests of ``tests/indexing`` do for a few calls, this does for all: each fault at each call
of an update, a first build and a rebuild (``--faults``), power lost after each call (``--power``),
and ``kill -9`` at random moments with a reader asking meanwhile (``--n``). It prints what it found
wrong and exits with 1 if that is anything.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.support import faults
from tests.support.fault_trials import World, blackouts, make_world, trials
from tests.support.faults import Fault, Forks

JOBS = "tests.support.index_jobs"
WORLDS: dict[str, dict[str, bool]] = {
    "update": {"grown": True},
    "update of a small index": {},
    "first build": {"first": True},
    "rebuild": {"rebuild": True},
}
SPOILING = (Fault.KILL, Fault.TORN, Fault.FULL, Fault.EIO_ONCE, Fault.READ_ONLY)


def main() -> int:
    """Run what is asked for; 1 if anything was wrong."""
    options = _options()
    if why := faults.unavailable():
        sys.exit(why)
    n_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = faults.compiled(folder)
        forks, reader = Forks(JOBS, library), Forks(JOBS, library)
        for number, (title, how) in enumerate(WORLDS.items()):
            (folder / str(number)).mkdir()
            world = make_world(forks, folder / str(number), **how)
            print(f"{title}: {len(world.changes)} calls change files")
            if options.faults:
                n_wrong += _faults(world)
            if options.power:
                n_wrong += _power(world)
            if options.n:
                n_wrong += _kills(world, reader, options.n)
        forks.close()
        reader.close()
    return 1 if n_wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", action="store_true", help="every fault at every call")
    parser.add_argument("--power", action="store_true", help="power lost after every call")
    parser.add_argument("--n", type=int, default=0, help="kills at random moments, of each kind")
    options = parser.parse_args()
    if not (options.faults or options.power or options.n):
        parser.error("say --faults, --power or --n")
    return options


def _faults(world: World) -> int:
    n_wrong = 0
    for fault in SPOILING:
        n_wrong += _told(f"{fault.name} at each", trials(world, fault, range(1, _end(world))))
    return n_wrong


def _power(world: World) -> int:
    wrong, n_disks = blackouts(world, range(1, _end(world)))
    return _told(f"power lost after each ({n_disks} different disks)", wrong)


def _end(world: World) -> int:
    return len(world.changes) + 1


def _kills(world: World, reader: Forks, n: int) -> int:
    started = time.monotonic()
    world.disturbed(Fault.RECORD, 0)
    whole_s = time.monotonic() - started
    chance, wrong, n_killed, n_looks = random.Random(1), [], 0, 0
    for _ in range(n):
        world.reset()
        watch = _Watch(reader, world)
        delay_s = chance.random() * whole_s
        outcome = world.forks.run("bring_up_to_date", kill_after_s=delay_s, **world.run)
        n_killed += outcome.killed
        wrong += watch.stop()
        n_looks += watch.n_looks
        wrong += world.complaints(outcome)
    return _told(f"{n_killed} of {n} runs killed, {n_looks} looks meanwhile", wrong)


class _Watch:
    """A reader that opens the index again and again."""

    def __init__(self, reader: Forks, world: World) -> None:
        self.n_looks = 0
        self._reader, self._world = reader, world
        self._strange: list[Any] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> list[str]:
        """What was seen that is neither the old state nor the new."""
        self._over.set()
        self._thread.join()
        return [f"a reader saw {state}" for state in self._strange]

    def _look(self) -> None:
        world = self._world
        while not self._over.is_set():
            seen = self._reader.run("look", index=str(world.index))
            self.n_looks += 1
            if seen.value not in (world.old, world.new):
                self._strange.append(seen)


def _told(what: str, wrong: list[str]) -> int:
    print(f"  {what}: {len(wrong)} wrong")
    for line in wrong[:20]:
        print(f"    {line[:400]}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
