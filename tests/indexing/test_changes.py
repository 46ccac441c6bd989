"""Whether an index is still in line with its folder is seen from sizes and times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from index_builders import Sync, write

from rag.errors import CorpusIndexError, InputError
from rag.indexing.changes import is_stale, recorded_roots, trusted_mtime_ns


def test_no_index_is_stale(articles: Path, index_dir: Path) -> None:
    assert is_stale(index_dir, [articles])


def test_an_index_just_made_is_not_stale(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    assert not is_stale(index_dir, [articles])


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write(folder, "new.txt", "New words.\n"),
        lambda folder: write(folder, "ships.txt", "Other words.\n", age_s=50),
        lambda folder: (folder / "ships.txt").unlink(),
        lambda folder: (folder / "ships.txt").rename(folder / "boats.txt"),
    ],
    ids=["new", "changed", "gone", "moved"],
)
def test_a_change_of_the_folder_makes_it_stale(
    run: Sync, articles: Path, index_dir: Path, change: Callable[[Path], object]
) -> None:
    run()
    change(articles)
    assert is_stale(index_dir, [articles])
    run()
    assert not is_stale(index_dir, [articles])


def test_other_folders_make_it_stale(
    run: Sync, articles: Path, index_dir: Path, tmp_path: Path
) -> None:
    run()
    more = tmp_path / "more"
    write(more, "x.txt", "Some words.\n")
    assert is_stale(index_dir, [articles, more])
    run(articles, more)
    assert not is_stale(index_dir, [articles, more])


def test_a_missing_folder_is_an_error(run: Sync, index_dir: Path, tmp_path: Path) -> None:
    run()
    with pytest.raises(InputError, match="nowhere"):
        is_stale(index_dir, [tmp_path / "nowhere"])


def test_a_damaged_index_is_an_error(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    (index_dir / "index.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(CorpusIndexError, match="damaged"):
        is_stale(index_dir, [articles])


def test_the_time_of_a_file_is_trusted_once_it_is_two_seconds_old() -> None:
    second = 1_000_000_000
    assert trusted_mtime_ns(10 * second, 13 * second) == 10 * second
    assert trusted_mtime_ns(12 * second, 13 * second) == -1
    assert trusted_mtime_ns(20 * second, 13 * second) == -1


def test_the_folders_that_were_indexed_are_known(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    assert recorded_roots(index_dir) == []
    run(articles / "deep" / "..")
    assert recorded_roots(index_dir) == [articles]
    (index_dir / "index.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(CorpusIndexError, match="damaged"):
        recorded_roots(index_dir)
