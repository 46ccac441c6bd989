"""The question: from the command line, from stdin, or from both (stdin first)."""

from __future__ import annotations

import select
import sys
from collections.abc import Sequence
from typing import BinaryIO

from rag.errors import UsageError

STDIN = "-"
MAX_STDIN_BYTES = 1_000_000
PATIENCE_S = 0.5
"""How long a pipe that nobody writes to is waited for when the question is an argument already.

A job of a scheduler or of a build often inherits such a pipe: waiting for its end would hang.
"""


def read_question(words: Sequence[str], stdin: BinaryIO, *, is_terminal: bool) -> str:
    """The question. ``-`` among the words, or no word at all, makes it wait for stdin's end.

    Raises:
        UsageError: if there is no question, or stdin is not text or is too long.
    """
    asked = " ".join(word for word in words if word != STDIN).strip()
    waits = STDIN in words or (not words and not is_terminal)
    piped = _read(stdin) if waits or (not is_terminal and _has_input(stdin)) else ""
    question = "\n".join(part for part in (piped.strip(), asked) if part)
    if not any(character.isalnum() for character in question):
        raise UsageError("the question is empty", hint='rag ask "Who wrote the letter?"')
    return question


def _read(stdin: BinaryIO) -> str:
    data = stdin.read(MAX_STDIN_BYTES + 1)
    if len(data) > MAX_STDIN_BYTES:
        raise UsageError(
            f"stdin holds more than {MAX_STDIN_BYTES:,} bytes: too long for a question",
            hint="articles are read with: rag index FOLDER",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageError(
            f"stdin is not UTF-8 text (byte {exc.start})", hint="echo QUESTION | rag ask"
        ) from exc


def _has_input(stdin: BinaryIO) -> bool:
    """Whether stdin has something to read, or has ended, within ``PATIENCE_S``."""
    if sys.platform == "win32":  # select knows only sockets there
        return True
    try:
        return bool(select.select([stdin], [], [], PATIENCE_S)[0])
    except (OSError, ValueError):  # closed, or no real file
        return False
