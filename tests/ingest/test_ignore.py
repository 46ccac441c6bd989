"""Patterns mean what they mean to git, which is asked itself where it is at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.glob import Glob
from rag.ingest.ignore import Patterns

NAMES = (
    "a.txt",
    "b.md",
    "note.txt",
    "a/a.txt",
    "a/b/a.txt",
    "a/b/note.md",
    "a/c/b.md",
    "b/a.txt",
    "b/a/b.md",
    "b/b/c.txt",
    "c/note.txt",
    "c/a b.txt",
    "c/#x.md",
    "c/!y.md",
)
LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("*", "**", "*/", "**/", "/*", "/", "//", "!", "#", "# a.txt", "\\#x.md"),
                *("\\!y.md", "a b.txt", "a.txt  ", "\\a.txt", "[", "[a-", "[!a].txt", "[^b]*"),
                *("*.txt", "!*.txt", "a/", "!a/", "/a", "a/*", "!a/b", "!a/b/", "a/**", "**/b"),
                *("a/**/a.txt", "**/a/**", "?.md", "b/a.txt", "/b/a", "note*", "!note.txt", "b*/"),
                *("c/*", "!c/note.txt", "*/a.txt", "a/*/a.txt", "**/*.md", "!/c/", "*t*.*t*"),
            ]
        ),
        # not a slash in brackets, which pathspec and git read differently
        st.text("ab*?/!.[]\\", max_size=7).filter(lambda line: not ({"[", "/"} <= set(line))),
    ),
    max_size=5,
)


def write(folder: Path, *names: str, text: str = "Text.") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def ids(folder: Path, patterns: Patterns | None = None) -> list[str]:
    return [f.document_id for f in find_files([folder], patterns) if isinstance(f, FoundFile)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (git := shutil.which("git")):
        pytest.skip("git is not installed, so it cannot be compared with")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run([git, "init", "-q", str(folder)], check=True)
    write(folder, *NAMES)
    return folder


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LINES, LINES)
def test_what_is_taken_is_what_git_would_take(
    repository: Path, above: list[str], below: list[str]
) -> None:
    write(repository, ".ragignore", text="\n".join(above))
    write(repository, "a/.ragignore", text="\n".join(below))
    call = ["git", "ls-files", "-z", "--others", "--exclude-per-directory=.ragignore"]
    done = subprocess.run(call, cwd=repository, check=True, capture_output=True, text=True)
    expected = {name for name in done.stdout.split("\0") if name in NAMES}
    assert set(ids(repository)) == expected


def test_the_nearer_ignore_file_has_the_last_word(tmp_path: Path) -> None:
    write(tmp_path, "x.md", "a/x.md", "a/b/x.md")
    write(tmp_path, ".ragignore", text="x.md\n")
    write(tmp_path, "a/.ragignore", text="!x.md\n")
    write(tmp_path, "a/b/.ragignore", text="/x.md\n")
    assert ids(tmp_path) == ["a/x.md"]


def test_nothing_comes_back_out_of_a_folder_that_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "old/keep.md", "new.md")
    write(tmp_path, ".ragignore", text="old/\n!old/keep.md\n")
    assert ids(tmp_path) == ["new.md"]


def test_settings_have_the_last_word_over_ignore_files(tmp_path: Path) -> None:
    write(tmp_path, "SOURCES.md", "drafts/x.md", "y.md")
    write(tmp_path, ".ragignore", text="SOURCES.md\n")
    assert ids(tmp_path, Patterns(ignore=("!SOURCES.md", "drafts/"))) == ["SOURCES.md", "y.md"]


def test_include_patterns_take_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "news/b.txt", "news/2024/c.md", "d.txt", "news/old/e.md")
    assert ids(tmp_path, Patterns(include=("news/",))) == [
        "news/2024/c.md",
        "news/b.txt",
        "news/old/e.md",
    ]
    assert ids(tmp_path, Patterns(include=("*.md", "!old/"))) == ["a.md", "news/2024/c.md"]
    assert ids(tmp_path, Patterns(include=("/*.txt",), ignore=("d*",))) == []


def test_an_ignore_file_holds_against_an_include_pattern(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    write(tmp_path, ".ragignore", text="a.md\n")
    assert ids(tmp_path, Patterns(include=("*.md",))) == ["b.md"]


def test_an_include_pattern_brings_in_no_format_that_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.exe", "c.exe")
    walk = find_files([tmp_path], Patterns(include=("b.exe", "*.md")))
    found = [os.path.basename(str(getattr(item, "path", None) or item.source)) for item in walk]
    assert (found, walk.n_ignored) == (["a.md", "b.exe"], 1)


def test_what_patterns_leave_out_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.log", "drafts/c.md", "drafts/d.md", ".hidden.md")
    write(tmp_path, ".ragignore", text="*.log\ndrafts/\n")
    walk = find_files([tmp_path])
    assert len(list(walk)) == 1
    assert walk.n_ignored == 2


def test_a_file_that_is_named_itself_is_taken_whatever_patterns_say(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    assert ids(tmp_path / "a.md", Patterns(include=("*.txt",), ignore=("*",))) == ["a.md"]


def test_gitignore_files_count_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "build/b.md", "c.md")
    write(tmp_path, ".gitignore", text="build/\nc.md\n")
    write(tmp_path, ".ragignore", text="!c.md\n")
    assert ids(tmp_path) == ["a.md", "build/b.md", "c.md"]
    assert ids(tmp_path, Patterns(gitignore=True)) == ["a.md", "c.md"]


def test_gitignore_files_above_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    docs = tmp_path / "repository" / "docs"
    write(docs, "a.md", "b.md", "c.md", "d.md")
    (tmp_path / "repository" / ".git").mkdir()
    write(tmp_path, ".gitignore", text="c.md\n")
    write(tmp_path, "repository/.gitignore", text="docs/a.md\n/b.md\nd.md\n")
    assert ids(docs, Patterns(gitignore=True)) == ["b.md", "c.md"]


def test_gitignore_files_above_do_not_count_outside_a_repository(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md")
    write(tmp_path, ".gitignore", text="a.md\n")
    assert ids(tmp_path / "docs", Patterns(gitignore=True)) == ["a.md"]


def test_accents_match_however_they_are_stored(tmp_path: Path) -> None:
    write(tmp_path, unicodedata.normalize("NFD", "Übung.md"), "x.md")
    write(tmp_path, ".ragignore", text=unicodedata.normalize("NFC", "Übung.md"))
    assert ids(tmp_path) == ["x.md"]


def test_patterns_see_names_with_line_breaks_whole(tmp_path: Path) -> None:
    write(tmp_path, "a\nb/x.md", "y.md\n.md", "y.md")
    write(tmp_path, ".ragignore", text="x.md\n/y.md\n")
    assert ids(tmp_path) == ["y.md␊.md"]


def test_lines_of_windows_end_where_they_should(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    (tmp_path / ".ragignore").write_bytes(b"\xef\xbb\xbfa.md\r\n\r\n# b.md\r\n")
    assert ids(tmp_path) == ["b.md"]


@pytest.mark.parametrize("line", ["!", "[z-a]", "a/**/b/**/c/**/d", "//", "[a"])
def test_a_setting_that_is_no_pattern_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is not a pattern"):
        Patterns(ignore=(line,))


def test_a_line_of_a_file_that_is_no_pattern_does_not_disturb_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    write(tmp_path, ".ragignore", text="!\n[z-a]\na/**/b/**/c/**/d\n[[:alpha:]\nb.md\n")
    assert ids(tmp_path) == ["a.md"]


def test_many_stars_do_not_take_for_ever(tmp_path: Path) -> None:
    """Tried again and again, ten stars against 200 letters would take longer than the universe."""
    write(tmp_path, "a" * 200 + ".md")
    write(tmp_path, ".ragignore", text="*a*a*a*a*a*a*a*a*a*a*b\n")
    assert len(ids(tmp_path)) == 1


@settings(max_examples=300, deadline=None)
@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", min_size=1, max_size=10))
def test_stars_still_find_all_that_they_stand_for(pattern: str, name: str) -> None:
    glob = Glob.of(pattern)
    assert glob is not None
    assert glob.matches(name) == _matches(pattern, name)


def _matches(pattern: str, name: str) -> bool:
    """The meaning of ``*`` and ``?``, letter by letter."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_matches(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and _matches(pattern[1:], name[1:])
