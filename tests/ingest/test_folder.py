"""The files of a folder: all of them, in order, each once, and nothing dangerous opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.ingest.folder import FoundFile, find_files
from rag.types import Skipped


def write(folder: Path, *names: str, text: str = "Text.") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def ids(roots: Sequence[Path]) -> list[str]:
    return [found.document_id for found in find_files(roots) if isinstance(found, FoundFile)]


def reasons(root: Path) -> dict[str, str]:
    skipped = (found for found in find_files([root]) if isinstance(found, Skipped))
    return {os.path.basename(found.source): found.reason for found in skipped}


def test_files_come_in_a_fixed_order_with_posix_ids(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/z.txt", "a/b/c.html", "A.TXT")
    assert ids([tmp_path]) == ["A.TXT", "a/b/c.html", "a/z.txt", "b.md"]


def test_a_file_tells_its_size_and_time(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", text="Übung")
    (found,) = find_files([tmp_path])
    status = (tmp_path / "a.txt").stat()
    assert isinstance(found, FoundFile)
    assert (found.size_bytes, found.mtime_ns) == (6, status.st_mtime_ns)


def test_hidden_names_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, ".a.txt", ".git/b.txt", "c.txt")
    assert list(map(str, ids([tmp_path]))) == ["c.txt"]
    assert reasons(tmp_path) == {}


def test_readmes_are_articles_unless_ignored(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "SOURCES.md")
    assert ids([tmp_path]) == ["README.md", "SOURCES.md"]


def test_an_ignore_file_leaves_out_names_below_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "SOURCES.md",
        "a/SOURCES.md",
        "drafts/x.md",
        "a/drafts.md",
        "n/one.md",
        "n/b/two.md",
    )
    write(tmp_path, ".ragignore", text="# no articles\n\nSOURCES.md\ndrafts/\n/n/o*.md\n")
    assert ids([tmp_path]) == ["a/drafts.md", "n/b/two.md"]


def test_an_ignore_file_says_nothing_about_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md", "b/x.md")
    write(tmp_path, "a/.ragignore", text="x.md")
    assert ids([tmp_path]) == ["b/x.md"]


def test_the_seeds_do_not_offer_their_sources_as_an_article() -> None:
    seeds = Path(__file__).resolve().parents[2] / "seeds"
    found = ids([seeds])
    assert found
    assert "SOURCES.md" not in found


def test_what_cannot_be_read_is_skipped_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path, "a.exe", "noname")
    write(tmp_path, "empty.txt", text="")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    found = reasons(tmp_path)
    assert found.pop("a.exe").startswith("unsupported format .exe")
    assert found.pop("noname").startswith("unsupported format (no suffix)")
    assert found == {
        "empty.txt": "empty file",
        "gone.txt": "a link to nothing",
        "pipe.txt": "not a regular file",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_files_and_folders_without_permission_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b/c.txt", "d.txt")
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "b").chmod(0)
    try:
        assert ids([tmp_path]) == ["d.txt"]
        assert reasons(tmp_path) == {
            "a.txt": "cannot be read: Permission denied",
            "b": "cannot be listed: Permission denied",
        }
    finally:
        (tmp_path / "b").chmod(0o700)


def test_an_ignore_file_that_is_a_pipe_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    os.mkfifo(tmp_path / ".ragignore")
    assert ids([tmp_path]) == ["a.txt"]


def test_a_link_to_a_folder_above_ends_there(tmp_path: Path) -> None:
    write(tmp_path, "a/b.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert ids([tmp_path]) == ["a/b.txt"]
    assert reasons(tmp_path) == {"up": "a link that leads back to a folder above it"}


def test_a_file_that_is_reached_twice_is_given_once(tmp_path: Path) -> None:
    write(tmp_path, "a/b.txt")
    (tmp_path / "z").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "y.txt").symlink_to(tmp_path / "a" / "b.txt")
    assert ids([tmp_path]) == ["a/b.txt"]
    assert ids([tmp_path, tmp_path / "a"]) == [f"{tmp_path.name}/a/b.txt"]


def test_several_roots_are_told_apart_by_name(tmp_path: Path) -> None:
    write(tmp_path, "one/news/a.txt", "two/news/a.txt", "b.txt")
    roots = [tmp_path / "one" / "news", tmp_path / "two" / "news", tmp_path / "b.txt"]
    assert ids(roots) == ["news/a.txt", "news-2/a.txt", "b.txt"]


def test_a_file_may_be_named_itself(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    assert ids([tmp_path / "a.txt"]) == ["a.txt"]


def test_control_characters_in_names_are_made_visible(tmp_path: Path) -> None:
    write(tmp_path, "a\nb.txt", "c\x1b[31m.exe")
    assert ids([tmp_path]) == ["a␊b.txt"]
    assert list(reasons(tmp_path)) == ["c␛[31m.exe"]


def test_a_name_that_is_not_utf8_gets_an_id_that_is(tmp_path: Path) -> None:
    try:
        with open(os.fsencode(tmp_path) + b"/\xff.txt", "wb") as file:
            file.write(b"Text.")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert ids([tmp_path]) == ["<U+DCFF>.txt"]


def test_a_missing_root_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file or folder .*nothing") as caught:
        find_files([tmp_path, tmp_path / "nothing"])
    assert "nothing in it is called 'nothing'" in caught.value.hint


def test_no_root_is_an_error() -> None:
    with pytest.raises(InputError, match="no folder of articles"):
        find_files([])


def test_a_path_that_cannot_be_one_is_an_error() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        find_files([Path("a\0b")])


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert list(find_files([tmp_path])) == []
