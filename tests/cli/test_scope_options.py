"""``--in``, ``--since`` and ``--until``: only some articles are looked at, and that is said."""

from __future__ import annotations

import json

import pytest

from tests.cli.programs import assert_refused_input


def test_a_search_finds_only_what_lies_in_the_scope(program, index):
    everywhere = program("search", "Tromsby")
    assert "bakery.md" in everywhere.out
    assert everywhere.err == ""
    done = program("search", "Tromsby", "--in", "harbour")
    assert "bakery.md" not in done.out
    assert "harbour.md" in done.out
    assert done.err == "only these were looked at: --in harbour: 1 of 2 articles\n"


def test_dates_may_be_partial_and_take_part(program, index):
    assert "bakery.md" not in program("search", "Tromsby", "--until", "2020").out
    assert "harbour.md" not in program("search", "Tromsby", "--since", "2020-02").out


def test_json_says_the_scope(program, index):
    record = json.loads(program("search", "Tromsby", "--since", "2021", "--json").out)
    assert record["scope"] == "--since 2021: 1 of 2 articles"
    assert json.loads(program("search", "Tromsby", "--json").out)["scope"] == ""


def test_an_answer_comes_from_the_scope_and_says_so(program, index):
    question = "How many loaves of rye bread does the bakery bake?"
    assert program("ask", question, "--in", "bakery").status == 0
    done = program("ask", question, "--in", "harbour", "--json")
    record = json.loads(done.out)
    assert (done.status, record["refused"]) == (3, True)
    assert record["provenance"]["scope"] == "--in harbour: 1 of 2 articles"


def test_a_check_holds_the_text_against_the_scope_alone(program, index, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("The bakery of Anselm Quist opened in Tromsby in the spring of 2019.\n")
    assert program("check", text).status == 0
    assert program("check", text, "--in", "harbour").status == 4


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--since", "yesterday"], "yesterday"),
        (["--since", "2022", "--until", "2021"], "no day lies between"),
        (["--in", "nothing like it"], "no article matches"),
    ],
)
@pytest.mark.parametrize("command", ["search", "ask"])
def test_an_impossible_scope_is_a_usage_error(program, index, command, flags, message):
    assert_refused_input(program(command, "Tromsby", *flags), 2, message)
