"""The one place where errors become lines on stderr and an exit status."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import traceback
from dataclasses import dataclass

import typer

from rag.cli.help import usage
from rag.corpora import with_corpus
from rag.errors import RagError
from rag.text.terminal import safe

ERROR_SCHEMA = "rag.error/1"
INTERRUPTED = 130
DEBUG_VARIABLE = "RAG_DEBUG"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said of an error; each text is one line, the hint may be empty."""

    message: str
    hint: str
    exit_code: int


def failure_of(error: BaseException, *, corpus: str = "") -> Failure:
    """What to say of ``error``; one that nobody foresaw names its kind and how to see more.

    Args:
        corpus: the one in use: it belongs into each ``rag index`` that a hint says to type.
    """
    if isinstance(error, RagError):
        message = str(error.message).removesuffix(".")
        return Failure(message, with_corpus(error.hint, corpus), error.exit_code)
    if isinstance(error, typer.TyperException):
        return Failure(_sentence(usage.message(error)), usage.hint(error), error.exit_code)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Failure("interrupted", "", INTERRUPTED)
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return Failure(f"{error.strerror}{where}", f"{DEBUG_VARIABLE}=1 shows where it happened", 1)
    detail = f": {error}" if str(error) else ""
    hint = f"this is a fault of the program; {DEBUG_VARIABLE}=1 shows where it happened"
    return Failure(f"unexpected {type(error).__name__}{detail}", hint, 1)


def report(failure: Failure, *, as_json: bool) -> None:
    """Write ``failure``: two lines on stderr, or one JSON object on stdout."""
    if as_json:
        body = {"message": failure.message, "hint": failure.hint, "exit_code": failure.exit_code}
        sys.stdout.write(json.dumps({"schema": ERROR_SCHEMA, "error": body}) + "\n")
        return
    prefix = "" if failure.exit_code == INTERRUPTED else "error: "
    sys.stderr.write(_filled(f"{prefix}{safe(failure.message)}") + "\n")
    if failure.hint:
        sys.stderr.write(_filled(f"  hint: {safe(failure.hint)}") + "\n")


def _filled(line: str) -> str:
    """``line`` broken between words where it would run over the edge of a terminal. What is to be
    typed or opened is never broken; elsewhere than on a terminal nothing is."""
    columns = shutil.get_terminal_size().columns
    if not sys.stderr.isatty() or len(line) <= columns:
        return line
    return textwrap.fill(
        line,
        columns,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def is_debugging() -> bool:
    """Whether ``RAG_DEBUG`` asks for tracebacks and log lines."""
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def show_traceback(error: BaseException) -> None:
    """Write the traceback of ``error`` to stderr if ``RAG_DEBUG`` asks for it."""
    if is_debugging():
        text = "".join(traceback.format_exception(error))
        sys.stderr.write(safe(text, keep_newlines=True))


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
