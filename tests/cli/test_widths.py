"""No line is wider than the terminal, whatever the text, and nothing of the text is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from rag.assistant.text_report import CheckedStatement, TextReport
from rag.cli.check import report as check_report
from rag.cli.config import report as config_report
from rag.cli.config.report import ConfigRow
from rag.cli.show import explain
from rag.cli.show.columns import n_side_by_side, side_by_side
from rag.cli.show.disputes import show_disputes
from rag.cli.show.flow import Flow
from rag.cli.show.hits import show_hits
from rag.cli.show.render import sentence_text, show_refusal
from rag.cli.show.screen import Screen, write
from rag.cli.show.sources import show_sources
from rag.cli.show.wrapping import graphemes, units, wrapped
from rag.cli.status import report as status_report
from rag.indexing.status import Drift, IndexStatus
from rag.types import Conflict, ConflictSide, Hit, Verdict
from tests.cli.answers import answer, chunk, evidence, refusal, sentence

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
FAMILY = "👨‍👩‍👧"
FLAG = "🇩🇪"
TEXTS = [
    "An ordinary sentence of a dozen words that says hardly anything at all.",
    "漢字仮名交じり文は空白なしで続くので、どこでも改行できる。「引用」も同じ。" * 3,
    f"{FAMILY * 9} {FLAG * 31} 👍🏽❤️ 1️⃣",
    "https://example.org/" + "very-long-path/" * 12 + "?q=" + "a" * 100,
    "a" * 300,
    "e\u0301" * 120 + " नमस्ते" * 20,
    "tab\tbed " * 20,
    "한국어 문장도 마찬가지이다 " * 6,
    "x " * 90,
    "",
]
PARTS = st.one_of(
    st.sampled_from(["a", "word", " ", "  ", "漢", "。", "「", FAMILY, FLAG, "🇩", "e\u0301", "/"]),
    st.sampled_from(["\u0301", "-" * 30, "\n", "\t", "[1]", "\x1b[31m", "\u202e", "\u200d"]),
    st.sampled_from(["ｱ", "한", "\u3000", "\xad", "é"]),
)
ANY_TEXT = st.one_of(st.lists(PARTS, max_size=60).map("".join), st.text(max_size=120))
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def everything_of(screen: Screen, text: str) -> None:
    """Every renderer, with ``text`` in every place that comes from outside."""
    source = "/folder/" + text.replace("\x00", "")
    cited = evidence(text, title=text, source=source)
    offered = chunk(text, title=text, source=source)
    hit = Hit(offered, 0.5, 1, "hybrid", {"dense": 0.5}, (text, text))
    told = answer(sentence(text + " [1].", cited), chunks=(offered,))
    flagged = sentence(text, verdict=Verdict.UNSUPPORTED, missing=(text,))
    sides = tuple(ConflictSide(evidence(text, label=n, title=text), text[:9]) for n in (1, 2, 13))
    told = replace(told, conflicts=(Conflict(sides[:2]), Conflict(sides, newest_first=True)))
    told = replace(told, hits=(hit,), denial=cited, query=text, dropped=(flagged,))
    flow = Flow(screen.out)
    for item in (told.sentences[0], flagged):
        flow.add(sentence_text(item))
    flow.end()
    show_disputes(screen, told)
    show_sources(screen, told)
    show_refusal(screen, refusal(text, offered))
    show_hits(screen, [hit])
    explain.show_explanation(screen, told)
    explain.show_usage(screen, told)
    statements = (
        CheckedStatement(text or "-", 1, text, Verdict.UNSUPPORTED, missing=(text,)),
        CheckedStatement(text or "-", 1, "", Verdict.SUPPORTED, evidence=(cited,)),
        CheckedStatement(text or "-", 1, "", Verdict.NO_CLAIM),
    )
    check_report.show_report(screen, TextReport(statements, (), text, text))
    config_report.show_rows(screen, [ConfigRow("engine", text, text), ConfigRow("a", [text], "b")])
    _show_status(screen, text)
    screen.notice(text)


def _show_status(screen: Screen, text: str) -> None:
    from pathlib import Path

    status = IndexStatus(path=Path("/index"), problem=text or "none", hint=text, drift=Drift())
    status_report.show_status(screen, text, status)
    status_report.show_corpora(screen, [(text, status)])


def lines_of(shown: str) -> list[str]:
    return SEQUENCE.sub("", shown).split("\n")


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_renderer_is_wider_than_the_terminal(make_screen: Callable, columns, text):
    shown = make_screen(is_terminal=True, columns=columns, verbose=True)
    everything_of(shown.screen, text)
    for line in (*lines_of(shown.out), *lines_of(shown.err)):
        assert cell_len(line) <= columns, line
    assert shown.out


@pytest.mark.parametrize("columns", [40, 80])
@given(text=ANY_TEXT)
@relaxed
def test_no_renderer_is_wider_than_the_terminal_for_any_text(make_screen, columns, text):
    shown = make_screen(is_terminal=True, columns=columns, verbose=True)
    everything_of(shown.screen, text)
    for line in (*lines_of(shown.out), *lines_of(shown.err)):
        assert cell_len(line) <= columns, line


@given(text=ANY_TEXT, width=st.integers(4, 50), hanging=st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_lines_fit_and_lose_nothing_but_blanks(text, width, hanging):
    lines = wrapped(Text(text), width, hanging=hanging)
    plain = [line.plain for line in lines]
    assert all(cell_len(line) <= width - (hanging if n else 0) for n, line in enumerate(plain))
    assert re.sub(r"\s", "", "".join(plain)) == re.sub(r"\s", "", Text(text).plain)


@given(text=st.lists(PARTS, max_size=40).map(lambda parts: "".join(parts).replace("\n", " ")))
def test_what_is_seen_as_one_character_is_never_divided(text):
    inside = {at for start, end, _ in graphemes(text) for at in range(start + 1, end)}
    broken = {unit.start for unit in units(text, 7)} & inside
    assert all(text[at - 1] in " \u3000" for at in broken)  # a mark on a blank


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 20, ["one two three"]),
        ("one two three", 7, ["one two", "three"]),
        ("  led by blanks", 9, ["  led by", "blanks"]),
        ("one\n\ntwo", 9, ["one", "", "two"]),
        ("漢字「漢字」。", 8, ["漢字「漢", "字」。"]),
        (f"{FLAG}{FLAG}{FLAG}", 4, [FLAG * 2, FLAG]),
        (f"{FAMILY}{FAMILY}{FAMILY}", 5, [FAMILY * 2, FAMILY]),
        ("folder/subfolder/name.md", 18, ["folder/subfolder/", "name.md"]),
        ("", 9, [""]),
        ("It is so [1], [2].", 10, ["It is", "so [1],", "[2]."]),
        ("字字字 [12].", 8, ["字字", "字 [12]."]),
    ],
)
def test_where_lines_break(text, width, lines):
    assert [line.plain for line in wrapped(Text(text), width)] == lines


def test_no_word_ends_a_paragraph_alone_if_another_break_needs_no_further_line():
    lines = wrapped(Text("The Quist engine needs 8 GB of memory to run on a desktop"), 50)
    assert [line.plain for line in lines][-1].count(" ") >= 1
    assert len(lines) == 2


def test_columns_stand_side_by_side_and_begin_together():
    left = [Text("8 GB"), Text("It needs eight gigabytes.")]
    right = [Text("a longer value than that"), Text("No.")]
    assert [line.plain for line in side_by_side([left, right], 31)] == [
        "8 GB             a longer value",
        "                 than that",
        "It needs eight   No.",
        "gigabytes.",
    ]


@pytest.mark.parametrize(
    ("n", "width", "beside"), [(2, 78, 2), (3, 78, 3), (4, 78, 2), (2, 38, 1), (4, 110, 4)]
)
def test_as_many_sides_stand_beside_each_other_as_fit_evenly(n, width, beside):
    assert n_side_by_side(n, width, least=24) == beside


def test_in_a_pipe_nothing_is_wrapped(make_screen):
    shown = make_screen(columns=20)
    write(shown.screen.out, Text("word " * 30), indent=2)
    assert shown.out == "  " + "word " * 30 + "\n"
