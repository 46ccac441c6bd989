"""How answers look, in a pipe and on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.text import Text

from rag.assistant.events import Retrieved
from rag.cli.show.disputes import show_disputes
from rag.cli.show.flow import Flow
from rag.cli.show.pieces import place_of
from rag.cli.show.render import sentence_text, show_dropped, show_query, show_refusal
from rag.cli.show.screen import write
from rag.cli.show.sources import show_sources
from rag.types import Conflict, ConflictSide, Place, PlaceUnit, Verdict
from tests.cli.answers import answer, chunk, evidence, refusal, sentence

SGR = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    return SGR.sub("", text)


def test_a_source_says_title_date_place_and_quote(make_screen):
    shown = make_screen()
    show_sources(shown.screen, answer(sentence("It is so [1].", evidence("It is so."))))
    assert shown.out == "\n[1] A title (2024-04-25)\n    /a.md:12-14\n    “It is so.”\n"


def test_a_source_names_the_articles_that_say_the_same(make_screen):
    shown = make_screen()
    told = answer(sentence("It is so [1].", evidence("It is so.")))
    copied = replace(told, hits=(replace(told.hits[0], copies=("b.md", "c.md")),))
    show_sources(shown.screen, copied)
    assert shown.out.endswith("    “It is so.”\n    also in b.md, c.md\n")


def test_a_place_that_is_no_line_is_named(make_screen):
    shown = make_screen()
    cited = evidence("It is so.", place=Place(3, 4, PlaceUnit.PAGE))
    show_sources(shown.screen, answer(sentence("It is so [1].", cited)))
    assert "    /a.md, pages 3-4\n" in shown.out


def test_each_quote_under_a_label_is_listed_once_and_labels_rise(make_screen):
    first, second = evidence("First."), evidence("Second.", place=Place(13, 13))
    other = evidence("Other.", label=2)
    shown = make_screen()
    made = answer(
        sentence("B [2].", other), sentence("A [1].", first, second), sentence("A [1].", first)
    )
    show_sources(shown.screen, made)
    assert shown.out.split("\n")[1:-1] == [
        "[1] A title (2024-04-25)",
        "    /a.md:12-14",
        "    “First.”",
        "    /a.md:13",
        "    “Second.”",
        "[2] A title (2024-04-25)",
        "    /a.md:12-14",
        "    “Other.”",
    ]


def test_a_cited_passage_without_evidence_is_listed_without_a_quote(make_screen):
    shown = make_screen()
    made = answer(sentence("It is so [1].", verdict=Verdict.UNSUPPORTED))
    show_sources(shown.screen, made)
    assert shown.out == "\n[1] A title (2024-04-25)\n    /a.md:12-14\n"


def test_a_label_that_was_never_offered_is_said_to_be_none(make_screen):
    shown = make_screen()
    show_sources(shown.screen, answer(sentence("It is so [9].", verdict=Verdict.UNRESOLVED)))
    assert "[9] (no such passage)" in shown.out


def test_an_answer_that_cites_nothing_has_no_sources(make_screen):
    shown = make_screen()
    show_sources(shown.screen, answer(sentence("Hello.", verdict=Verdict.NO_CLAIM)))
    assert shown.out == ""


def test_a_quote_over_several_lines_is_shown_on_one(make_screen):
    shown = make_screen()
    show_sources(shown.screen, answer(sentence("A [1].", evidence("one\r\ntwo\nthree"))))
    assert "“one two three”" in shown.out


def test_a_file_below_the_working_folder_is_shown_relative_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_of(str(tmp_path / "seeds" / "a.md"), Place(3, 3)) == "seeds/a.md:3"
    assert place_of("/elsewhere/a.md", Place(3, 4)) == "/elsewhere/a.md:3-4"


def test_a_pipe_gets_the_answer_on_one_line_without_colour(make_screen):
    shown = make_screen(columns=20)
    flow = Flow(shown.screen.out)
    flow.add(sentence_text(sentence("A sentence that is longer than that [1].")))
    flow.add(sentence_text(sentence("Another one [2].")))
    flow.end()
    assert shown.out == "A sentence that is longer than that [1]. Another one [2].\n"


def test_a_terminal_gets_words_wrapped_and_nothing_lost(make_screen):
    shown = make_screen(is_terminal=True, columns=20)
    flow = Flow(shown.screen.out)
    flow.add(sentence_text(sentence("A sentence that is longer than that [1].")))
    flow.add(sentence_text(sentence("Another one [2].")))
    flow.end()
    lines = plain(shown.out).splitlines()
    assert max(map(len, lines)) <= 20
    assert " ".join(lines) == "A sentence that is longer than that [1]. Another one [2]."


def test_wide_characters_count_twice_when_wrapping(make_screen):
    shown = make_screen(is_terminal=True, columns=10)
    flow = Flow(shown.screen.out)
    flow.add(Text("漢字漢 漢字漢"))
    flow.end()
    assert plain(shown.out).splitlines() == ["漢字漢 漢", "字漢"]


def test_a_sentence_is_on_the_screen_before_the_next_one_comes(make_screen):
    shown = make_screen(is_terminal=True)
    Flow(shown.screen.out).add(sentence_text(sentence("It is so [1].")))
    assert plain(shown.out) == "It is so [1]."


def test_a_flagged_sentence_is_marked_in_words_not_only_in_colour(make_screen):
    shown = make_screen()
    flow = Flow(shown.screen.out)
    flow.add(sentence_text(sentence("It is so [1].", verdict=Verdict.UNSUPPORTED)))
    flow.end()
    assert shown.out == "It is so [1]. [unsupported]\n"


def test_a_terminal_gets_colour_and_no_color_takes_it_away(make_screen, monkeypatch):
    made = answer(sentence("It is so [1].", evidence()))
    shown = make_screen(is_terminal=True)
    show_sources(shown.screen, made)
    assert "\x1b[36m[1]" in shown.out
    shown = make_screen(is_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    show_sources(type(shown.screen)(), made)
    assert "\x1b[3" not in shown.out.replace("\x1b[3m", "")  # italics are no colour


def test_a_dumb_terminal_gets_no_escape_sequence(make_screen, monkeypatch):
    shown = make_screen(is_terminal=True)
    monkeypatch.setenv("TERM", "dumb")
    screen = type(shown.screen)()
    show_sources(screen, answer(sentence("It is so [1].", evidence())))
    assert "\x1b" not in shown.out
    assert "[1] A title" in shown.out
    assert not screen.shows_progress


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_no_variable_puts_colour_into_a_pipe(make_screen, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    shown = make_screen()
    show_sources(shown.screen, answer(sentence("It is so [1].", evidence())))
    assert "\x1b" not in shown.out


def test_a_refusal_is_the_reason_on_stdout_and_what_comes_closest_on_stderr(make_screen):
    shown = make_screen()
    show_refusal(shown.screen, refusal())
    assert shown.out == "The articles do not say.\n"
    assert shown.err == "closest passages:\n  A title  /a.md:12-14\n"


def test_a_quiet_refusal_says_only_its_reason(make_screen):
    shown = make_screen(quiet=True)
    show_refusal(shown.screen, refusal())
    assert (shown.out, shown.err) == ("The articles do not say.\n", "")


def test_a_dropped_sentence_is_told_only_to_who_wants_to_know_more(make_screen):
    dropped = sentence("It cost 9 [1].", verdict=Verdict.UNSUPPORTED, missing=("9",))
    shown = make_screen()
    show_dropped(shown.screen, dropped)
    assert shown.err == ""
    shown = make_screen(verbose=True)
    show_dropped(shown.screen, dropped)
    assert shown.err == "left out, unsupported: It cost 9 [1]. (not in the passages: 9)\n"


def test_how_a_follow_up_was_understood_is_said_when_it_differs(make_screen):
    shown = make_screen()
    show_query(shown.screen, Retrieved("Is it so?", (), (), ()), "Is it so? ")
    assert shown.err == ""
    show_query(shown.screen, Retrieved("Is Llama free?", (), (), ()), "Is it?")
    assert shown.err == "searching for: Is Llama free?\n"


def test_indented_text_wraps_within_the_terminal(make_screen):
    shown = make_screen(is_terminal=True, columns=20)
    write(shown.screen.out, Text("name  one two three four five"), hanging=6)
    lines = plain(shown.out).splitlines()
    assert lines == ["name  one two three", "      four five"]


HOSTILE = "".join(
    [
        "\x1b]8;;http://evil/\x07link\x1b]8;;\x07",
        "\x1b]52;c;ZXZpbA==\x1b\\",
        *(f"a{chr(code)}b" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))),
        "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0xFEFF))),
        "[bold red]markup[/] :smile: \ud800",
    ]
)


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_nothing_from_articles_names_or_models_steers_the_terminal(make_screen, is_terminal):
    shown = make_screen(is_terminal=is_terminal, verbose=True)
    made = answer(
        sentence(HOSTILE + " [1].", evidence(HOSTILE, title=HOSTILE, source="/" + HOSTILE)),
        chunks=(chunk(HOSTILE, title=HOSTILE, source="/" + HOSTILE),),
    )
    flow = Flow(shown.screen.out)
    flow.add(sentence_text(made.sentences[0]))
    flow.end()
    show_sources(shown.screen, made)
    show_refusal(shown.screen, refusal(HOSTILE, made.passages[0].chunk))
    show_dropped(shown.screen, sentence(HOSTILE, verdict=Verdict.UNCITED, missing=(HOSTILE,)))
    show_query(shown.screen, Retrieved(HOSTILE, (), (), ()), "?")
    shown.screen.notice(HOSTILE)
    for text in (plain(shown.out), plain(shown.err)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)
        assert "[bold red]markup[/] :smile:" in text.replace("\n", " ")
    assert "␛]8;;http://evil/␇link" in plain(shown.out).replace("\n", "")


def test_articles_that_differ_are_told_side_by_side_with_their_dates(make_screen):
    shown = make_screen()
    sides = (ConflictSide(evidence(), "8\n GB"), ConflictSide(evidence(label=3)))
    show_disputes(shown.screen, replace(answer(), conflicts=(Conflict(sides),)))
    assert shown.out == "\nThe articles differ: 8  GB [1] (2024-04-25) · [3] (2024-04-25)\n"


def test_what_denies_the_question_is_quoted_below_an_answer(make_screen):
    shown = make_screen()
    show_disputes(shown.screen, replace(answer(), denial=evidence("It is \x1b[2J not so.")))
    expected = "Contrary to what the question takes for granted: “It is ␛[2J not so.” [1]"
    assert shown.out == f"\n{expected}\n"


def test_most_answers_have_nothing_beside_them(make_screen):
    shown = make_screen()
    show_disputes(shown.screen, answer(sentence()))
    assert shown.out == ""


def test_a_refusal_shows_the_source_of_what_denies_the_question(make_screen):
    shown = make_screen()
    show_refusal(shown.screen, replace(refusal("The articles say otherwise."), denial=evidence()))
    assert shown.out == (
        "The articles say otherwise.\n\n[1] A title (2024-04-25)\n    /a.md:12-14\n"
        "    “It is so.”\n"
    )
    assert shown.err == ""


def test_a_conflict_has_two_sides():
    with pytest.raises(ValueError, match="two sides"):
        Conflict((ConflictSide(evidence()),))
