"""Questions from lines of JSON: ``{"id": 7, "question": "Who wrote it?"}`` or ``"Who wrote it?"``.

Lines come from elsewhere: each is distrusted, and one that is wrong says so without harming those
behind it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from rag.errors import InputError, UsageError
from rag.types import Turn

STDIN = "-"
MAX_LINE_BYTES = 1_000_000
EXAMPLE = '{"id": 1, "question": "Who wrote the letter?"}'


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One question of many.

    Attributes:
        id: what the asker calls it, any JSON value; None if nothing.
        history: earlier turns of its conversation, oldest first.
    """

    question: str
    id: Any = None
    history: tuple[Turn, ...] = ()


@contextmanager
def open_lines(place: str) -> Iterator[BinaryIO]:
    """The file ``place``, or stdin for ``-``.

    Raises:
        InputError: the file cannot be read.
    """
    if place == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = open(place, "rb")  # noqa: SIM115 - closed below, whatever is raised in between
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise InputError(
            f"cannot read {place}: {why}", hint="rag ask --jsonl - < questions.jsonl"
        ) from exc
    with file:
        yield file


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number, from 1, and bytes of each line that is not blank, as soon as it has come; its end
    taken off.

    Of a line that is too long only the beginning is kept: one byte more than may be.
    """
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES + 1)
        if line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, line.rstrip(b"\r\n")


def parsed(line: bytes) -> AskedLine:
    """The question on ``line``.

    Raises:
        UsageError: it is too long, no JSON, or asks nothing; with the question's id as far as
            there is one in ``id_of``.
    """
    if len(line) > MAX_LINE_BYTES:
        raise UsageError(f"the line has more than {MAX_LINE_BYTES:,} bytes", hint=EXAMPLE)
    value = _json(line)
    if isinstance(value, str):
        return AskedLine(_text(value, "the question"))
    if not isinstance(value, dict):
        raise UsageError("the line is neither an object nor a string of JSON", hint=EXAMPLE)
    if "question" not in value:
        raise UsageError('the line has no "question"', hint=EXAMPLE)
    question = _text(value["question"], "question")
    return AskedLine(question, value.get("id"), _history(value.get("history")))


def id_of(line: bytes) -> Any:
    """The id on a line that is wrong otherwise; None if it cannot be told."""
    try:
        value = _json(line) if len(line) <= MAX_LINE_BYTES else None
    except UsageError:
        return None
    return value.get("id") if isinstance(value, dict) else None


def _json(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as exc:
        raise UsageError(f"the line is not UTF-8 text (byte {exc.start})", hint=EXAMPLE) from exc
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"the line is not JSON: {_reason(exc)}", hint=EXAMPLE) from exc


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (column {error.colno})"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _history(value: Any) -> tuple[Turn, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        raise UsageError(
            "history is not a list of turns",
            hint='"history": [{"question": "Who?", "answer": "Nobody."}]',
        )
    return tuple(
        Turn(
            _text(turn.get("question"), "question in history"),
            _text(turn.get("answer"), "answer in history"),
        )
        for turn in value
    )


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{what} is not a string", hint=EXAMPLE)
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise UsageError(f"{what} holds half a character (at {exc.start})", hint=EXAMPLE) from exc
    return value
