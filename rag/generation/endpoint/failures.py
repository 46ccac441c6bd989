"""What went wrong at an endpoint, said so that one can act on it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import ContextOverflow, EngineError
from rag.text.terminal import safe

MAX_MESSAGE_CHARS = 300
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_TOO_LONG = re.compile(
    r"context (length|window|size)|maximum context|max_model_len|prompt (is )?too long"
    r"|exceeds? the (available )?context",
    re.IGNORECASE,
)
_TOO_LONG_KINDS = frozenset({"exceed_context_size_error", "context_length_exceeded"})
_NO_MODEL = re.compile(r"model\b.*\b(not found|does not exist|not exist)", re.IGNORECASE)


class PassingFailure(EngineError):
    """A failure that may be gone at the next try.

    Attributes:
        wait_s: how long the server asked to wait; None if it did not say.
        refused: nobody listens there: nothing was sent.
    """

    def __init__(
        self, message: str, *, hint: str = "", wait_s: float | None = None, refused: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s
        self.refused = refused


class NotFound(EngineError):
    """The server has no such page or model."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: what the words for a failure need.

    Attributes:
        url: of the endpoint; key: never shown; models: those that the server offers.
    """

    url: str
    key: str = ""
    model: str = ""
    models: Sequence[str] = ()


def parse_json(data: str | bytes) -> Any:
    """The value in ``data``; None if it is not JSON (or nested so deep that it is an attack)."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def failure_of(
    status: int, body: bytes, asked: Asked, *, wait_s: float | None = None
) -> EngineError:
    """The error for an answer with an HTTP ``status`` other than 200."""
    record = parse_json(body)
    said = _message(record) if record is not None else _plain(body)
    return _failure(status, record, one_line(said, asked.key), asked, wait_s)


def failure_in_stream(record: dict[str, Any], asked: Asked) -> EngineError:
    """The error for a record with an ``error`` in the middle of an answer."""
    error = record["error"]
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 400
    return _failure(status, record, one_line(_message(record), asked.key), asked, None)


def one_line(text: str, key: str) -> str:
    """What a server said, short, harmless to a terminal, and without the key if it echoes it."""
    if key:
        text = text.replace(key, "***")
    text = safe(" ".join(text[: 4 * MAX_MESSAGE_CHARS].split()))
    return text if len(text) <= MAX_MESSAGE_CHARS else text[:MAX_MESSAGE_CHARS] + "…"


def _failure(
    status: int, record: Any, said: str, asked: Asked, wait_s: float | None
) -> EngineError:
    colon = f": {said}" if said else ""
    if 300 <= status < 400:
        return EngineError(
            f"{asked.url} points to another place{colon}; the articles are not sent there",
            hint="set endpoint to the address that answers",
        )
    if status in (401, 403):
        doing = "refuses the key in RAG_ENDPOINT_KEY" if asked.key else "wants a key"
        return EngineError(f"{asked.url} {doing}{colon}", hint="export RAG_ENDPOINT_KEY=...")
    if 400 <= status < 500 and (_kinds(record) & _TOO_LONG_KINDS or _TOO_LONG.search(said)):
        return ContextOverflow(
            f"the prompt does not fit the context of the server at {asked.url}{colon}",
            hint="set context_tokens to the server's context, or start it with a larger one",
        )
    if status == 404 or "model_not_found" in _kinds(record) or _NO_MODEL.search(said):
        return _not_found(asked, colon)
    if status in _PASSING:
        return PassingFailure(
            f"{asked.url}: HTTP {status}{colon}", hint="see the server's log", wait_s=wait_s
        )
    return EngineError(f"{asked.url}: HTTP {status}{colon}", hint="see the server's log")


def _not_found(asked: Asked, colon: str) -> EngineError:
    if asked.models and asked.model not in asked.models:
        offered = one_line(", ".join(asked.models[:10]), asked.key)
        return NotFound(
            f"{asked.url} has no model {asked.model!r}; it offers: {offered}",
            hint=f"-m {one_line(asked.models[0], asked.key)}",
        )
    return NotFound(
        f"{asked.url} has no such page or model{colon}",
        hint="the address of an OpenAI-compatible server mostly ends in /v1",
    )


def _message(record: Any) -> str:
    """The words in the shapes that servers use: OpenAI's, FastAPI's, and a bare message."""
    if not isinstance(record, dict):
        return ""
    for name in ("error", "detail", "message"):
        found = record.get(name)
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str) and found:
            return found
    return ""


def _kinds(record: Any) -> set[str]:
    error = record.get("error") if isinstance(record, dict) else None
    found = error if isinstance(error, dict) else record if isinstance(record, dict) else {}
    return {value for name in ("type", "code") if isinstance(value := found.get(name), str)}


def _plain(body: bytes) -> str:
    """A body that is not JSON; of a web page only its title."""
    text = body[: 8 * MAX_MESSAGE_CHARS].decode("utf-8", "replace")
    if "<" not in text[:100]:
        return text
    title = re.search(r"<title>([^<]*)", text, re.IGNORECASE)
    return f"a web page ({title.group(1)})" if title else "a web page"
