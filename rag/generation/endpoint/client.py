"""What is asked of an endpoint: which models it offers, how much they can read, and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from rag.errors import EngineError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.chat import ChatStream
from rag.generation.endpoint.failures import Asked, NotFound, failure_of, one_line, parse_json
from rag.generation.endpoint.messages import Message
from rag.generation.endpoint.retrying import NEVER, Retries, retry_after_s
from rag.generation.endpoint.transport import Patience, Reply, send

_TOTAL = 10
"""A whole answer may take this many times as long as a silence in it."""
_MAX_LIST_BYTES = 1 << 20
_MAX_ERROR_BYTES = 1 << 14
_MAX_MODELS = 1000
_MAX_NAME_CHARS = 200
_WINDOWS = ("max_model_len", "context_length", "context_window", "n_ctx")
_PLAUSIBLE = range(256, 100_000_000)


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that a server offers. ``window``: tokens of its context; None if not said."""

    name: str
    window: int | None = None


class EndpointClient:
    """Speaks to one server. Holds no connection between two requests."""

    def __init__(
        self, address: Address, *, key: str = "", timeout_s: float = 60.0, retries: Retries = NEVER
    ) -> None:
        self.address = address
        self._key = key
        self._timeout_s = timeout_s
        self._retries = retries
        self._models: tuple[str, ...] = ()

    def offers(self, *, timeout_s: float = 10.0) -> list[Offer]:
        """The models that the server lists, each with its context if it is said; often one.

        Raises:
            EngineError: no connection, or what comes is no list of models.
        """
        url_path = f"{self.address.path}/models"
        record = self._retries.run(lambda: self._get(url_path, timeout_s))
        entries = record.get("data") if isinstance(record, dict) else None
        if not isinstance(entries, list):
            raise NotFound(
                f"{self.address.root}{url_path} gives no list of models",
                hint="the address of an OpenAI-compatible server mostly ends in /v1",
            )
        found = [_offer(entry) for entry in entries[:_MAX_MODELS]]
        offers = [offer for offer in found if offer is not None]
        self._models = tuple(offer.name for offer in offers)
        return offers

    def served_window(self, *, timeout_s: float = 10.0) -> int | None:
        """Tokens of context that a llama-server runs with; None from any other server."""
        try:
            record = self._get(f"{self.address.path.removesuffix('/v1')}/props", timeout_s)
        except EngineError:
            return None
        settings = record.get("default_generation_settings") if isinstance(record, dict) else None
        return _window(settings) if isinstance(settings, dict) else None

    def chat(
        self,
        messages: Sequence[Message],
        *,
        model: str,
        max_tokens: int,
        temperature: float,
        seed: int,
    ) -> ChatStream:
        """The answer to ``messages``, its first piece already there.

        Raises:
            EngineError: as ``failures`` says it; what may pass was tried again before.
            ContextOverflow: the server finds the messages too long.
        """
        body = {
            "model": model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        n_bytes = sum(len(message["content"].encode()) for message in messages)
        data = json.dumps(body).encode("ascii")
        return self._retries.run(lambda: self._begun(data, model, n_bytes, max_tokens))

    def _begun(self, data: bytes, model: str, n_prompt_bytes: int, n_most: int) -> ChatStream:
        asked = Asked(self.address.url, self._key, model, self._models)
        path = f"{self.address.path}/chat/completions"
        patience = Patience(self._timeout_s, _TOTAL * self._timeout_s)
        reply = send(self.address, path, patience=patience, key=self._key, body=data)
        if reply.status != 200:
            self._refuse(reply, asked)
        if reply.media_type != "text/event-stream":
            reply.close()
            raise EngineError(
                f"{self.address.url} answers with {one_line(reply.media_type, self._key)!r}, "
                "not with a stream of events",
                hint="it must serve /chat/completions with streaming",
            )
        stream = ChatStream(reply, asked, n_prompt_bytes=n_prompt_bytes, n_most=n_most)
        stream.begin()
        return stream

    def _get(self, path: str, timeout_s: float) -> Any:
        patience = Patience(timeout_s, timeout_s)
        reply = send(self.address, path, patience=patience, key=self._key)
        if reply.status != 200:
            self._refuse(reply, Asked(self.address.url, self._key))
        try:
            return parse_json(reply.beginning(_MAX_LIST_BYTES))
        finally:
            reply.close()

    def _refuse(self, reply: Reply, asked: Asked) -> NoReturn:
        try:
            body = reply.beginning(_MAX_ERROR_BYTES)
        finally:
            reply.close()
        wait_s = retry_after_s(reply.headers.get("retry-after", ""))
        raise failure_of(reply.status, body, asked, wait_s=wait_s)


def _offer(entry: object) -> Offer | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return None
    name = entry["id"]
    if not name.isprintable() or not 0 < len(name) <= _MAX_NAME_CHARS:
        return None
    return Offer(name, _window(entry))


def _window(record: dict[str, Any]) -> int | None:
    for name in _WINDOWS:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value in _PLAUSIBLE:
            return value
    return None
