"""Folders are followed while files change in another thread; waits are for events, not for time."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from index_builders import write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import InputError
from rag.indexing.notifying import has_silent, is_silent, kind_of, mounted
from rag.indexing.sync import SyncReport, sync
from rag.indexing.watch import Pace, changes
from rag.ingest.ignore import Patterns

QUICK = Pace(settle_ms=50, tick_ms=50, poll_ms=100)
PATIENCE_S = 30.0
Batch = tuple[str, ...]


class Follower:
    """Batches as they come from the folders that another thread follows."""

    def __init__(self, batches: queue.Queue[Batch | Exception]) -> None:
        self._batches = batches

    def next(self) -> Batch:
        batch = self._batches.get(timeout=PATIENCE_S)
        if isinstance(batch, Exception):
            raise batch
        return batch

    def until(self, *paths: Path) -> set[str]:
        """All that is told until every one of ``paths`` was."""
        told: set[str] = set()
        while not {str(path) for path in paths} <= told:
            told.update(self.next())
        return told

    def until_all(self) -> None:
        """Wait until everything is to be looked at."""
        while self.next():
            pass


@contextmanager
def following(*roots: Path, index: Path | None = None, **options: object) -> Iterator[Follower]:
    """Follow ``roots`` in a thread, from the first batch, which comes when they are watched."""
    stop, batches = threading.Event(), queue.Queue[Batch | Exception]()
    index_dir = index or roots[0].parent / "no index"

    def follow() -> None:
        try:
            settings = {"pace": QUICK, "stop": stop, **options}
            for batch in changes(roots, index_dir, **settings):  # type: ignore[arg-type]
                batches.put(batch)
        except Exception as exc:
            batches.put(exc)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        follower = Follower(batches)
        assert follower.next() == ()
        yield follower
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.fixture(params=[None, True], ids=["listening", "polling"])
def polling(request: pytest.FixtureRequest) -> bool | None:
    return request.param  # type: ignore[no-any-return]


def test_what_is_edited_renamed_and_deleted_is_told(articles: Path, polling: bool | None) -> None:
    with following(articles, force_polling=polling) as follower:
        write(articles, "new.txt", "New words.\n")
        follower.until(articles / "new.txt")
        write(articles, "cats.md", "Other words about cats.\n", age_s=0)
        follower.until(articles / "cats.md")
        (articles / "ships.txt").rename(articles / "boats.txt")
        follower.until(articles / "ships.txt", articles / "boats.txt")
        (articles / "boats.txt").unlink()
        follower.until(articles / "boats.txt")


def test_folders_that_come_and_go_are_told(articles: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/x.txt", "Some words.\n")
    with following(articles) as follower:
        (tmp_path / "outside").rename(articles / "inside")
        follower.until(articles / "inside")
        write(articles, "inside/y.txt", "More words.\n")
        follower.until(articles / "inside" / "y.txt")
        (articles / "inside").rename(tmp_path / "outside")
        follower.until(articles / "inside")


def test_an_editor_that_saves_by_renaming_is_understood(articles: Path) -> None:
    with following(articles, pace=Pace(settle_ms=1_000, tick_ms=50)) as follower:
        write(articles, ".cats.md.swp", "Cats.\n")
        write(articles, "cats.md~", "Cats and mice.\n")
        os.replace(articles / "cats.md~", articles / "cats.md")
        assert follower.until(articles / "cats.md") == {str(articles / "cats.md")}


def test_what_no_sync_would_look_at_is_not_told(articles: Path, tmp_path: Path) -> None:
    write(articles, "drafts/.ragignore", "*.md\n")
    write(articles, ".ragignore", "old/\n")
    write(articles, "old/a.txt", "Old words.\n")
    write(articles, ".hidden/a.txt", "Hidden words.\n")
    (articles / "index").mkdir()
    patterns = Patterns(ignore=("*.log.txt",))
    with following(articles, index=articles / "index", patterns=patterns) as follower:
        for name in ("index/a.txt", "old/b.txt", ".hidden/b.txt", ".c.txt", "drafts/d.md", "e.exe"):
            write(articles, name, "Words.\n")
        write(articles, "f.log.txt", "Words.\n")
        write(articles, "drafts/last.txt", "Words.\n")
        told = follower.until(articles / "drafts" / "last.txt")
    assert told == {str(articles / "drafts" / "last.txt")}


def test_the_index_is_known_behind_a_link(articles: Path, tmp_path: Path) -> None:
    (articles / "index").mkdir()
    (tmp_path / "link").symlink_to(articles, target_is_directory=True)
    with following(tmp_path / "link", index=articles / "index") as follower:
        write(articles, "index/a.txt", "Words.\n")
        write(articles, "z.txt", "Words.\n")
        assert follower.until(tmp_path / "link" / "z.txt") == {str(tmp_path / "link" / "z.txt")}


def test_an_ignore_file_that_changes_is_told(articles: Path) -> None:
    with following(articles, patterns=Patterns(gitignore=True)) as follower:
        write(articles, "deep/.ragignore", "dogs.txt\n")
        follower.until(articles / "deep" / ".ragignore")
        write(articles, ".gitignore", "cats.md\n")
        follower.until(articles / ".gitignore")


def test_a_root_that_is_deleted_and_made_again_is_followed(articles: Path) -> None:
    with following(articles) as follower:
        shutil.rmtree(articles)
        follower.until_all()
        write(articles, "a.txt", "Words.\n")
        follower.until_all()
        write(articles, "b.txt", "Words.\n")
        follower.until(articles / "b.txt")


def test_a_root_made_again_at_once_with_the_number_of_the_old_one_is_followed(
    articles: Path,
) -> None:
    with following(articles, pace=Pace(settle_ms=300, tick_ms=300)) as follower:
        number = articles.stat().st_ino
        for _ in range(50):
            shutil.rmtree(articles)
            articles.mkdir()
            if articles.stat().st_ino == number:
                break
        follower.until_all()
        write(articles, "b.txt", "Words.\n")
        follower.until(articles / "b.txt")


def test_a_root_that_is_replaced_in_one_step_is_followed(articles: Path, tmp_path: Path) -> None:
    write(tmp_path, "other/a.txt", "Words.\n")
    with following(articles) as follower:
        articles.rename(tmp_path / "old")
        (tmp_path / "other").rename(articles)
        follower.until_all()
        write(articles, "b.txt", "Words.\n")
        follower.until(articles / "b.txt")


def test_a_root_that_comes_later_is_followed(articles: Path, tmp_path: Path) -> None:
    with following(tmp_path / "later") as follower:
        write(tmp_path, "later/a.txt", "Words.\n")
        follower.until_all()
        write(tmp_path, "later/b.txt", "Words.\n")
        follower.until(tmp_path / "later" / "b.txt")


def test_a_file_that_is_a_root_is_followed_through_renames(tmp_path: Path) -> None:
    root = write(tmp_path, "a.txt", "Words.\n")
    with following(root) as follower:
        for round_ in range(2):
            write(tmp_path, "a.txt.new", f"Words, {round_} of them.\n")
            os.replace(tmp_path / "a.txt.new", root)
            assert follower.until(root) == {str(root)}
        root.unlink()
        follower.until(root)


def test_a_burst_of_ten_thousand_files_comes_in_few_batches(tmp_path: Path) -> None:
    root = tmp_path / "articles"
    root.mkdir()
    with following(root, pace=Pace(settle_ms=500, tick_ms=50)) as follower:
        for number in range(10_000):
            (root / f"{number}.txt").touch()
        write(root, "last.txt", "Words.\n")
        n_batches, told = 0, set[str]()
        while str(root / "last.txt") not in told:
            told.update(follower.next())
            n_batches += 1
    assert n_batches < 20


def test_everything_is_looked_at_after_a_long_silence(articles: Path) -> None:
    pace = Pace(settle_ms=50, tick_ms=50, look_again_s=0.2)
    with following(articles, pace=pace) as follower:
        assert follower.next() == ()


def test_a_system_that_cannot_notify_is_polled(
    articles: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Patched: using up what the system allows would disturb others."""
    import watchfiles

    watch, asked = watchfiles.watch, []

    def limited(*paths: str, force_polling: bool | None, **options: object) -> object:
        asked.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached.")
        return watch(*paths, force_polling=True, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(watchfiles, "watch", limited)
    with following(articles) as follower:
        write(articles, "a.txt", "Words.\n")
        follower.until(articles / "a.txt")
    assert asked == [None, True]
    assert "limit reached" in caplog.text


def test_folders_that_cannot_be_watched_at_all_are_an_error(
    articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    def broken(*paths: str, **options: object) -> object:
        raise OSError("no such luck")

    monkeypatch.setattr(watchfiles, "watch", broken)
    with pytest.raises(InputError, match="cannot be watched: no such luck"):
        next(changes([articles], articles / "index", force_polling=True, pace=QUICK))


def test_syncing_at_each_batch_ends_in_line_with_the_folder(
    articles: Path, embedder: HashingEmbedder
) -> None:
    """The index lies inside the folder that is followed."""
    index = articles / "index"
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=128, max_tokens=128)

    def edit() -> None:
        write(articles, "new.txt", "New words about ships.\n")
        (articles / "cats.md").rename(articles / "lions.md")
        (articles / "ships.txt").unlink()

    def update() -> SyncReport:
        return sync(index, [articles], embedder=embedder, chunker=chunker)

    editor = threading.Thread(target=edit)
    reports: list[SyncReport] = []
    for _ in changes([articles], index, pace=QUICK):
        reports.append(update())
        if len(reports) == 1:
            editor.start()
        if any(report.added for report in reports[1:]) and any(r.removed for r in reports):
            break
    editor.join()
    assert update().unchanged == 3
    assert sum(report.n_embedded for report in reports) == reports[0].n_embedded + 1


def test_writing_the_index_inside_the_folder_starts_no_sync(
    articles: Path, embedder: HashingEmbedder
) -> None:
    index = articles / "index"
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=128, max_tokens=128)
    with following(articles, index=index) as follower:
        sync(index, [articles], embedder=embedder, chunker=chunker)
        write(articles, "new.txt", "New words.\n")
        told = follower.until(articles / "new.txt")
    assert told <= {str(articles / "new.txt"), str(index)}


def test_ctrl_c_ends_it(articles: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom rag.indexing.watch import changes\n"
        f"for batch in changes([Path({str(articles)!r})], Path('nothing')):\n"
        "    print('watching', flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "watching\n"
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=PATIENCE_S)
    assert errors.rstrip().endswith("KeyboardInterrupt")


def test_network_file_systems_are_told_from_others() -> None:
    table = (
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "30 22 0:40 / /mnt/my\\040notes rw shared:2 - nfs4 host:/notes rw\n"
        "31 22 0:41 / /home/me/remote rw - fuse.sshfs me@host: rw\n"
        "32 22 8:2 / /mnt rw - xfs /dev/sdb1 rw\n"
        "not a line of the table\n"
    )
    kinds = mounted(table)
    assert kind_of("/mnt/my notes/a/b", kinds) == "nfs4"
    assert kind_of("/home/me/remote", kinds) == "fuse.sshfs"
    assert kind_of("/mnt/other", kinds) == "xfs"
    assert kind_of("/home/me", kinds) == "ext4"
    assert [is_silent(kind) for kind in ("nfs4", "fuse.sshfs", "ext4", "fuseblk", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_local_folder_is_listened_to(tmp_path: Path) -> None:
    assert has_silent([str(tmp_path)]) is False
