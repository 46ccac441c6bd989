"""The text to be checked: from a file or from stdin, prose or the JSON of ``rag ask``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rag.cli.json.output import ANSWER_SCHEMA
from rag.errors import InputError, UsageError
from rag.text.terminal import safe

if TYPE_CHECKING:
    from rag.assistant.listed import ListedSource
    from rag.assistant.prose import GivenText

STDIN = "-"
MAX_TEXT_BYTES = 200_000
"""Some thirty thousand words: more than any answer, and read and checked in minutes."""
HINT = "rag check answer.md, or: rag ask QUESTION | rag check"
_MARKUP_SUFFIXES = (".html", ".htm", ".pdf", ".docx", ".odt", ".rtf")


def read_text(file: str | None, stdin: BinaryIO, *, is_terminal: bool) -> str:
    """The text of ``file``; of stdin for ``-``, or without a file when something is piped.

    Raises:
        UsageError: if there is nothing to read or the text is empty.
        InputError: if the file cannot be read, is too long, or is not text.
    """
    if file is None and is_terminal:
        raise UsageError("nothing to check", hint=HINT)
    if file in (None, STDIN):
        if is_terminal:
            sys.stderr.write("type or paste the text, then end it with Ctrl-D\n")
        name, data = "stdin", stdin.read(MAX_TEXT_BYTES + 1)
    else:
        name, data = safe(str(file)), _bytes_of(Path(str(file)))
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(
            f"{name} has more than {MAX_TEXT_BYTES:,} bytes: too long for an answer",
            hint="split it; articles are added with: rag index FOLDER",
        )
    text = _decoded(data, name)
    if not any(character.isalnum() for character in text):
        raise UsageError(f"{name} is empty: nothing to check", hint=HINT)
    return text


def _bytes_of(path: Path) -> bytes:
    name = safe(str(path))
    if path.suffix.lower() in _MARKUP_SUFFIXES:
        raise InputError(f"{name}: plain text or Markdown is checked", hint="save it as text")
    try:
        with path.expanduser().open("rb") as file:
            return file.read(MAX_TEXT_BYTES + 1)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise InputError(f"cannot read {name}: {why}", hint=HINT) from exc


def _decoded(data: bytes, name: str) -> str:
    from rag.ingest.decoding import decode

    try:
        return decode(data, name=name).text
    except InputError as exc:
        raise InputError(exc.message.rstrip("."), hint="plain text or Markdown is checked") from exc


def parse_text(text: str) -> GivenText:
    """The statements and sources of ``text``.

    Raises:
        InputError: if it is JSON of another kind than ``rag ask --json`` writes.
    """
    from rag.assistant.prose import read_prose

    if not text.lstrip().startswith("{"):
        return read_prose(text)
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return read_prose(text)  # prose may begin with a brace
    return _of_answer(record)


def _of_answer(record: Any) -> GivenText:
    """The sentences and sources of an answer's JSON object."""
    from rag.assistant.prose import GivenText, plain_statements

    try:
        if record["schema"] != ANSWER_SCHEMA:
            raise ValueError("another schema")
        sentences = [_text(item["text"]) for item in record["sentences"]]
        if record["refused"]:
            sentences = [_text(record["answer"])]
        return GivenText(plain_statements(sentences), tuple(_sources(record)))
    except (KeyError, TypeError, ValueError, IndexError) as exc:
        raise InputError(
            f"JSON, but not an answer of this program ({ANSWER_SCHEMA})",
            hint="rag ask --json QUESTION | rag check",
        ) from exc


def _sources(record: Any) -> list[ListedSource]:
    from rag.assistant.listed import ListedSource

    quotes: dict[int, list[str]] = {}
    for item in record["evidence"]:
        quotes.setdefault(int(item["label"]), []).append(" ".join(_text(item["quote"]).split()))
    return [
        ListedSource(label, _text(item["chunk"]["title"]), tuple(quotes.get(label, ())))
        for item in record["passages"]
        for label in [int(item["label"])]
    ]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
