"""The chat in a real terminal: keys, signals, the spinner, the prompt."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

SCRIPT = Path(__file__).with_name("slow_chat.py")
PROMPT = r">[^>\r\n]*\x1b\[\?25h"
"""The mark, and the cursor shown again when the prompt is drawn."""
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


@pytest.fixture
def history_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "chat-history"


@pytest.fixture
def start(history_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Starts the slow chat in a terminal of 80 by 24 and waits for its prompt."""
    monkeypatch.setenv("TERM", "xterm-256color")
    started = []

    def begin() -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            [str(SCRIPT), str(history_file)],
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=15,
        )
        started.append(child)
        child.expect("engine: slow")
        child.expect(PROMPT)
        return child

    yield begin
    for child in started:
        child.close(force=True)


def leave(child: pexpect.spawn) -> int:
    child.send(CTRL_D)
    child.expect(pexpect.EOF)
    child.wait()  # its end of the terminal closes a little before it ends
    return child.exitstatus


def test_ctrl_c_stops_the_answer_and_keeps_the_chat(start):
    child = start()
    child.send("long\r")
    child.expect(r"After 0 turns: long")
    child.send(CTRL_C)
    child.expect("stopped; the chat goes on")
    child.expect(PROMPT)
    child.send("again\r")
    child.expect("After 0 turns: again")  # the stopped answer is no turn of the conversation
    child.expect("A title")
    child.expect(PROMPT)
    child.send("more\r")
    child.expect("After 1 turns: more")
    child.expect(PROMPT)
    assert leave(child) == 0


def test_ctrl_c_on_an_empty_line_gives_a_hint_and_on_a_full_one_empties_it(start):
    child = start()
    child.send(CTRL_C)
    child.expect("press Ctrl-D or type /quit to leave")
    child.expect(PROMPT)
    child.send("never sent")
    child.expect("never sent")
    child.send(CTRL_C)
    child.send("sent\r")
    child.expect("After 0 turns: sent")
    assert "never sent" not in child.after
    child.expect(PROMPT)
    assert leave(child) == 0


def test_the_spinner_shows_for_how_long_an_answer_is_awaited(start):
    child = start()
    child.send("one\r")
    child.expect(r"reading the articles 0:00:00")
    child.expect("1")  # only what has changed is drawn anew
    child.expect("After 0 turns")
    child.expect(PROMPT)


def test_an_earlier_line_comes_back_with_the_arrow_key_in_the_next_chat(start, history_file):
    child = start()
    child.send("one\r")
    child.expect("After 0 turns: one")
    child.expect("A title")
    child.expect(PROMPT)
    child.send("/quit\r")
    child.expect(pexpect.EOF)
    assert stat.S_IMODE(history_file.stat().st_mode) == 0o600
    child = start()
    child.send(UP)
    child.expect("/quit")
    child.send(UP + "\r")
    child.expect("After 0 turns: one")


def test_the_tabulator_completes_commands(start):
    child = start()
    child.send("/cle\t")
    child.expect("ar")  # what was missing
    child.send("\r")
    child.expect("the conversation is forgotten")


def test_a_sentence_comes_in_colour_and_wrapped(start):
    child = start()
    child.send("word " * 30 + "\r")
    child.expect("After 0 turns")
    child.expect("A title")
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.before).split("\r\n")
    assert max(map(len, lines[:-1])) <= 80
    assert "\x1b[36m[1]" in child.before


@pytest.fixture
def spawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Starts the real program in a terminal, with an article and a place for an index."""
    (tmp_path / "bakery.md").write_text(
        "# Bakery\n\nThe bakery of Anselm Quist bakes 340 loaves of rye bread a day.\n"
    )
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("RAG_ARTICLES", str(tmp_path / "bakery.md"))
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    started = []

    def begin(*arguments: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "rag", *arguments],
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=60,
        )
        started.append(child)
        return child

    yield begin
    for child in started:
        child.close(force=True)


def test_the_program_shows_a_spinner_a_bar_and_a_coloured_answer(spawn):
    child = spawn("ask", "How many loaves of bread does the bakery of Anselm Quist bake?")
    child.expect("loading")
    child.expect("embedding.*0/")
    child.expect(r"340 loaves of rye bread a day \x1b\[36m\[1\]\x1b\[0m\.")
    child.expect("“The bakery of Anselm Quist")
    child.expect(pexpect.EOF)
    child.wait()  # its end of the terminal closes a little before it ends
    assert child.exitstatus == 0


def test_ctrl_c_ends_a_single_question_with_status_130_and_without_a_trace(spawn):
    child = spawn("ask", "How many loaves does the bakery bake?")
    child.expect("loading")
    child.send(CTRL_C)
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.wait()  # its end of the terminal closes a little before it ends
    assert (child.exitstatus, child.signalstatus) == (130, None)
    assert "Traceback" not in child.before
