"""``kill -9`` at moments nobody chose, readers meanwhile, two writers, a disk that is really full.

The long run, with the real program: ``python -m bench.kill --n 200``.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support import faults
from tests.support.disk_log import Kind, spread
from tests.support.fault_trials import World, make_world
from tests.support.faults import Fault, Forks

pytestmark = pytest.mark.skipif(bool(faults.unavailable()), reason=faults.unavailable())
_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faults.compiled(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def forks(library: Path) -> Iterator[Forks]:
    yield from faults.forks("tests.support.index_jobs", library.parent)


@pytest.fixture
def world(forks: Forks, tmp_path: Path) -> World:
    return make_world(forks, tmp_path, grown=True)


def test_a_run_killed_at_a_random_moment_leaves_the_old_or_the_new_state(world: World) -> None:
    started = time.monotonic()
    world.disturbed(Fault.RECORD, 0)
    whole_s = time.monotonic() - started
    chance = random.Random(5)
    n_killed = n_tries = 0
    while n_killed < 5:
        outcome = world.killed_after(chance.random() * whole_s)
        assert world.complaints(outcome) == []
        n_killed += outcome.killed
        n_tries += 1
        assert n_tries < 50


def test_a_reader_sees_the_old_or_the_new_state_at_each_step_of_a_run(world: World) -> None:
    # Not where the writer holds SQLite's locks on the log itself: a reader waits for those.
    steps = [n for n, c in enumerate(world.changes, 1) if c.kind in (Kind.SYNC, Kind.RENAME)]
    seen = [world.looked_at(at) for at in spread(steps, 12)]
    n_old = seen.count(world.old)
    assert 0 < n_old < len(seen)
    assert seen == [world.old] * n_old + [world.new] * (len(seen) - n_old)


def test_two_runs_at_once_leave_the_new_state_and_pay_once(
    world: World, library: Path, tmp_path: Path
) -> None:
    other = Forks("tests.support.index_jobs", library)
    world.reset()
    try:
        with ThreadPoolExecutor(2) as pool:
            both = pool.map(lambda f: f.run("bring_up_to_date", **world.run), (world.forks, other))
            outcomes = list(both)
    finally:
        other.close()
    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert world.forks.run("look", index=str(world.index)).value == world.new
    assert min(outcome.value["n_embedded"] for outcome in outcomes) == 0


@contextmanager
def _small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
def test_on_a_disk_that_is_really_full_the_old_state_stays(world: World, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with _small_disk(disk, 1 << 20):
        index = disk / "index"
        shutil.copytree(world.start, index)
        (disk / "ballast").write_bytes(bytes(_free_bytes(disk) - 60_000))
        run = {**world.run, "index": str(index)}
        outcome = world.forks.run("bring_up_to_date", **run)
        assert outcome.error.startswith("CorpusIndexError: ")
        assert "full" in outcome.error or "space" in outcome.error
        assert world.forks.run("look", index=str(index)).value == world.old
        (disk / "ballast").unlink()
        assert world.forks.run("bring_up_to_date", **run).error == ""
        assert world.forks.run("look", index=str(index)).value == world.new


def _free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def test_the_program_itself_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    articles, index = tmp_path / "articles", tmp_path / "index"
    articles.mkdir()
    for number in range(60):
        sentences = (f"Ship {number} sails on day {day}." for day in range(30))
        (articles / f"{number}.txt").write_text(" ".join(sentences) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "rag", "index", str(articles), "--index", str(index)]
    environment = {**os.environ, "RAG_CONFIG": os.devnull}
    process = subprocess.Popen([*command, "-q"], cwd=_ROOT, env=environment)
    try:
        n_paid = _wait_until_something_is_embedded(index / "index.sqlite3", process)
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    done = subprocess.run(
        [*command, "--json"], cwd=_ROOT, env=environment, capture_output=True, text=True, check=True
    )
    report = json.loads(done.stdout)
    assert report["n_documents"] == 60
    assert 0 < report["n_embedded"] <= report["n_chunks"] - n_paid


def _wait_until_something_is_embedded(store: Path, process: subprocess.Popen[bytes]) -> int:
    """How many vectors are kept, as soon as there are any."""
    deadline = time.monotonic() + 120
    while not (n_vectors := _n_vectors(store)):
        assert process.poll() is None, "it ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return n_vectors


def _n_vectors(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
            return int(count)
    except sqlite3.OperationalError:  # there is none yet
        return 0
