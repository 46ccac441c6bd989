"""``rag ask --jsonl``: many questions in one process, a line of JSON each, in and out."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.cli.ask import lines as asked_lines
from rag.cli.ask.lines import lines_of, parsed
from rag.errors import UsageError
from rag.types import Turn
from tests.cli.programs import Done

KNOWN = "Who built the oven?"
UNKNOWN = "Who won the football cup in Brazil?"


@pytest.fixture
def ask(program, index, tmp_path):
    """Asks the lines of a file: strings as they are, anything else as JSON."""

    def run(*lines: Any, flags: tuple[str, ...] = ()) -> tuple[Done, list[dict[str, Any]]]:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path = tmp_path / "questions.jsonl"
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        done = program("ask", "--jsonl", path, *flags)
        return done, [json.loads(line) for line in done.out.splitlines()]

    return run


def test_answers_come_in_order_with_the_ids_of_their_questions(ask):
    lines = [json.dumps(KNOWN), {"id": "a", "question": KNOWN}, {"question": KNOWN, "id": [1, {}]}]
    done, found = ask(*lines)
    assert done.status == 0
    assert [record["schema"] for record in found] == ["rag.answer/1"] * 3
    assert [(record["id"], record["line"]) for record in found] == [
        (None, 1),
        ("a", 2),
        ([1, {}], 3),
    ]
    assert all("Ilse Varga" in record["answer"] for record in found)


def test_an_answer_is_the_one_that_is_given_alone(ask, program):
    alone = json.loads(program("ask", "--json", KNOWN).out)
    record = ask({"question": KNOWN})[1][0]
    for changing in ("usage", "id", "line"):
        record.pop(changing, None)
        alone.pop(changing, None)
    assert record == alone


def test_a_wrong_line_is_an_error_object_and_the_others_are_answered(ask):
    done, found = ask("{nonsense", {"id": 2, "question": KNOWN}, {"id": 3, "question": "?"})
    assert done.status == 1
    assert [(r["schema"], r["id"], r["line"]) for r in found] == [
        ("rag.error/1", None, 1),
        ("rag.answer/1", 2, 2),
        ("rag.error/1", 3, 3),
    ]
    assert found[0]["error"]["message"].startswith("the line is not JSON")
    assert found[2]["error"] == {
        "message": "the question is empty",
        "hint": 'rag ask "your question"',
        "exit_code": 2,
    }


def test_a_refusal_among_answers_is_status_3_and_an_error_beats_it(ask):
    assert ask(json.dumps(KNOWN), json.dumps(UNKNOWN))[0].status == 3
    assert ask(json.dumps(UNKNOWN), "5")[0].status == 1
    assert ask(json.dumps(KNOWN))[0].status == 0


def test_blank_lines_are_passed_over_and_counted(ask):
    done, found = ask("", "  \t", json.dumps(KNOWN), "\r")
    assert done.status == 0
    assert [record["line"] for record in found] == [3]


def test_no_line_is_no_answer_and_no_error(ask):
    done, found = ask()
    assert (done.status, done.err, found) == (0, "", [])


def test_a_follow_up_is_understood_by_its_history(ask):
    history = [{"question": "What froze in Tromsby?", "answer": "The harbour of Tromsby."}]
    _, found = ask({"question": "When did it?", "history": history})
    assert found[0]["question"] == "When did it?"
    assert found[0]["query"] != "When did it?"


def test_stdin_is_read_line_by_line(program, index, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(KNOWN).encode())))
    done = program("ask", "--jsonl", "-")
    assert json.loads(done.out)["question"] == KNOWN


def test_an_answer_is_there_before_the_next_line_is_sent(index):
    """A program may ask, read the answer, and ask again."""
    child = subprocess.Popen(
        [sys.executable, "-m", "rag", "ask", "--jsonl", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for number in (1, 2):
        child.stdin.write(json.dumps({"id": number, "question": KNOWN}).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["id"] == number
    child.send_signal(signal.SIGINT)
    rest, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert json.loads(rest)["error"]["message"] == "interrupted"
    assert said == b""


def test_the_assistant_is_opened_once(ask, monkeypatch):
    from rag.parts import Parts

    opened = []
    assistant = Parts.assistant
    monkeypatch.setattr(
        Parts, "assistant", lambda self, scope: opened.append(scope) or assistant(self, scope)
    )
    ask(json.dumps(KNOWN), json.dumps(UNKNOWN), json.dumps(KNOWN))
    assert len(opened) == 1


def test_verbose_counts_them(ask):
    done, _ = ask(json.dumps(KNOWN), json.dumps(UNKNOWN), "x", flags=("-v",))
    assert done.err.splitlines()[-1] == "1 answered, 1 refused, 1 failed"


def test_a_fault_of_the_program_in_one_question_spares_the_others(ask, monkeypatch):
    from rag.assistant.preparing import Preparation

    prepare = Preparation.prepare

    def fails_once(self, question, *more):
        if question == "now":
            raise ZeroDivisionError("by zero")
        return prepare(self, question, *more)

    monkeypatch.setattr(Preparation, "prepare", fails_once)
    done, found = ask(json.dumps("now"), json.dumps(KNOWN))
    assert done.status == 1
    assert found[0]["error"]["message"] == "unexpected ZeroDivisionError: by zero"
    assert found[1]["refused"] is False


def test_a_file_that_is_not_there_is_one_error_object(program, tmp_path):
    done = program("ask", "--jsonl", tmp_path / "none.jsonl")
    assert done.status == 1
    error = json.loads(done.out)["error"]
    assert error["message"].endswith("none.jsonl: No such file or directory")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("Who?",), "not from the command line"),
        (("--dry-run",), "does not go with --dry-run"),
        (("--explain",), "does not go with"),
        (("--show-prompt",), "does not go with"),
    ],
)
def test_what_leaves_no_room_for_lines_is_a_usage_error(program, flags, message):
    done = program("ask", "--jsonl", "-", *flags)
    assert done.status == 2
    assert message in json.loads(done.out)["error"]["message"]
    assert done.err == ""


def test_hostile_ids_and_questions_come_out_as_ascii_escapes(ask):
    line = {"id": "\x1b]52;c;aGk=\x07\u202e", "question": "Who built \x1b[2J the oven?"}
    done, found = ask(line)
    assert found[0]["id"] == line["id"]
    assert found[0]["question"] == line["question"]
    assert "\u202e" not in done.out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\xff", r"not UTF-8 text \(byte 0\)"),
        (b"Who?", r"not JSON: Expecting value \(column 1\)"),
        (b"NaN", "NaN is no number of JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "not JSON"),
        (b"5", "neither an object nor a string"),
        (b"[]", "neither an object nor a string"),
        (b"{}", 'has no "question"'),
        (b'{"question": null}', "question is not a string"),
        (b'"\\ud800"', "holds half a character"),
        (b'{"question": "Who?", "history": {}}', "history is not a list of turns"),
        (b'{"question": "Who?", "history": ["x"]}', "history is not a list of turns"),
        (b'{"question": "Who?", "history": [{"question": "A"}]}', "answer in history is not"),
        (b'"' + b"x" * asked_lines.MAX_LINE_BYTES, "more than 1,000,000 bytes"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line, message):
    with pytest.raises(UsageError, match=message):
        parsed(line)


def test_a_line_may_begin_with_a_byte_order_mark_and_hold_more_than_is_used():
    asked = parsed(b'\xef\xbb\xbf{"question": "Who?", "gold": 1, "history": null}')
    assert (asked.question, asked.id, asked.history) == ("Who?", None, ())
    turns = [{"question": "A?", "answer": "B."}]
    assert parsed(json.dumps({"question": "Who?", "history": turns}).encode()).history == (
        Turn("A?", "B."),
    )


def test_a_line_that_is_too_long_is_not_kept_and_the_next_one_is_whole(monkeypatch):
    monkeypatch.setattr(asked_lines, "MAX_LINE_BYTES", 10)
    stream = io.BytesIO(b"x" * 35 + b"\n" + b"y" * 10 + b"\r\n" + b"z" * 11 + b"\n\nlast")
    assert list(lines_of(stream)) == [
        (1, b"x" * 11),
        (2, b"y" * 10),
        (3, b"z" * 11),
        (5, b"last"),
    ]


def test_no_one_reads_the_answers_any_more(index: Path, tmp_path: Path):
    path = tmp_path / "many.jsonl"
    path.write_text((json.dumps(KNOWN) + "\n") * 50)
    child = subprocess.Popen(
        [sys.executable, "-m", "rag", "ask", "--jsonl", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert child.wait(60) == 1
