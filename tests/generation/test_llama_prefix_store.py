"""Kept states: private, checked, bounded, and never a reason to fail."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.generation.llama.prefix_store import PrefixStore, default_folder, state_key

IDS = [5, 6, 7]
KEY = state_key({"model": "a"}, IDS)
STATE = bytes(range(256)) * 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "states"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def store(folder: Path, said: list[str]) -> PrefixStore:
    return PrefixStore(folder, max_bytes=10_000, detail=said.append)


def key(number: int) -> str:
    return state_key({"model": number}, IDS)


def test_a_state_comes_back_as_it_was_kept(store: PrefixStore) -> None:
    assert store.load(KEY, IDS) is None
    assert store.save(KEY, IDS, STATE)
    assert store.load(KEY, IDS) == STATE


def test_everything_a_state_depends_on_changes_its_key() -> None:
    facts = {"model": "a", "build": "0.3.36", "kv_type": "f16", "flash_attention": True}
    keys = {state_key(facts, IDS), state_key(facts, [5, 6, 8]), state_key(facts, [5, 6])}
    for name in facts:
        keys.add(state_key({**facts, name: "other"}, IDS))
    assert len(keys) == 3 + len(facts)


def test_folder_and_files_are_the_users_alone(store: PrefixStore, folder: Path) -> None:
    store.save(KEY, IDS, STATE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_to_is_not_used(
    store: PrefixStore, folder: Path, said: list[str], mode: int
) -> None:
    store.save(KEY, IDS, STATE)
    folder.chmod(mode)
    assert store.load(KEY, IDS) is None
    assert not store.save(key(2), IDS, STATE)
    assert said == [f"{folder} is not used: others may write to it"] * 2


def test_a_file_that_others_may_write_to_is_not_used(store: PrefixStore, folder: Path) -> None:
    store.save(KEY, IDS, STATE)
    next(folder.iterdir()).chmod(0o666)
    assert store.load(KEY, IDS) is None


def test_a_link_is_neither_a_folder_nor_a_state(
    store: PrefixStore, folder: Path, tmp_path: Path
) -> None:
    store.save(KEY, IDS, STATE)
    path = next(folder.iterdir())
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert store.load(KEY, IDS) is None
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert not PrefixStore(link, max_bytes=10_000).save(KEY, IDS, STATE)


@pytest.mark.parametrize("at", [0, 25, 60, 90, -1])
def test_a_flipped_bit_anywhere_is_noticed_and_the_file_removed(
    store: PrefixStore, folder: Path, said: list[str], at: int
) -> None:
    store.save(KEY, IDS, STATE)
    path = next(folder.iterdir())
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)
    assert store.load(KEY, IDS) is None
    assert not path.exists()
    assert said == ["the kept state of the rules is damaged: it is computed again"]


@pytest.mark.parametrize("n_bytes", [0, 10, 51, 100, 900])
def test_a_truncated_file_is_noticed(store: PrefixStore, folder: Path, n_bytes: int) -> None:
    store.save(KEY, IDS, STATE)
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert store.load(KEY, IDS) is None


def test_a_state_under_the_name_of_another_is_not_used(store: PrefixStore, folder: Path) -> None:
    store.save(KEY, IDS, STATE)
    next(folder.iterdir()).rename(folder / f"{key(2)}.state")
    assert store.load(key(2), IDS) is None


def test_the_least_recently_used_is_removed_first(store: PrefixStore, folder: Path) -> None:
    for number in range(4):
        store.save(key(number), IDS, bytes(3000))
        os.utime(folder / f"{key(number)}.state", (number, number))
        store.load(key(0), IDS)  # used last, again and again
    kept = [number for number in range(4) if store.load(key(number), IDS)]
    assert kept == [0, 2, 3]


def test_what_is_larger_than_the_bound_is_not_kept(store: PrefixStore, folder: Path) -> None:
    assert not store.save(KEY, IDS, bytes(20_000))
    assert not folder.exists()


def test_drafts_that_a_crash_left_are_removed(store: PrefixStore, folder: Path) -> None:
    store.save(KEY, IDS, STATE)
    (old := folder / "x.draft").write_bytes(STATE)
    (new := folder / "y.draft").write_bytes(STATE)
    os.utime(old, (1, 1))
    store.save(key(2), IDS, STATE)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_made_costs_nothing_but_a_line(
    tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    store = PrefixStore(tmp_path / "file" / "states", max_bytes=10_000, detail=said.append)
    assert not store.save(KEY, IDS, STATE)
    assert store.load(KEY, IDS) is None
    assert len(said) == 1
    assert said[0].startswith("the state of the rules cannot be kept: ")


def test_writers_of_one_key_never_show_a_half_written_state(folder: Path) -> None:
    said: list[str] = []

    def work(number: int) -> list[bool]:
        store = PrefixStore(folder, max_bytes=10_000, detail=said.append)
        store.save(KEY, IDS, STATE)
        return [store.save(KEY, IDS, STATE) and store.load(KEY, IDS) == STATE for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        results = [ok for done in pool.map(work, range(4)) for ok in done]
    assert all(results)
    assert said == []
    assert [path.suffix for path in folder.iterdir()] == [".state"]


def test_states_are_kept_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "rag" / "prefix-states"


def test_the_store_may_be_deleted_at_any_time(store: PrefixStore, folder: Path) -> None:
    store.save(KEY, IDS, STATE)
    next(folder.iterdir()).unlink()
    folder.rmdir()
    assert store.load(KEY, IDS) is None
    assert store.save(KEY, IDS, STATE)
