"""How search results look."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.cli.show.hits import N_PREVIEW, preview, show_hits
from rag.types import Hit
from tests.cli.answers import chunk

HIT = Hit(chunk("It is\nso.\tYes."), 0.87654, 1, "hybrid", {"dense": 0.7, "bm25": 12.5})


def test_a_pipe_gets_one_line_for_each_hit_with_the_parts_between_tabs(make_screen):
    shown = make_screen()
    show_hits(shown.screen, [HIT, replace(HIT, rank=2, signals={"dense": 0.5})])
    assert [line.split("\t") for line in shown.out.splitlines()] == [
        ["1", "0.877", "0.700", "12.500", "A title", "/a.md:12-14", "It is so.␉Yes."],
        ["2", "0.877", "0.500", "-", "A title", "/a.md:12-14", "It is so.␉Yes."],
    ]


def test_a_terminal_gets_a_table_that_fits(make_screen):
    shown = make_screen(is_terminal=True, columns=60)
    show_hits(shown.screen, [replace(HIT, chunk=chunk("word " * 100))])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.out).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["#", "score", "dense", "bm25", "passage"]


def test_a_narrow_terminal_gets_blocks_of_lines(make_screen):
    shown = make_screen(is_terminal=True, columns=30)
    show_hits(shown.screen, [replace(HIT, chunk=chunk("word " * 12))])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.out).splitlines()
    assert max(map(len, lines)) <= 30
    assert lines[:3] == ["1  A title", "   /a.md:12-14", "   score 0.877, dense 0.700,"]


def test_no_hit_is_said_on_stderr(make_screen):
    shown = make_screen()
    show_hits(shown.screen, [])
    assert (shown.out, shown.err) == ("", "nothing found\n")


def test_a_preview_has_at_most_two_hundred_characters():
    assert preview("a" * 200) == "a" * 200
    assert preview("a" * 201) == "a" * (N_PREVIEW - 1) + "…"


def test_copies_of_a_passage_are_named_and_many_are_counted(make_screen):
    for is_terminal, columns in ((False, 80), (True, 80), (True, 40)):
        shown = make_screen(is_terminal=is_terminal, columns=columns)
        show_hits(shown.screen, [replace(HIT, copies=("b.md", "c\n.md", "d.md", "e.md", "f.md"))])
        plain = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", shown.out).split())
        assert "also in b.md, c␊.md, d.md and 2 more" in plain
