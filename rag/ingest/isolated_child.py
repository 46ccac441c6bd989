"""The child process in which files are parsed. It imports nothing but the parsers it is asked for.

It reads a request, answers it, and ends when nobody is left to ask.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import signal
import sys
from typing import IO, Any, NoReturn

from rag.errors import InputError
from rag.ingest.isolated_wire import Limits, read_message, write_message

MAX_REPLY_BYTES = 256_000_000
_MAX_REQUEST_BYTES = 1_000_000_000
_ORPHAN_GRACE_S = 10.0
"""The parent ends a child that is late; one without a parent ends itself this much later."""


def serve() -> NoReturn:
    """Answer requests until the parent closes the pipe; never returns."""
    # Ctrl-C goes to the whole group of processes, and what it ends is for the parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = _pipes()
    while True:
        try:
            request = json.loads(read_message(requests, _MAX_REQUEST_BYTES))
            data = read_message(requests, _MAX_REQUEST_BYTES)
        except EOFError:
            os._exit(0)
        reply = _answer(request, data)
        write_message(replies, reply)
        if b'"out_of_memory"' in reply[:40]:
            os._exit(0)  # who knows what is missing now


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Where requests come from and replies go; a parser that prints cannot write into them."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return requests, replies


def _answer(request: dict[str, Any], data: bytes) -> bytes:
    limits = Limits(**request["limits"])
    try:
        _limit(limits)
        module, _, function = str(request["parser"]).partition(":")
        value = getattr(importlib.import_module(module), function)(data)
        reply = json.dumps({"value": value}).encode()
    except InputError as exc:
        return _json(refused=exc.message, hint=exc.hint)
    except MemoryError:
        return _json(out_of_memory=True)
    except Exception as exc:  # parsers of hostile bytes fail in any way; it is said, not judged
        return _json(failed=f"{type(exc).__name__}: {exc}"[:300])
    finally:
        faulthandler.cancel_dump_traceback_later()
    return reply if len(reply) <= MAX_REPLY_BYTES else _json(refused="it holds too much text")


def _json(**values: object) -> bytes:
    return json.dumps(values).encode()


def _limit(limits: Limits) -> None:
    """Bind this process to the limits of the next file, as far as the system can."""
    faulthandler.dump_traceback_later(limits.wall_s + _ORPHAN_GRACE_S, exit=True, file=2)
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_s
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        try:
            # The hard limit stays, so that the next file's limit can be further on.
            resource.setrlimit(kind, (most if hard < 0 else min(most, hard), hard))
        except (OSError, ValueError):  # macOS refuses to limit address space
            continue
