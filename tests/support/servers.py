"""Servers on loopback: a real one of llama.cpp, and a false one that does what it is told."""

from __future__ import annotations

import contextlib
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_STARTED = re.compile(r"Uvicorn running on http://[^:]+:(\d+)")
_STARTING_S = 60.0


@contextlib.contextmanager
def llama_server(model: Path, log: Path, *, n_ctx: int = 4096) -> Iterator[str]:
    """The base URL of a llama.cpp server that runs ``model``, on a port that was free."""
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--port", "0"]
    command += ["--host", "127.0.0.1", "--chat_format", "llama-3", "--n_ctx", str(n_ctx)]
    command += ["--n_threads", "1", "--verbose", "false"]
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environ)
    try:
        yield f"http://127.0.0.1:{_port_of(process, log)}/v1"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _port_of(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + _STARTING_S
    while time.monotonic() < until and process.poll() is None:
        found = _STARTED.search(log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return int(found.group(1))
        time.sleep(0.05)
    raise RuntimeError(f"llama_cpp.server did not start: {log.read_text()[-2000:]}")


@dataclass
class Asked:
    """A request as it came. ``headers``: names in lower case."""

    path: str
    headers: dict[str, str]
    body: Any = None

    def said(self) -> list[tuple[str, str]]:
        """The messages of a chat: roles and texts."""
        return [(message["role"], message["content"]) for message in self.body["messages"]]


Scene = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FalseServer:
    """A server that answers each chat with the next of ``scenes``, the last one again and again.

    Attributes:
        models: the reply of /models, a list of entries; props: of /props, None for a 404.
        chats: the chats that were asked; lists: what else was asked.
        gone: set when a client has hung up on a scene that goes on for ever.
    """

    scenes: list[Scene] = field(default_factory=list)
    models: Any = field(default_factory=lambda: [{"id": "tiny"}])
    props: Any = None
    lists_scene: Scene | None = None
    chats: list[Asked] = field(default_factory=list)
    lists: list[Asked] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    wrap: Callable[[ssl.SSLContext], None] = lambda context: None

    def then(self, *scenes: Scene) -> None:
        """Play ``scenes`` from now on."""
        self.scenes[:] = scenes

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        self.lists.append(_asked(handler))
        if self.lists_scene is not None:
            self.lists_scene(handler)
        elif handler.path.endswith("/models") and self.models is not None:
            reply(200, {"object": "list", "data": self.models})(handler)
        elif handler.path.endswith("/props") and self.props is not None:
            reply(200, self.props)(handler)
        else:
            reply(404, {"error": {"message": "not found"}})(handler)

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        self.chats.append(_asked(handler))
        scene = self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]
        try:
            scene(handler)
        except OSError:
            self.gone.set()


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    headers = {name.lower(): value for name, value in handler.headers.items()}
    data = handler.rfile.read(int(headers.get("content-length", 0)))
    return Asked(handler.path, headers, json.loads(data) if data else None)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about."""


@contextlib.contextmanager
def false_server() -> Iterator[FalseServer]:
    """A false server, running."""
    stage = FalseServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stage._get(self)

        def do_POST(self) -> None:
            stage._post(self)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    stage.wrap = lambda context: _wrap(server, context)
    stage.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stage
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wrap(server: ThreadingHTTPServer, context: ssl.SSLContext) -> None:
    """Speak TLS from now on."""
    server.socket = context.wrap_socket(server.socket, server_side=True)


def reply(status: int, body: Any, **headers: str) -> Scene:
    """A whole reply: JSON, or bytes as they are."""

    def scene(handler: BaseHTTPRequestHandler) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return scene


def events(data: Sequence[bytes | dict[str, Any]], *, media: str = "text/event-stream") -> Scene:
    """A stream: records as events, bytes as they are, then the end of the connection."""

    def scene(handler: BaseHTTPRequestHandler) -> None:
        begin_stream(handler, media=media)
        for item in data:
            block = item if isinstance(item, bytes) else b"data: %s\n\n" % json.dumps(item).encode()
            handler.wfile.write(block)
            handler.wfile.flush()

    return scene


def begin_stream(handler: BaseHTTPRequestHandler, *, media: str = "text/event-stream") -> None:
    """The head of a reply that ends with its connection."""
    handler.send_response(200)
    handler.send_header("Content-Type", media)
    handler.send_header("Connection", "close")
    handler.end_headers()


DONE = b"data: [DONE]\n\n"


def piece(text: str | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A record of a stream that says ``text``."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **more}


def saying(*texts: str, finish: str = "stop", usage: dict[str, Any] | None = None) -> Scene:
    """A well-behaved answer of ``texts``."""
    records: list[bytes | dict[str, Any]] = [piece(text) for text in texts]
    records.append(piece(None, finish))
    if usage is not None:
        records.append({"choices": [], "usage": usage})
    return events([*records, DONE])


def for_ever(block: bytes, *, pause_s: float = 0.0) -> Scene:
    """A stream of the same block until the client hangs up."""

    def scene(handler: BaseHTTPRequestHandler) -> None:
        begin_stream(handler)
        while True:
            handler.wfile.write(block)
            handler.wfile.flush()
            time.sleep(pause_s)

    return scene
