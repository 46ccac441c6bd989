"""``rag ask`` in a real terminal, and with one of its streams in a pipe."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pexpect
import pytest

from tests.support.gguf import scripted_gguf

QUESTION = "How many loaves does the bakery bake?"
SAID = "The bakery bakes 340 loaves of rye bread on every working day [1]."


@pytest.fixture
def ask(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Asks in a terminal of 80 by 24; what it showed, and the exit status."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("RAG_ENGINE", "llama")
    model = scripted_gguf(tmp_path / "m.gguf", [SAID, "It was sold in 1522 [1]."], n_ctx=8192)

    def run(command: str) -> tuple[str, int]:
        line = f"{sys.executable} -m rag ask -m {model} {command}"
        child = pexpect.spawn(
            "/bin/sh", ["-c", line], dimensions=(24, 80), encoding="utf-8", timeout=60
        )
        shown = child.read()
        child.wait()
        return shown, child.exitstatus

    return run


def plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b\x07]*(\x1b\\|\x07)", "", shown)


def test_what_is_left_out_is_said_behind_the_answer_and_not_in_it(ask):
    shown, status = ask(f'-v "{QUESTION}"')
    lines = plain(shown).replace("\r", "").splitlines()
    assert status == 0
    assert SAID in lines
    assert any(line.startswith("left out, unsupported: It was sold in 1522") for line in lines)
    assert "\x1b[2K" in shown  # there was a spinner, and it was taken away


def test_with_stdout_in_a_file_only_the_rest_is_on_the_terminal(ask, tmp_path):
    out = tmp_path / "out.json"
    shown, status = ask(f'--json "{QUESTION}" > {out}')
    assert status == 0
    assert json.loads(out.read_text())["answer"] == SAID
    assert SAID not in plain(shown)


def test_a_question_from_a_pipe_is_answered_on_the_terminal(ask):
    shown, status = ask(f"-q --no-sources <<'X'\n{QUESTION}\nX")
    assert status == 0
    assert plain(shown).strip() == SAID


def test_answers_to_many_come_whole_through_the_spinner(ask):
    lines = f'printf \'%s\\n\' \'"{QUESTION}"\' \'{{"id": 5, "question": "?"}}\''
    shown, status = ask(f"--jsonl - <<X\n$({lines})\nX")
    records = [json.loads(found) for found in re.findall(r"\{.*\}", plain(shown).replace("\r", ""))]
    assert [record["line"] for record in records] == [1, 2]
    assert status == 1
