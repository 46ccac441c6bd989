"""A fault at any change of any file leaves the old state or the new one, never a third.

The whole enumeration, every call and every fault, is ``python -m bench.kill --faults``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import faults
from tests.support.disk_log import spread, telling_points
from tests.support.fault_trials import World, make_world, trials
from tests.support.faults import Fault, Forks

pytestmark = pytest.mark.skipif(bool(faults.unavailable()), reason=faults.unavailable())


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    yield from faults.forks("tests.support.index_jobs", tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def update(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(forks, tmp_path_factory.mktemp("update"), grown=True)


@pytest.fixture(scope="module")
def first_build(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(forks, tmp_path_factory.mktemp("first"), first=True)


@pytest.fixture(scope="module")
def rebuild(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(forks, tmp_path_factory.mktemp("rebuild"), rebuild=True)


def test_the_two_states_differ_and_both_can_be_searched(update: World, first_build: World) -> None:
    assert update.old != update.new
    assert update.new["documents"] == first_build.new["documents"]
    assert update.new["index_id"] == first_build.new["index_id"]
    assert all(update.new["near"])
    assert all(update.new["by_words"])


def test_a_run_killed_at_any_change_leaves_the_old_or_the_new_state(update: World) -> None:
    # Of the calls that are alike some: bench/kill.py takes every one.
    assert trials(update, Fault.KILL, telling_points(update.changes)) == []


def test_a_disk_that_fills_at_any_change_leaves_the_old_or_the_new_state(update: World) -> None:
    assert trials(update, Fault.FULL, spread(telling_points(update.changes), 16)) == []


@pytest.mark.parametrize("fault", [Fault.TORN, Fault.EIO_ONCE, Fault.READ_ONLY])
def test_another_fault_leaves_the_old_or_the_new_state(update: World, fault: Fault) -> None:
    assert trials(update, fault, spread(telling_points(update.changes), 5)) == []


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
def test_a_first_build_that_fails_leaves_no_index_or_all_of_it(
    first_build: World, fault: Fault
) -> None:
    assert trials(first_build, fault, spread(telling_points(first_build.changes), 8)) == []


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.TORN, Fault.FULL])
def test_a_rebuild_that_fails_leaves_the_old_index_or_the_new_one(
    rebuild: World, fault: Fault
) -> None:
    points = telling_points(rebuild.changes)
    swap = [n for n in points if _swaps(rebuild, n)]
    assert swap
    assert trials(rebuild, fault, sorted({*spread(points, 5), *swap})) == []


def _swaps(world: World, number: int) -> bool:
    """Whether the call moves or removes a file of the store."""
    change = world.changes[number - 1]
    return change.path.startswith("index.sqlite3") and change.kind.name in ("RENAME", "REMOVE")
