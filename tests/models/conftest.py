"""A data folder of its own for each test, and a hub on loopback that can misbehave."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.models.catalogue import CATALOGUE, CatalogueEntry


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setenv("RAG_MODELS_DIR", str(folder / "models"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return folder


CONTENT = bytes(range(256)) * 8000
"""Two megabytes: several blocks of the downloader."""


def entry_for(content: bytes, *, name: str = "llama-test") -> CatalogueEntry:
    """A catalogue entry that pins ``content``."""
    return CatalogueEntry(
        name=name,
        repo="someone/some-model-GGUF",
        file="model.gguf",
        revision="0" * 40,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="Test Licence",
        licence_url="https://example.org/licence",
        ram_note="",
    )


@dataclass
class Hub:
    """A server of one file, and how it misbehaves.

    Attributes:
        drop_after: for each request in turn, bytes after which the connection breaks.
        statuses: for each request in turn, a status to answer with instead.
        seen: the Range header of each request.
    """

    url: str = ""
    content: bytes = CONTENT
    ranges: bool = True
    drop_after: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirect_to: str = ""
    silence_s: float = 0.0
    seen: list[str | None] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        hub = self.hub
        hub.seen.append(self.headers["Range"])
        if hub.statuses:
            self.send_error(hub.statuses.pop(0))
            return
        if hub.redirect_to and not self.path.startswith("/storage"):
            self.send_response(302)
            self.send_header("Location", hub.redirect_to)
            self.end_headers()
            return
        time.sleep(hub.silence_s)
        self._send(hub)

    def _send(self, hub: Hub) -> None:
        start = 0
        asked = self.headers["Range"]
        if asked and hub.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        body = hub.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            total = len(hub.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        limit = hub.drop_after.pop(0) if hub.drop_after else len(body)
        with contextlib.suppress(ConnectionError):  # the client may have left
            self.wfile.write(body[:limit])
        if limit < len(body):
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    """The server, running."""
    state = Hub()
    handler = type("Handler", (_Handler,), {"hub": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def known_entry(monkeypatch: pytest.MonkeyPatch) -> CatalogueEntry:
    """An entry that pins CONTENT and is part of the catalogue for this test: the real files are
    too large to be there."""
    entry = entry_for(CONTENT)
    for module in ("rag.models.catalogue", "rag.models.files"):
        monkeypatch.setattr(f"{module}.CATALOGUE", (*CATALOGUE, entry))
    return entry
