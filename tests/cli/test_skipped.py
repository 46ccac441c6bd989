"""Files that were left out, by reason."""

from __future__ import annotations

from rag.cli.show.skipped import grouped, skipped_lines
from rag.types import Skipped

PICTURES = [
    Skipped(f"/{name}.png", "unsupported format .png; supported are .md") for name in "abcd"
]
EMPTY = Skipped("/e.md", "empty file")


def test_files_that_share_a_reason_are_one_line_with_some_of_their_names():
    assert skipped_lines([EMPTY, *PICTURES], in_full=False) == [
        "4 files: unsupported format .png (a.png, b.png, c.png, ...)",
        "/e.md: empty file",
    ]


def test_in_full_each_file_has_its_line_and_its_whole_reason():
    lines = skipped_lines([EMPTY, *PICTURES], in_full=True)
    assert lines[:2] == [
        "/e.md: empty file",
        "/a.png: unsupported format .png; supported are .md",
    ]
    assert len(lines) == 5


def test_the_most_frequent_reason_comes_first_and_rare_ones_are_counted():
    many = [Skipped(f"/{n}.md", f"reason {n}") for n in range(12)]
    lines = skipped_lines([*many, *PICTURES], in_full=False)
    assert lines[0].startswith("4 files")
    assert len(lines) == 11
    assert lines[-1] == "3 more files for other reasons (-v lists all)"


def test_one_file_keeps_its_whole_reason():
    assert grouped(PICTURES[:1])[0].reason == "unsupported format .png; supported are .md"


def test_nothing_skipped_is_no_line():
    assert skipped_lines([], in_full=False) == []
