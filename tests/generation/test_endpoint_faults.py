"""A server that fails, lies or attacks: each time one clear error, soon, and no key in it."""

from __future__ import annotations

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from rag.errors import ContextOverflow, EngineError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.chat import ChatStream
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.messages import Message
from rag.generation.endpoint.retrying import NEVER, Retries
from rag.generation.endpoint.transport import Patience, send
from tests.support.servers import (
    DONE,
    FalseServer,
    begin_stream,
    events,
    for_ever,
    piece,
    reply,
    saying,
)

MESSAGES: list[Message] = [{"role": "user", "content": "Why?"}]


def client_of(
    server: FalseServer, *, key: str = "", timeout_s: float = 5.0, retries: Retries = NEVER
) -> EndpointClient:
    return EndpointClient(Address.parse(server.url), key=key, timeout_s=timeout_s, retries=retries)


def asked(client: EndpointClient, *, max_tokens: int = 100) -> ChatStream:
    return client.chat(MESSAGES, model="tiny", max_tokens=max_tokens, temperature=0.0, seed=0)


def text_of(chat: ChatStream) -> str:
    text = ""
    while (found := chat.read()) is not None:
        text += found
    return text


def waiting(waits: list[float], *, tries: int = 4) -> Retries:
    return Retries(tries=tries, wait=waits.append, jitter=lambda: 1.0)


def test_pieces_become_the_text(server: FalseServer) -> None:
    server.then(saying("It ", "is", " so."))
    assert text_of(asked(client_of(server))) == "It is so."


def test_nothing_listens_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        waits: list[float] = []
        client = EndpointClient(Address.parse(url), retries=waiting(waits))
        with pytest.raises(EngineError, match=f"nothing listens at {url}") as caught:
            client.offers()
    assert "llama-server" in caught.value.hint
    assert waits == [0.5]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_failure_that_passes_is_tried_again(status: int, server: FalseServer) -> None:
    waits: list[float] = []
    failing = reply(status, {"error": {"message": "loading"}})
    server.then(failing, failing, saying("Yes."))
    assert text_of(asked(client_of(server, retries=waiting(waits)))) == "Yes."
    assert waits == [0.5, 1.0]


def test_tries_are_bounded(server: FalseServer) -> None:
    server.then(reply(503, {"error": {"message": "loading the model"}}))
    waits: list[float] = []
    with pytest.raises(EngineError, match="HTTP 503: loading the model"):
        asked(client_of(server, retries=waiting(waits)))
    assert waits == [0.5, 1.0, 2.0]
    assert len(server.chats) == 4


@pytest.mark.parametrize(("said", "waits_expected"), [("3", [3.0]), ("9999", []), ("soon", [0.5])])
def test_retry_after_is_obeyed_within_bounds(
    said: str, waits_expected: list[float], server: FalseServer
) -> None:
    waits: list[float] = []
    server.then(reply(429, b"busy", Retry_After=said))
    with pytest.raises(EngineError, match="HTTP 429: busy"):
        asked(client_of(server, retries=waiting(waits, tries=2)))
    assert waits == waits_expected


@pytest.mark.parametrize("status", [400, 500, 418])
def test_a_failure_that_stays_is_said_at_once(status: int, server: FalseServer) -> None:
    server.then(reply(status, {"error": {"message": "no such option"}}))
    with pytest.raises(EngineError, match=f"HTTP {status}: no such option"):
        asked(client_of(server, retries=Retries()))
    assert len(server.chats) == 1


def test_a_connection_that_breaks_before_the_first_word_is_tried_again(
    server: FalseServer,
) -> None:
    waits: list[float] = []
    server.then(events([]), lambda handler: handler.connection.close(), saying("Yes."))
    assert text_of(asked(client_of(server, retries=waiting(waits)))) == "Yes."
    assert len(waits) == 2


def test_a_connection_that_breaks_later_is_an_error(server: FalseServer) -> None:
    server.then(events([piece("It is ")]))
    chat = asked(client_of(server, retries=Retries()))
    with pytest.raises(EngineError, match="broke off before the end of the answer"):
        text_of(chat)
    assert len(server.chats) == 1


def test_an_end_without_done_is_an_end_if_a_reason_was_given(server: FalseServer) -> None:
    server.then(events([piece("Yes."), piece(None, "stop")]))
    chat = asked(client_of(server))
    assert text_of(chat) == "Yes."
    assert not chat.is_cut


@pytest.mark.parametrize("finish", ["length", "content_filter", None])
def test_an_end_for_another_reason_is_a_cut(finish: str | None, server: FalseServer) -> None:
    server.then(events([piece("Yes, but", finish), DONE]))
    chat = asked(client_of(server))
    assert text_of(chat) == "Yes, but"
    assert chat.is_cut


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_without_the_key(
    status: int, server: FalseServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.then(reply(status, {"error": {"message": "Incorrect API key: sk-secret-1"}}))
    with pytest.raises(EngineError, match="refuses the key in RAG_ENDPOINT_KEY") as caught:
        asked(client_of(server, key="sk-secret-1"))
    assert server.chats[0].headers["authorization"] == "Bearer sk-secret-1"
    everything = caught.value.message + caught.value.hint + repr(caught.value) + caplog.text
    assert "sk-secret-1" not in everything
    assert "httpcore" in caplog.text, "the library's own log was looked at too"


def test_a_missing_key_is_said(server: FalseServer) -> None:
    server.then(reply(401, {"detail": "Invalid API key"}))
    with pytest.raises(EngineError, match="wants a key: Invalid API key") as caught:
        asked(client_of(server))
    assert "RAG_ENDPOINT_KEY" in caught.value.hint
    assert "authorization" not in server.chats[0].headers


def test_an_unknown_model_names_those_that_are_offered(server: FalseServer) -> None:
    server.models = [{"id": "big"}, {"id": "small"}]
    server.then(reply(404, {"error": {"message": "model 'tiny' not found"}}))
    client = client_of(server)
    client.offers()
    with pytest.raises(EngineError, match="no model 'tiny'; it offers: big, small") as caught:
        asked(client)
    assert caught.value.hint == "-m big"


@pytest.mark.parametrize(
    "error",
    [
        {"message": "too much", "type": "exceed_context_size_error", "n_ctx": 512},
        {"message": "too much", "code": "context_length_exceeded"},
        {"message": "This model's maximum context length is 512 tokens. However, you asked for 9"},
    ],
)
def test_a_prompt_too_long_is_an_overflow(error: dict[str, str], server: FalseServer) -> None:
    server.then(reply(400, {"error": error}))
    with pytest.raises(ContextOverflow, match="does not fit the context of the server"):
        asked(client_of(server))


def test_an_error_inside_the_stream_is_an_error(server: FalseServer) -> None:
    record = {"error": {"code": 400, "type": "exceed_context_size_error", "message": "too much"}}
    server.then(events([piece("It "), record]))
    with pytest.raises(ContextOverflow, match="too much"):
        text_of(asked(client_of(server)))


def test_a_redirect_is_not_followed(server: FalseServer) -> None:
    server.then(reply(307, b"", Location="http://198.51.100.1/v1/chat/completions"))
    with pytest.raises(EngineError, match="points to another place") as caught:
        asked(client_of(server, key="sk-secret"))
    assert "set endpoint" in caught.value.hint


def test_a_web_page_is_no_answer(server: FalseServer) -> None:
    server.then(events([b"<html><title>Sign in</title>"], media="text/html; charset=utf-8"))
    with pytest.raises(EngineError, match="answers with 'text/html', not with a stream"):
        asked(client_of(server))


def test_an_error_page_is_told_by_its_title(server: FalseServer) -> None:
    server.then(reply(500, b"<!doctype html><title>Oops</title>" + b"x" * 100_000))
    with pytest.raises(EngineError, match=r"HTTP 500: a web page \(Oops\)"):
        asked(client_of(server))


@pytest.mark.parametrize(
    "data", [b"data: {nonsense\n\n", b"data: [1]\n\n", b"data: " + b"[" * 100_000 + b"\n\n"]
)
def test_what_is_not_json_is_an_error(data: bytes, server: FalseServer) -> None:
    server.then(events([data, DONE]))
    with pytest.raises(EngineError, match="sent what is not JSON"):
        text_of(asked(client_of(server)))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [7]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": 7}}], "usage": {"prompt_tokens": "many"}},
    ],
)
def test_records_of_an_odd_shape_say_nothing(record: dict, server: FalseServer) -> None:
    server.then(events([record, piece("Yes.", "stop"), DONE]))
    chat = asked(client_of(server))
    assert text_of(chat) == "Yes."
    assert chat.n_prompt is None


def test_bytes_that_are_no_text_and_controls_do_no_harm(server: FalseServer) -> None:
    odd = b'data: {"choices":[{"delta":{"content":"a\xff\\u001b[2J\\ud83d b\\u0007"}}]}\n\n'
    server.then(events([odd, piece(None, "stop"), DONE]))
    assert text_of(asked(client_of(server))) == "a\ufffd [2J\ufffd b "


def test_a_line_without_end_is_cut_off(server: FalseServer) -> None:
    server.then(for_ever(b"data: " + b"x" * 65536))
    with pytest.raises(EngineError, match=r"sent a line of more than [\d,]+ bytes"):
        asked(client_of(server))
    assert server.gone.wait(5)


@pytest.mark.parametrize("block", [b": ping\n" * 5000, b"\n" * 50_000, b"data: {}\n\n" * 5000])
def test_a_stream_without_end_is_cut_off(block: bytes, server: FalseServer) -> None:
    server.then(for_ever(block))
    with pytest.raises(EngineError, match=r"sent more than [\d,]+ bytes"):
        asked(client_of(server))
    assert server.gone.wait(5)


def test_an_answer_without_end_is_cut(server: FalseServer) -> None:
    server.then(for_ever(b'data: {"choices":[{"delta":{"content":"so so so "}}]}\n\n' * 50))
    chat = asked(client_of(server), max_tokens=10)
    assert len(text_of(chat)) < 1000
    assert chat.is_cut
    assert server.gone.wait(5)


def test_a_silent_server_is_given_up(server: FalseServer) -> None:
    release = threading.Event()
    server.then(lambda handler: (release.wait(20), None)[1])
    with pytest.raises(EngineError, match="took too long to answer") as caught:
        asked(client_of(server, timeout_s=0.3))
    release.set()
    assert "endpoint_timeout_s" in caught.value.hint


def drip(data: bytes):
    def scene(handler: BaseHTTPRequestHandler) -> None:
        for byte in data:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)

    return scene


def test_a_drip_of_bytes_ends_at_the_deadline(server: FalseServer) -> None:
    server.then(for_ever(b":", pause_s=0.02))
    with pytest.raises(EngineError, match="took too long to answer"):
        asked(client_of(server, timeout_s=0.1))
    assert server.gone.wait(5)


def test_a_drip_of_headers_ends_at_the_deadline(server: FalseServer) -> None:
    server.then(drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000))
    with pytest.raises(EngineError, match="took too long to answer"):
        asked(client_of(server, timeout_s=0.1))


def test_a_late_answer_is_not_waited_for_beyond_the_deadline(server: FalseServer) -> None:
    server.lists_scene = lambda handler: (time.sleep(1), reply(200, {"data": []})(handler))[1]
    with pytest.raises(EngineError, match="took too long to answer"):
        send(Address.parse(server.url), "/v1/models", patience=Patience(idle_s=9, total_s=0.2))


def test_what_is_not_http_is_an_error(server: FalseServer) -> None:
    server.then(lambda handler: handler.wfile.write(b"220 mail ready\r\n") and None)
    with pytest.raises(EngineError, match="broke off, or does not speak HTTP"):
        asked(client_of(server))


def test_closing_ends_the_connection_at_once(server: FalseServer) -> None:
    server.then(for_ever(b'data: {"choices":[{"delta":{"content":"so "}}]}\n\n', pause_s=0.01))
    chat = asked(client_of(server))
    assert chat.read() == "so "
    chat.close()
    assert server.gone.wait(5)
    assert chat.read() is None
    chat.close()


def test_a_kept_open_connection_ends_when_the_answer_has(server: FalseServer) -> None:
    def scene(handler: BaseHTTPRequestHandler) -> None:
        saying("Yes.")(handler)
        while True:
            handler.wfile.write(b": ping\n")
            time.sleep(0.01)

    server.then(scene)
    assert text_of(asked(client_of(server))) == "Yes."
    assert server.gone.wait(5)


def test_a_failure_behind_the_end_takes_nothing_back(server: FalseServer) -> None:
    server.then(events([piece("Yes."), piece(None, "stop"), b"data: {nonsense\n\n"]))
    assert text_of(asked(client_of(server))) == "Yes."


def test_a_server_is_not_waited_for_while_nobody_reads(server: FalseServer) -> None:
    """What comes in the meantime waits in the connection; a full one halts the server."""
    n_sent = 0

    def scene(handler: BaseHTTPRequestHandler) -> None:
        nonlocal n_sent
        begin_stream(handler)
        handler.wfile.write(b'data: {"choices":[{"delta":{"content":"so "}}]}\n\n')
        handler.connection.settimeout(0.5)
        while True:
            handler.wfile.write(b": x" * 30_000 + b"\n")
            n_sent += 90_001

    server.then(scene)
    chat = asked(client_of(server))
    assert server.gone.wait(10), "the server was held up, and gave up"
    assert n_sent < 16 << 20
    chat.close()


def test_the_proxy_of_the_environment_is_not_asked_for_loopback(
    server: FalseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.then(saying("Yes."))
    assert text_of(asked(client_of(server))) == "Yes."


def test_a_certificate_is_wanted_of_an_https_server(server: FalseServer) -> None:
    """A plain server cannot even begin; what matters is that nothing was sent to it."""
    client = EndpointClient(Address.parse(server.url.replace("http:", "https:")), key="sk-secret")
    with pytest.raises(EngineError, match="cannot be reached"):
        client.offers()
    assert not server.lists


def test_the_certificate_is_checked() -> None:
    import ssl

    import httpcore2

    context = httpcore2.default_ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
