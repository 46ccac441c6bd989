"""Folders made to hang, to blow up or to mislead a walk: each ends soon and says what it left."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from rag.ingest.folder import FoundFile, find_files
from rag.types import Skipped

N_MANY = 100_000


def write(folder: Path, *names: str, text: str = "Text.") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def ids(*roots: Path, apart_from: Path | None = None) -> list[str]:
    apart = [apart_from] if apart_from else []
    found = find_files(list(roots), apart_from=apart)
    return [item.document_id for item in found if isinstance(item, FoundFile)]


def reasons(root: Path) -> dict[str, str]:
    skipped = (item for item in find_files([root]) if isinstance(item, Skipped))
    return {os.path.basename(item.source): item.reason for item in skipped}


def test_links_that_double_at_every_step_are_followed_once(tmp_path: Path) -> None:
    """Forty steps with two ways each are more ways than a walk could ever go."""
    for step in range(40):
        folder = tmp_path / f"{step:02}"
        folder.mkdir()
        for way in "ab":
            (folder / way).symlink_to(tmp_path / f"{step + 1:02}", target_is_directory=True)
    write(tmp_path, "40/end.txt")
    assert len(ids(tmp_path)) == 1
    assert len(ids(tmp_path / "00")) == 1


def test_a_link_to_itself_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "b").symlink_to(tmp_path / "b")
    found = reasons(tmp_path)
    assert found["a.txt"].startswith("cannot be read: Too many levels")
    assert found["b"].startswith("unsupported format")


def test_sockets_and_devices_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "terminal.txt").symlink_to("/dev/tty")
    assert set(reasons(tmp_path).values()) == {"not a regular file"}
    assert len(reasons(tmp_path)) == 4


def test_a_file_without_permission_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patched, since root may read everything."""
    write(tmp_path, "a.txt", "b.txt")
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "a.txt" not in path and may(path, mode))
    assert ids(tmp_path) == ["b.txt"]
    assert reasons(tmp_path) == {"a.txt": "cannot be read: Permission denied"}


def test_a_folder_without_permission_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patched, since root may list everything."""
    write(tmp_path, "a/x.txt", "b/y.txt")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if os.fspath(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert ids(tmp_path) == ["b/y.txt"]
    assert reasons(tmp_path) == {"a": "cannot be listed: Permission denied"}


def test_files_that_vanish_during_the_walk_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.txt", "c/d.txt", "e.txt")
    walk = find_files([tmp_path])
    assert isinstance(next(walk), FoundFile)
    (tmp_path / "b.txt").unlink()
    (tmp_path / "c" / "d.txt").unlink()
    (tmp_path / "c").rmdir()
    assert [item.reason if isinstance(item, Skipped) else item.document_id for item in walk] == [
        "it has vanished",
        "cannot be listed: No such file or directory",
        "e.txt",
    ]


def test_a_tree_deeper_than_a_path_may_be_long_ends_there(tmp_path: Path) -> None:
    """Deeper than Python's stack, too."""
    name, depth = "dd", 1_500
    write(tmp_path, "dd/near.txt", "z.txt")
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(depth):
            if not os.path.isdir(f"/proc/self/fd/{here}/{name}"):
                os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    try:
        assert ids(tmp_path) == ["dd/near.txt", "z.txt"]
        assert list(reasons(tmp_path).values()) == ["cannot be listed: File name too long"]
    finally:  # pytest cannot remove it
        subprocess.run(["rm", "-rf", str(tmp_path / "dd")], check=True)


def test_a_root_inside_another_gives_each_file_once(tmp_path: Path) -> None:
    write(tmp_path, "a/b.txt", "c.txt")
    name = tmp_path.name
    assert ids(tmp_path, tmp_path / "a") == [f"{name}/a/b.txt", f"{name}/c.txt"]
    assert ids(tmp_path / "a", tmp_path) == ["a/b.txt", f"{name}/c.txt"]
    assert ids(tmp_path, tmp_path) == [f"{name}/a/b.txt", f"{name}/c.txt"]
    assert ids(tmp_path, tmp_path / "c.txt") == [f"{name}/a/b.txt", f"{name}/c.txt"]


def test_a_root_inside_another_is_taken_though_the_outer_one_leaves_it_out(tmp_path: Path) -> None:
    write(tmp_path, "private/b.txt", "c.txt")
    write(tmp_path, ".ragignore", text="b.txt\n")
    assert ids(tmp_path) == ["c.txt"]
    assert ids(tmp_path, tmp_path / "private") == [f"{tmp_path.name}/c.txt", "private/b.txt"]


def test_what_is_skipped_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "a/empty.txt", text="")
    walk = find_files([tmp_path, tmp_path / "a"])
    assert [item.reason for item in walk if isinstance(item, Skipped)] == ["empty file"]


def test_two_names_of_one_file_on_disk_are_two_articles(tmp_path: Path) -> None:
    """A hard link is a file like any other: which of the two is the copy, nobody can say."""
    write(tmp_path, "a.txt")
    os.link(tmp_path / "a.txt", tmp_path / "b.txt")
    assert ids(tmp_path) == ["a.txt", "b.txt"]


def test_names_that_differ_only_in_how_accents_are_stored_are_two_files(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "é.txt") for form in ("NFC", "NFD"))
    write(tmp_path, composed, apart)
    if len(os.listdir(tmp_path)) == 1:
        pytest.skip("this file system takes the two for one name")
    assert sorted(ids(tmp_path)) == sorted([composed, apart])


def test_a_name_that_is_shown_like_another_does_not_take_its_place(tmp_path: Path) -> None:
    write(tmp_path, "a\nb.txt", "a␊b.txt")
    assert ids(tmp_path) == ["a␊b.txt"]
    assert "shown like" in reasons(tmp_path)["a␊b.txt"]


def test_the_folder_of_the_index_is_not_entered_by_any_way(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "index/b.txt", "index/c/d.txt")
    (tmp_path / "link").symlink_to(tmp_path / "index", target_is_directory=True)
    assert ids(tmp_path, apart_from=tmp_path / "index") == ["a.txt"]
    assert ids(tmp_path, apart_from=tmp_path / "nothing") == [
        "a.txt",
        "index/b.txt",
        "index/c/d.txt",
    ]


def test_a_folder_with_the_marker_of_an_index_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "other/index.sqlite3", "other/lexical/meta.json", "index.sqlite3")
    found = list(find_files([tmp_path], marker="index.sqlite3"))
    assert [item.document_id for item in found if isinstance(item, FoundFile)] == ["a.txt"]
    assert len(found) == 2


def test_articles_may_lie_beside_the_files_of_an_index(tmp_path: Path) -> None:
    write(tmp_path, "notes/a.txt")
    assert ids(tmp_path / "notes", apart_from=tmp_path) == ["a.txt"]


def test_a_hundred_thousand_empty_files_are_listed_one_by_one() -> None:
    """As they come: none is kept. In memory where possible: many files are slow to make."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for part in range(10):
            os.mkdir(f"{folder}/{part}")
            for number in range(N_MANY // 10):
                os.close(os.open(f"{folder}/{part}/{number}.txt", os.O_CREAT | os.O_WRONLY))
        counted = Counter(type(item) for item in find_files([Path(folder)]))
    assert counted == {Skipped: N_MANY}
