"""Opening a source from a chat in a real terminal: keys, signals, the terminal given back."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

SCRIPT = Path(__file__).with_name("looking_chat.py")
CTRL_C, CTRL_D = "\x03", "\x04"
WAITS = """#!/bin/sh
printf '%s\\n' "$@" > "{folder}/record"
trap 'echo interrupted >> "{folder}/record"' INT
stty -echo -icanon
echo "editing now"
head -c 1 > /dev/null
{then}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the user's editor: it spoils the terminal, waits for a key, and then does more."""

    def make(then: str = "") -> None:
        program = tmp_path / "vim"
        program.write_text(WAITS.format(folder=tmp_path, then=then))
        program.chmod(0o700)
        monkeypatch.setenv("EDITOR", str(program))

    return make


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Starts the chat and asks its first question."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")
    for name in ("VISUAL", "PAGER", "LESS"):
        monkeypatch.delenv(name, raising=False)
    started = []

    def begin() -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            [str(SCRIPT), str(tmp_path)],
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=20,
        )
        started.append(child)
        child.expect("engine: scripted")
        child.send("one\r")
        child.expect("loaves.”")
        return child

    yield begin
    for child in started:
        child.close(force=True)


def goes_on(child: pexpect.spawn) -> None:
    """Whether the chat reads keys, shows them, and answers."""
    child.send("/why 1\r")
    child.expect("/why 1")
    child.expect("supported, score")
    child.send(CTRL_D)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


def test_the_editor_has_the_terminal_and_the_chat_gets_it_back(start, install, tmp_path):
    install()
    child = start()
    child.send("!2\r")
    child.expect("editing now")
    child.send("q")
    goes_on(child)
    assert (tmp_path / "record").read_text() == f"+2\n{tmp_path}/2.md\n"


def test_ctrl_c_in_the_editor_does_not_end_the_chat(start, install, tmp_path):
    install(then="sleep 0.2")
    child = start()
    child.send("/open 2\r")
    child.expect("editing now")
    child.send(CTRL_C)  # ends what waits for a key, too
    goes_on(child)
    assert (tmp_path / "record").read_text().endswith("interrupted\n")


def test_how_an_editor_ended_is_said(start, install):
    install(then="exit 7")
    child = start()
    child.send("!2\r")
    child.expect("editing now")
    child.send("q")
    child.expect("vim ended with status 7")
    goes_on(child)


def test_without_an_editor_less_shows_the_passage(start, monkeypatch):
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("LESS", "")
    if shutil.which("less") is None:
        pytest.skip("there is no less")
    child = start()
    child.send("!2\r")
    child.expect("It bakes 340 loaves")
    child.expect("END|\\(END\\)|lines")
    child.send("q")
    goes_on(child)
