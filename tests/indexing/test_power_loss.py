"""Power lost at any moment leaves the old state or the new one, on the worst disk POSIX allows.

tests/support/disk.py says what is simulated. Every moment: ``python -m bench.kill --power``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import faults
from tests.support.disk import Disk, Survivor
from tests.support.disk_log import Change, Kind, spread
from tests.support.fault_trials import blackouts, make_world
from tests.support.faults import Forks

pytestmark = pytest.mark.skipif(bool(faults.unavailable()), reason=faults.unavailable())


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    yield from faults.forks("tests.support.index_jobs", tmp_path_factory.mktemp("faults"))


def test_power_lost_around_a_sync_leaves_the_old_or_the_new_state(
    forks: Forks, tmp_path: Path
) -> None:
    world = make_world(forks, tmp_path, grown=True)
    complaints, n_disks = blackouts(world, spread(world.syncs, 12))
    assert complaints == []
    assert n_disks > 10


def test_what_a_finished_run_published_outlasts_a_power_loss(forks: Forks, tmp_path: Path) -> None:
    world = make_world(forks, tmp_path, grown=True)
    disk = Disk(world.start)
    for change in world.changes:
        disk.apply(change)
    for survivor in Survivor:
        found = tmp_path / survivor
        disk.write(found, survivor)
        assert forks.run("look", index=str(found)).value == world.new


@pytest.mark.parametrize("kind", ["first", "rebuild"])
def test_power_lost_in_a_build_leaves_all_or_nothing_of_it(
    forks: Forks, tmp_path: Path, kind: str
) -> None:
    world = make_world(forks, tmp_path, **{kind: True})
    complaints, _ = blackouts(world, spread(world.syncs, 6))
    assert complaints == []


def test_the_simulated_disk_keeps_what_was_synced_and_forgets_the_rest(tmp_path: Path) -> None:
    def change(kind: Kind, path: str, path2: str = "", *, at: int = 0, data: bytes = b"") -> Change:
        return Change(kind, {"a": 1, "b": 2}.get(path, 0), at, path, path2, data)

    steps = [
        change(Kind.MAKE, "a"),
        change(Kind.DATA, "a", data=b"synced"),
        change(Kind.SYNC, "a"),
        change(Kind.SYNC, ""),
        change(Kind.DATA, "a", at=6, data=b" and not"),
        change(Kind.MAKE, "b"),
        change(Kind.RENAME, "a", "c"),
    ]
    disk = Disk(tmp_path / "missing")
    for step in steps:
        disk.apply(step)
    found = {s: _files(disk, s, tmp_path / s) for s in Survivor}
    assert found[Survivor.NOTHING] == {"a": b"synced"}
    assert found[Survivor.NAMES] == {"b": b"", "c": b"synced"}
    assert found[Survivor.DATA] == {"a": b"synced and not"}


def _files(disk: Disk, survivor: Survivor, folder: Path) -> dict[str, bytes]:
    disk.write(folder, survivor)
    return {path.name: path.read_bytes() for path in folder.iterdir()}
