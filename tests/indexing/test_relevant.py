"""A change counts if, and only if, a walk of the folders would come upon the path."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.indexing.relevant import Happened, absolute, relevant
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.ignore import Patterns

NAMES = (
    *("a.txt", "b.md", "c.exe", ".hidden.txt", ".hid/a.txt", "a/a.txt", "a/.b/a.txt", "a/b/b.md"),
    *("a/b/c/a.txt", "b/a.txt", "b/b/a.txt", "c/index.sqlite3", "c/a.txt", "own/a.txt"),
)
LINES = st.lists(
    st.sampled_from(
        ["a.txt", "!a.txt", "a/", "/a/b", "*.md", "!b.md", "b/", "**/b", "*", "!*/", "a/**", "/b/*"]
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Words.\n", "utf-8")
    return root


def counting(
    events: list[tuple[Happened, Path]], *roots: Path, patterns: Patterns | None = None
) -> set[str]:
    told = [(int(happened), str(path)) for happened, path in events]
    own = str(roots[0] / "own")
    return set(relevant(told, absolute(roots), own, patterns or Patterns()))


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LINES, LINES, LINES, LINES, st.booleans())
def test_a_file_counts_if_a_walk_gives_it(
    tree: Path, above: list[str], below: list[str], include: list[str], ignore: list[str], two: bool
) -> None:
    (tree / ".ragignore").write_text("\n".join(above), "utf-8")
    (tree / "a" / ".ragignore").write_text("\n".join(below), "utf-8")
    patterns = Patterns(tuple(include), tuple(ignore))
    roots = [tree, tree / "a"] if two else [tree]
    walk = find_files(roots, patterns, apart_from=[tree / "own"], marker="index.sqlite3")
    expected = {str(item.path) for item in walk if isinstance(item, FoundFile)}
    events = [(Happened.MODIFIED, tree / name) for name in NAMES]
    assert counting(events, *roots, patterns=patterns) == expected


def test_what_is_gone_counts_unless_it_came_in_the_same_breath(tree: Path) -> None:
    gone = [tree / "gone", tree / "gone.txt", tree / "gone.exe"]
    deleted = [(Happened.DELETED, path) for path in gone]
    added = [(Happened.ADDED, path) for path in gone]
    assert counting(deleted, tree) == {str(path) for path in gone}
    assert counting(deleted + added, tree) == {str(tree / "gone.txt")}


def test_a_folder_counts_when_it_comes_and_not_when_it_is_touched(tree: Path) -> None:
    assert counting([(Happened.ADDED, tree / "a" / "b")], tree) == {str(tree / "a" / "b")}
    assert counting([(Happened.MODIFIED, tree / "a" / "b")], tree) == set()
    assert counting([(Happened.ADDED, tree / "own")], tree) == set()


def test_paths_outside_the_roots_do_not_count(tree: Path) -> None:
    beside = tree.with_name(f"{tree.name}-too") / "a.txt"
    assert counting([(Happened.DELETED, beside)], tree) == set()


def test_ignore_files_count_where_they_are_heeded(tree: Path) -> None:
    files = [(Happened.DELETED, tree / "b" / name) for name in (".ragignore", ".gitignore")]
    assert counting(files, tree) == {str(tree / "b" / ".ragignore")}
    assert len(counting(files, tree, patterns=Patterns(gitignore=True))) == 2


def test_a_path_deeper_than_the_stack_of_python_counts_like_any_other(tree: Path) -> None:
    deep = tree / ("d/" * 1_900) / "gone.txt"
    assert counting([(Happened.DELETED, deep)], tree) == {str(deep)}


def test_a_folder_that_is_a_root_counts_when_it_goes_and_not_when_it_is_touched(tree: Path) -> None:
    assert counting([(Happened.DELETED, tree)], tree) == {str(tree)}
    assert counting([(Happened.MODIFIED, tree)], tree) == set()
    assert counting([(Happened.MODIFIED, tree / "a.txt")], tree / "a.txt") == {str(tree / "a.txt")}
