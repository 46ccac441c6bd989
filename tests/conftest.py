"""What tests of several folders share: Ctrl-C, and servers on loopback, started when needed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import FalseServer, false_server, llama_server


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """A job started in the background ignores SIGINT, and so would every program it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def scripted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a real llama.cpp server whose model says the scripted answer."""
    from tests.support.answers import FIRST, LAST, RIGHT, WRONG
    from tests.support.gguf import scripted_gguf

    folder = tmp_path_factory.mktemp("server")
    model = scripted_gguf(
        folder / "scripted.gguf",
        [FIRST, (WRONG, RIGHT), LAST],
        after={":": ["What sizes does Llama 3 have?"]},
        n_ctx=4096,
    )
    with llama_server(Path(model), folder / "log") as url:
        yield url


@pytest.fixture
def server() -> Iterator[FalseServer]:
    """A server that does what it is told."""
    with false_server() as running:
        yield running
