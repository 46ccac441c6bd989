"""The endpoint engine on a real llama.cpp server, and stopped by Ctrl-C."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from rag.errors import EngineError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.engine import EndpointEngine
from rag.generation.endpoint.transport import Patience, send
from rag.types import Turn
from tests.support.answers import FIRST, LAST, PASSAGES, WRONG, passage
from tests.support.servers import FalseServer

QUESTION = "How many sizes has Llama 3?"


@pytest.fixture
def engine(scripted_server: str) -> EndpointEngine:
    return EndpointEngine(EndpointClient(Address.parse(scripted_server)), n_ctx=2000)


def test_the_scripted_answer_comes_from_the_server(engine: EndpointEngine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    found = [generation.next(), generation.next(), generation.next(), generation.next()]
    assert [draft and draft.text for draft in found] == [FIRST, WRONG, LAST, None]
    assert engine.model_name.split(" at ")[0].endswith("scripted.gguf")


def test_a_generation_that_is_closed_lets_the_server_take_the_next(engine: EndpointEngine) -> None:
    for _ in range(3):
        generation = engine.generate(QUESTION, PASSAGES, ())
        assert generation.next() is not None
        generation.close()


def test_a_question_is_condensed(engine: EndpointEngine) -> None:
    history = [Turn("What is Llama 3?", "It has two sizes.")]
    assert engine.condense("What sizes?", history) == "What sizes?"


def test_a_context_that_is_set_too_large_is_said(scripted_server: str) -> None:
    """This server breaks off without a word when a prompt is too long for it."""
    client = EndpointClient(Address.parse(scripted_server))
    engine = EndpointEngine(client, n_ctx=100_000)
    passages = [passage(label, "Llama 3 comes in two sizes. " * 50) for label in range(1, 10)]
    with pytest.raises(EngineError, match="broke off before the end") as caught:
        engine.generate(QUESTION, passages, ()).next()
    assert "context_tokens" in caught.value.hint


_ASKS = """
import sys
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.engine import EndpointEngine
generation = EndpointEngine(EndpointClient(Address.parse(sys.argv[1]))).generate("Why?", (), ())
try:
    generation.next()
except KeyboardInterrupt:
    generation.close()
    print("stopped", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("begins", [True, False], ids=["in the stream", "before the first word"])
def test_ctrl_c_ends_the_connection_at_once(begins: bool, server: FalseServer) -> None:
    """The process lives on, so that it is not its end that closes the connection."""
    process = subprocess.Popen(
        [sys.executable, "-c", _ASKS, server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def scene(handler: BaseHTTPRequestHandler) -> None:
        from tests.support.servers import begin_stream

        if begins:
            begin_stream(handler)
            handler.wfile.write(b'data: {"choices":[{"delta":{"content":"so "}}]}\n\n')
        process.send_signal(signal.SIGINT)
        handler.connection.settimeout(10)
        if handler.connection.recv(1) == b"":
            server.gone.set()

    server.then(scene)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "stopped\n"
    assert server.gone.wait(5)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(10) == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")
def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: FalseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.wrap(context)
    address = Address.parse(server.url.replace("http://127.0.0.1", "https://localhost"))
    with pytest.raises(EngineError, match="the server's certificate is not valid"):
        send(address, "/v1/models", patience=Patience(5, 5), key="sk-secret")
    assert not server.lists
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reply = send(address, "/v1/models", patience=Patience(5, 5), key="sk-secret")
    reply.close()
    assert reply.status == 200
