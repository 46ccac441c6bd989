"""Parsers of complicated formats, run in a child process that may crash, hang or eat memory.

What a file makes a parser do then costs that one file: the child is ended, the file is reported,
the next file gets a new child. One child serves many files; it starts when the first file needs
it and loads nothing but the parser. Bytes go in, JSON comes out: nothing that the child says can
run anything here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from functools import cache
from typing import IO, Any

from rag.errors import InputError
from rag.ingest.isolated_child import MAX_REPLY_BYTES
from rag.ingest.isolated_wire import Limits, read_message, write_message
from rag.text.terminal import safe

_MAX_FILES_PER_CHILD = 500
"""Parsers leak; a new child takes about a tenth of a second."""
_MAX_REASON_CHARS = 300
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from rag.ingest.isolated_child import serve; serve()"
)
_HINT = "Save it again with another program, or take it out of the folder."


_LATE = "the parser takes too long"
_NO_MEMORY = "the parser needs too much memory"
_NO_SENSE = "the parser gives no sensible answer"


class _Died(Exception):
    """The child ended without an answer; the argument says why, as the end of a sentence."""


class IsolatedParsers:
    """Calls parsers in a child process, one file at a time; threads wait for each other.

    Args:
        limits: of each file; by its size if None.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def parse(self, parser: str, data: bytes, *, name: str) -> Any:
        """What the function ``parser`` (``module:function``) says of ``data``, as JSON values.

        The function takes the bytes and gives JSON values, or raises ``InputError`` with the end
        of a sentence about the file (``it needs a password``). Its values are the word of a program
        that read hostile input: the caller checks their shape. ``name`` is the file's.

        Raises:
            InputError: if the parser refuses the file, fails, crashes, or needs too much time or
                memory.
        """
        with self._lock:
            try:
                return _value(self._asked(parser, data))
            except _Died as exc:
                raise InputError(f"{safe(name)} cannot be read: {exc}.", hint=_HINT) from exc
            except InputError as exc:
                message = f"{safe(name)} cannot be read: {exc.message}."
                raise InputError(message, hint=exc.hint or _HINT) from exc

    def close(self) -> None:
        """End the child; the next file starts another. May be called twice."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The number of the child process; None while there is none."""
        return self._child.process.pid if self._child else None

    def _asked(self, parser: str, data: bytes) -> dict[str, Any]:
        """The reply to one file.

        If a child that has served other files dies of it, a new one is asked: the verdict on a
        file does not depend on those before it.
        """
        if self._child is not None and self._child.n_files >= _MAX_FILES_PER_CHILD:
            self._end()
        if self._child is not None:
            try:
                return self._once(parser, data)
            except _Died as exc:
                if exc.args[0] == _LATE:
                    raise
        return self._once(parser, data)

    def _once(self, parser: str, data: bytes) -> dict[str, Any]:
        if self._child is None:
            self._child = _Child()
        try:
            return self._child.ask(parser, data, self._limits or Limits.of_file(len(data)))
        except BaseException:
            self._end()  # an interrupted child would give the next file this one's answer
            raise

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """A running child process.

    Attributes:
        n_files: how many files it was given.

    Raises:
        _Died: if no process can be started.
    """

    def __init__(self) -> None:
        # -I: neither the current folder nor the environment says what is imported.
        paths = json.dumps([path or os.getcwd() for path in sys.path])
        command = [sys.executable, "-I", "-c", _START, paths]
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as exc:
            raise _Died("the parser cannot be started") from exc
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to: IO[bytes] = self.process.stdin
        self._back: IO[bytes] = self.process.stdout
        self.n_files = 0
        # Also when the program ends without having closed anything.
        self.end = weakref.finalize(self, _ended, self.process)

    def ask(self, parser: str, data: bytes, limits: Limits) -> dict[str, Any]:
        """The reply to one file.

        Raises:
            _Died: if there is none.
        """
        self.n_files += 1
        late = threading.Event()
        timer = threading.Timer(limits.wall_s, _kill_late, (self.process, late))
        timer.daemon = True
        timer.start()
        try:
            request = {"parser": parser, "limits": limits.as_json()}
            write_message(self._to, json.dumps(request).encode())
            write_message(self._to, data)
            reply = json.loads(read_message(self._back, MAX_REPLY_BYTES))
        except (OSError, EOFError) as exc:
            status = _ended(self.process)
            raise _Died(_LATE if late.is_set() else _cause(status)) from exc
        except (ValueError, RecursionError) as exc:
            raise _Died(_NO_SENSE) from exc
        finally:
            timer.cancel()
        if not isinstance(reply, dict):
            raise _Died(_NO_SENSE)
        if "out_of_memory" in reply:
            raise _Died(_NO_MEMORY)
        return reply


def _kill_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Kill and reap a child; its exit status, the negative signal number if one ended it."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:  # what was not sent yet cannot be sent any more
            continue
    return process.wait()


def _cause(status: int) -> str:
    if status == -getattr(signal, "SIGXCPU", 0):
        return _LATE
    if status < 0:
        return f"it makes the parser crash ({signal.strsignal(-status) or f'signal {-status}'})"
    return f"the parser ends with status {status}"


def _value(reply: dict[str, Any]) -> Any:
    """What the parser said.

    Raises:
        InputError: if it refused the file; its message is the end of a sentence.
    """
    if "value" in reply:
        return reply["value"]
    if "refused" in reply:
        raise InputError(_line(reply["refused"]), hint=_line(reply.get("hint", "")))
    raise InputError(f"it is damaged ({_line(reply.get('failed', 'unknown'))})")


def _line(told: object) -> str:
    """One bounded line of what the child says, safe to show."""
    return safe(" ".join(str(told)[:_MAX_REASON_CHARS].split())).rstrip(".")


@cache
def shared_parsers() -> IsolatedParsers:
    """The one child that all readers of this program share."""
    return IsolatedParsers()
