"""The parts of a living prompt, one by one; together they are tested in a real terminal."""

from __future__ import annotations

import io
import re

import pytest
from prompt_toolkit.formatted_text import fragment_list_to_text
from rich.console import Console

from rag.cli.chat.lines import PlainPrompt, is_open, unfenced
from rag.cli.chat.live_queue import LEAVING, Queue
from rag.cli.chat.live_status import LiveStatus
from rag.cli.chat.live_text import LivePage, clipped, folded


def rows(text: str, *, columns: int, n_rows: int = 9) -> list[str]:
    return [fragment_list_to_text(row) for row in folded(text, columns=columns, n_rows=n_rows)]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("", 4, [""]),
        ("abcd", 4, ["abcd"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("a漢字b", 4, ["a漢", "字b"]),  # no character is cut into halves
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),  # nor parted from its mark
        ("\x1b[36mab\x1b[0mcd", 2, ["ab", "cd"]),
        ("\x1b]8;;file:///a\x1b\\ab\x1b]8;;\x1b\\c", 3, ["abc"]),
    ],
)
def test_a_line_is_folded_at_the_edge_of_the_terminal(text, columns, expected):
    assert rows(text, columns=columns) == expected


def test_of_a_line_too_long_for_the_screen_its_end_is_shown():
    assert rows("aabbcc", columns=2, n_rows=2) == ["bb", "cc"]


def test_a_folded_line_keeps_its_colours():
    (first, second) = folded("\x1b[36mab", columns=1, n_rows=2)
    assert [style for style, _ in [*first, *second]] == ["ansicyan", "ansicyan"]


@pytest.mark.parametrize(
    ("text", "expected"), [("abcdef", "abcdef"), ("abcdefg", "abc..."), ("漢字漢字", "漢...")]
)
def test_a_note_that_does_not_fit_leaves_an_ellipsis(text, expected):
    assert clipped(text, 6) == expected


def test_a_page_gives_whole_lines_once_and_keeps_the_unfinished_ones_of_each_writer():
    page = LivePage(io.StringIO(), changed=lambda: None)
    page.put("one\ntw", "answer")
    page.put("notice\n", "notices")
    page.put("o", "answer")
    assert page.take_lines() == "one\nnotice\n"
    assert page.take_lines() == ""
    assert page.unfinished == ["two"]


def test_a_closed_page_writes_what_nobody_took_and_everything_after():
    stream = io.StringIO()
    page = LivePage(stream, changed=lambda: None)
    page.put("one\ntw", "answer")
    page.close()
    page.close()
    page.put("o\n", "answer")
    assert stream.getvalue() == "one\ntwo\n"


@pytest.fixture
def status() -> LiveStatus:
    return LiveStatus(Console(file=io.StringIO()))


def told(status: LiveStatus, columns: int = 80) -> str:
    """The line without its spinner, as if no time had passed."""
    return re.sub(r"\b\d+ s\b", "0 s", status.line(columns).partition(" ")[2])


def test_the_status_says_how_far_an_answer_is(status):
    status.wait("reading the articles")
    assert told(status) == "reading the articles 0 s"
    status.reading(1200, 3456)
    assert told(status) == "reading 1,200 of 3,456 tokens 0 s"
    status.writing(1)
    assert told(status) == "writing, 1 token 0 s"
    status.stop()
    assert told(status) == "writing the answer 0 s"
    status.stopping()
    assert told(status) == "stopping 0 s"


def test_the_status_counts_the_work_of_a_stage_and_then_says_again_what_is_awaited(status):
    status.wait("reading")
    status.start("embedding", 10, "chunks")
    status.advance(4)
    assert told(status) == "embedding 0 s 4/10 chunks"
    assert told(status, columns=40) == "embedding 0 s 4/10"
    status.start("scanning", None)
    assert told(status) == "scanning 0 s"
    status.finish()
    assert told(status) == "reading 0 s"


def test_the_status_shows_escape_sequences_and_does_not_send_them(status):
    status.wait("\x1b[2J")
    assert told(status) == "␛[2J 0 s"


def test_a_stage_that_begins_after_ctrl_c_does_not_hide_that_it_was_pressed(status):
    status.stopping()
    status.writing(7)
    status.start("checking", 3)
    assert told(status) == "stopping 0 s"


def test_the_queue_tells_its_first_lines_and_counts_the_rest():
    queue = Queue(["a\nb", "\x1b[2J", "c", "d", "e", LEAVING])
    assert queue.notes() == [
        "queued: a b",
        "queued: ␛[2J",
        "queued: c",
        "queued: 2 more",
        "leaving after this (Ctrl-C stops it)",
    ]
    assert Queue().notes() == []


@pytest.mark.parametrize(
    ("text", "still_open", "inner"),
    [
        ("plain", False, "plain"),
        ('"""', True, '"""'),
        ('"""a', True, '"""a'),
        ('"""a\nb"""', False, "a\nb"),
        ('"""\na\n"""\n', False, "a"),
        ('""""""', False, ""),
        ('"quoted"', False, '"quoted"'),
        ('say """it"""', False, 'say """it"""'),
    ],
)
def test_three_quotation_marks_open_a_text_and_close_it(text, still_open, inner):
    assert is_open(text) is still_open
    assert unfenced(text) == inner


def test_a_plain_prompt_reads_texts_of_several_lines_until_there_is_nothing_more():
    stream = io.StringIO()
    prompt = PlainPrompt(io.BytesIO(b'one\r\n"""two\nthree"""\n\xff\n'), stream)
    assert [prompt.read() for _ in range(3)] == ["one", "two\nthree", "\ufffd"]
    with pytest.raises(EOFError, match=r"^$"):
        prompt.read()
    assert stream.getvalue() == "> > . > > \n"
