"""Kept chats written into files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.chat.store import SessionStore
from rag.chat.store_rows import About
from tests.chat.conversations import conversation


@pytest.fixture
def kept() -> str:
    """The id of a kept chat of two answers."""
    return SessionStore().start(About(corpus="papers"), conversation().answers)


def test_a_chat_goes_to_stdout_as_markdown(program, kept):
    done = program("sessions", "export", kept)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("# Is it so?\n\n2")
    assert "corpus papers · 2 questions" in done.out
    assert done.out.count("\n## ") == 3


def test_the_format_is_that_of_the_file_or_the_one_that_is_asked_for(program, kept):
    assert program("sessions", "export", "1", "-o", "talk.html").err == "written to talk.html\n"
    assert Path("talk.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert program("sessions", "export", kept, "-o", "talk", "--format", "json").out == ""
    assert json.loads(Path("talk").read_text(encoding="utf-8"))["title"] == "Is it so?"


def test_json_on_stdout_is_one_line(program, kept):
    done = program("sessions", "export", kept, "--format", "json", "-o", "-")
    assert done.out.count("\n") == 1
    assert json.loads(done.out)["schema"] == "rag.session/1"


def test_the_name_of_a_chat_is_its_title(program, kept):
    SessionStore().name(kept, "so or not")
    assert program("sessions", "export", "so").out.startswith("# so or not\n")


def test_a_file_that_is_there_stays_unless_forced(program, kept):
    Path("talk.md").write_text("mine", encoding="utf-8")
    done = program("sessions", "export", kept, "-o", "talk.md")
    assert (done.status, done.out) == (2, "")
    assert done.err == "error: talk.md is there already\n  hint: --force writes over it\n"
    assert Path("talk.md").read_text(encoding="utf-8") == "mine"
    assert program("sessions", "export", kept, "-o", "talk.md", "--force").status == 0
    assert Path("talk.md").read_text(encoding="utf-8").startswith("# Is it so?")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "there is no kept chat 'nothing'"),
        (["1", "-o", "talk.pdf"], "talk.pdf: a conversation is written as .md, .html or .json"),
        (["1", "--format", "pdf"], "pdf"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_a_usage_error(program, kept, arguments, told):
    done = program("sessions", "export", *arguments)
    assert done.status == 2
    assert told in done.err
    assert not list(Path().iterdir())
