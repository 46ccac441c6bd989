"""Parsers that behave badly, for the child process that must survive them."""

from __future__ import annotations

import os
import signal
import sys
import time

from rag.errors import InputError


def length(data: bytes) -> dict[str, int]:
    return {"n_bytes": len(data), "pid": os.getpid()}


def modules(_: bytes) -> list[str]:
    return sorted(sys.modules)


def ignores_ctrl_c(_: bytes) -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def crash(_: bytes) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def crash_once_used(data: bytes) -> dict[str, int]:
    """Fails in a child that has parsed anything before."""
    if getattr(sys, "parsed_before", False):
        crash(data)
    sys.parsed_before = True  # type: ignore[attr-defined]
    return length(data)


def leave(_: bytes) -> None:
    os._exit(3)


def hang(_: bytes) -> None:
    time.sleep(600)


def spin(_: bytes) -> None:
    while True:
        pass


def eat_at_once(_: bytes) -> int:
    return len(bytearray(10**12))


def eat_slowly(_: bytes) -> int:
    eaten = []
    while True:
        eaten.append(bytearray(10**8))


def refuse(_: bytes) -> None:
    raise InputError("it is\nof \x1b[31m the wrong kind", hint="Do this.")


def fail(_: bytes) -> None:
    raise KeyError("Root")


def chatter(_: bytes) -> str:
    sys.stdout.write("to standard output")
    os.write(1, b"\0" * 100)
    os.write(2, b"to standard error")
    return "said"


def no_json(_: bytes) -> object:
    return object()


def half_a_character(_: bytes) -> str:
    return "\ud800"
