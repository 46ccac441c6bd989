"""``rag check`` from end to end: a text in, each sentence's support out."""

from __future__ import annotations

import io
import json

import pytest

from rag.cli.check.report import show_report
from rag.cli.check.text import MAX_TEXT_BYTES, parse_text, read_text
from rag.errors import InputError, UsageError
from tests.cli.programs import assert_refused_input

TRUE = "The bakery of Anselm Quist opened in Tromsby in the spring of 2019."
FALSE = "It bakes 900 loaves of rye bread on every working day."


@pytest.fixture
def stdin(monkeypatch):
    """Gives the program a text on stdin."""

    def give(text: str) -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return "-"

    return give


def test_each_sentence_is_shown_with_its_place_and_quotation(program, index, tmp_path):
    (tmp_path / "answer.md").write_text(f"# Bread\n\nIn short:\n\n- {TRUE}\n- {FALSE}\n")
    done = program("check", tmp_path / "answer.md")
    assert done.status == 4
    lines = done.out.splitlines()
    assert lines[0] == "· In short: (asserts nothing)"
    assert lines[1] == f"✓ {TRUE}"
    assert lines[2] == "    [1] The bakery on the corner (2021-03-04)"
    assert lines[3].endswith("bakery.md:6")
    assert lines[4] == f"        “{TRUE}”"
    assert lines[5] == f"✗ {FALSE}"
    assert lines[6] == "    the articles say otherwise:"
    assert lines[-1] == "1 of 2 sentences are supported"


def test_a_text_that_is_supported_exits_with_0(program, index, stdin):
    done = program("check", stdin(TRUE))
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("\n1 of 1 sentence is supported\n")


def test_what_ask_prints_passes_its_own_check(program, index, stdin):
    question = "When did the bakery open, and who built its oven?"
    stdin(program("ask", question).out)
    assert program("check").status == 0
    stdin(program("ask", "--json", question).out)
    done = program("check", "--json")
    record = json.loads(done.out)
    assert done.status == 0
    assert record["schema"] == "rag.check/1"
    assert record["n_supported"] == record["n_claims"] > 0
    verdicts = {f["verdict"] for s in record["statements"] for f in s["sources"]}
    assert verdicts == {"supports"}


def test_a_refusal_asserts_nothing(program, index, stdin):
    stdin(program("ask", "--json", "Who won the chess game of Zanzibar?").out)
    done = program("check")
    assert (done.status, done.out.splitlines()[-1]) == (0, "nothing in this text asserts anything")


def test_a_citation_of_the_wrong_article_is_said(program, index, stdin):
    sources = "[1] A harbour freezes over (2020-01-17)\n    harbour.md:6\n"
    done = program("check", stdin(f"{TRUE.removesuffix('.')} [1].\n\n{sources}"))
    assert done.status == 4
    assert "[1] A harbour freezes over does not support this, but this does:" in done.out
    assert done.out.endswith(
        "1 of 1 sentence is supported; 1 citation does not support what cites it\n"
    )


def test_a_quotation_that_nobody_wrote_is_said(program, index, stdin):
    sources = "[1] The bakery on the corner\n    bakery.md:6\n    “The bakery is haunted.”\n"
    done = program("check", stdin(f"{TRUE.removesuffix('.')} [1].\n\n{sources}"))
    assert done.status == 4
    assert "the quotation listed under [1] (The bakery on the corner) is not in" in done.out
    assert "    “The bakery is haunted.”" in done.out


def test_json_names_what_is_missing_and_what_comes_closest(program, index, stdin):
    record = json.loads(program("check", "--json", stdin(FALSE)).out)
    (statement,) = record["statements"]
    assert (statement["verdict"], statement["missing"]) == ("unsupported", ["900"])
    assert "340 loaves" in statement["closest"]["quote"]
    assert record["sound"] is False


def test_control_characters_of_the_text_are_shown_not_sent(program, index, stdin):
    done = program("check", stdin("The bakery \x1b[31m of Anselm\u202e Quist opened in 2019."))
    assert "␛[31m" in done.out
    assert "<U+202E>" in done.out


def test_signs_are_ascii_where_the_stream_has_no_others(make_screen):
    from rag.assistant.text_report import CheckedStatement, TextReport
    from rag.types import Verdict

    shown = make_screen()
    shown.screen.out.file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    statement = CheckedStatement("It is so.", 1, "", Verdict.UNSUPPORTED)
    show_report(shown.screen, TextReport((statement,), (), "v", "i"))
    assert shown.screen.out.file.buffer.getvalue().startswith(b"[x]  It is so.\n")


def test_a_missing_file(program, tmp_path):
    assert_refused_input(program("check", tmp_path / "none.md"), 1, "none.md", "rag check")


def test_a_folder_is_no_text(program, tmp_path):
    assert_refused_input(program("check", tmp_path), 1, "cannot read")


def test_binary_data_is_no_text(program, tmp_path):
    (tmp_path / "a.md").write_bytes(b"\0\1\2")
    assert_refused_input(program("check", tmp_path / "a.md"), 1, "is not text", "Markdown")


def test_a_file_that_is_too_long(program, tmp_path):
    (tmp_path / "a.md").write_text("a " * MAX_TEXT_BYTES)
    assert_refused_input(program("check", tmp_path / "a.md"), 1, "more than 200,000 bytes")


@pytest.mark.parametrize("text", ["", " \n", "---\n"])
def test_an_empty_text(program, stdin, text):
    assert_refused_input(program("check", stdin(text)), 2, "stdin is empty")


def test_json_of_another_kind(program, stdin):
    for text in ('{"schema": "rag.search/1"}', '{"schema": "rag.answer/1", "sentences": [3]}'):
        assert_refused_input(program("check", stdin(text)), 1, "rag.answer/1")


def test_prose_that_begins_with_a_brace_is_prose():
    (statement,) = parse_text("{Sic} It is so.").statements
    assert statement.text == "{Sic} It is so."


def test_a_terminal_without_a_file_is_a_usage_error():
    with pytest.raises(UsageError, match="nothing to check"):
        read_text(None, io.BytesIO(), is_terminal=True)


def test_a_format_with_markup_is_refused_by_its_name(tmp_path):
    with pytest.raises(InputError, match="plain text or Markdown"):
        read_text(str(tmp_path / "a.pdf"), io.BytesIO(), is_terminal=False)


def test_a_threshold_out_of_range_is_a_usage_error(program):
    assert_refused_input(program("check", "--threshold", "3", "a.md"), 2, "--threshold")
