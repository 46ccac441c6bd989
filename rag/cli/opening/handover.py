"""The terminal handed to another program, and taken back as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

from rag.errors import UsageError

LEFT_BY_FORCE = "\x1b[?1049l\x1b[?25h\x1b[m"
"""Back from the other page of the terminal, the cursor shown, no colour: what a program that is
killed does not do."""


def run(
    command: list[str],
    *,
    feed: str | None = None,
    hint: str,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Run ``command`` in the terminal and wait; its exit status, negative if a signal ended it.

    Ctrl-C is the program's own meanwhile: it does not reach whoever called.

    Args:
        feed: what stands on its standard input; None: the terminal.
        hint: said if it cannot be started.

    Raises:
        UsageError: it cannot be started.
    """
    data = None if feed is None else feed.encode("utf-8", "backslashreplace")
    stdin = None if data is None else subprocess.PIPE
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with _left_as_found(), _deaf_to_keys():
        try:
            with subprocess.Popen(command, stdin=stdin, env=environ) as child:
                child.communicate(data)
        except (OSError, ValueError) as exc:  # ValueError: a null character in a word
            why = getattr(exc, "strerror", None) or str(exc)
            raise UsageError(f"cannot start {command[0]}: {why}", hint=hint) from exc
    return child.returncode


@contextmanager
def _deaf_to_keys() -> Iterator[None]:
    """Let the signals of Ctrl-C and Ctrl-\\ pass. A handler, unlike "ignore", is not inherited."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", "SIGQUIT")
    before = {
        number: signal.signal(number, _let_pass)
        for name in names
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _let_pass(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


@contextmanager
def _left_as_found() -> Iterator[None]:
    """Give the terminal its settings back, whatever the program did to them."""
    try:
        import termios
    except ImportError:  # Windows: a console has no such settings
        yield
        return
    try:
        terminal = sys.__stdin__.fileno() if sys.__stdin__ else -1
        before = termios.tcgetattr(terminal) if os.isatty(terminal) else None
    except (OSError, ValueError, termios.error):
        before = None
    try:
        yield
    finally:
        if before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)
