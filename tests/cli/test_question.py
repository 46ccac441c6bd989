"""Where the question comes from."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time

import pytest

from rag.cli.ask import question
from rag.cli.ask.question import read_question
from rag.errors import UsageError


def test_the_words_are_joined():
    assert read_question(["Who", "did it?"], io.BytesIO(), is_terminal=True) == "Who did it?"


def test_a_pipe_is_the_question_when_there_are_no_words():
    assert read_question([], io.BytesIO(b" Who?\n"), is_terminal=False) == "Who?"


def test_a_dash_reads_stdin_in_front_of_the_words():
    stdin = io.BytesIO("\ufeffSome text.\n".encode())
    assert read_question(["-", "Who?"], stdin, is_terminal=False) == "Some text.\nWho?"


def test_what_is_piped_comes_in_front_of_the_words():
    read, write = os.pipe()
    os.write(write, b"Some text.")
    os.close(write)
    with os.fdopen(read, "rb") as stdin:
        assert read_question(["Who?"], stdin, is_terminal=False) == "Some text.\nWho?"


def test_a_pipe_that_nobody_writes_to_does_not_hang_a_question_that_is_there():
    read, write = os.pipe()
    started = time.monotonic()
    with os.fdopen(read, "rb") as stdin:
        assert read_question(["Who?"], stdin, is_terminal=False) == "Who?"
    os.close(write)
    assert time.monotonic() - started < 20 * question.PATIENCE_S


def test_a_closed_stdin_is_no_input():
    code = (
        "import sys, os; os.close(0); from rag.cli.ask.question import read_question;"
        "print(read_question(['Who?'], open(os.devnull, 'rb'), is_terminal=False))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "Who?\n"


@pytest.mark.parametrize("words", [[], [""], ["  ", "\t"], ["-"]])
def test_an_empty_question_is_a_usage_error(words):
    with pytest.raises(UsageError, match="the question is empty"):
        read_question(words, io.BytesIO(b" \n"), is_terminal=False)


def test_on_a_terminal_no_word_is_a_usage_error_at_once():
    with pytest.raises(UsageError, match="the question is empty"):
        read_question([], io.BytesIO(b"never read"), is_terminal=True)


def test_bytes_that_are_no_text_are_a_usage_error():
    with pytest.raises(UsageError, match=r"not UTF-8 text \(byte 1\)"):
        read_question(["-"], io.BytesIO(b"a\xff"), is_terminal=False)


def test_a_flood_on_stdin_is_a_usage_error():
    with pytest.raises(UsageError, match="more than 1,000,000 bytes"):
        read_question(["-"], io.BytesIO(b"a" * 1_000_001), is_terminal=False)
