"""Server-sent events: what a stream of bytes says, event by event.

Ours rather than a library's, since every line must be bounded, comments too (a server may send
nothing but those), and the encoding is UTF-8 whatever a header claims.

Source: WHATWG HTML, section 9.2.6 (interpreting an event stream); only ``data`` is of interest, and
a last event without its blank line is taken, since servers forget it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.errors import EngineError

MAX_EVENT_BYTES = 1 << 18
"""A token takes some 300 bytes; a whole answer in one event stays far below."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


def event_data(blocks: Iterable[bytes]) -> Iterator[str]:
    """The data of each event in ``blocks``, cut anywhere; bytes that are no UTF-8 become U+FFFD.

    Raises:
        EngineError: if a line or an event is longer than any that an answer holds.
    """
    data: list[bytes] = []
    size_bytes = 0
    for line in _lines(blocks):
        if line:
            name, _, value = line.partition(b":")
            if name in (b"data", b"error"):  # older llama-servers name errors so
                data.append(value.removeprefix(b" "))
                size_bytes += len(value) + 1
                if size_bytes > MAX_EVENT_BYTES:
                    raise _too_long()
        elif data:
            yield _text(data)
            data, size_bytes = [], 0
    if data:
        yield _text(data)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    pending = b""
    for block in blocks:
        text = pending + block
        end = len(text) - text.endswith(b"\r")  # it may be half of a line end
        *lines, rest = _LINE_END.split(text[:end])
        yield from lines
        pending = rest + text[end:]
        if len(pending) > MAX_EVENT_BYTES:
            raise _too_long()
    if pending:
        yield pending.rstrip(b"\r")


def _text(data: list[bytes]) -> str:
    return b"\n".join(data).decode("utf-8", "replace")


def _too_long() -> EngineError:
    return EngineError(
        f"the server sent a line of more than {MAX_EVENT_BYTES:,} bytes: no answer of a model"
    )
