"""The real program with a real llama.cpp server, and with none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.programs import assert_refused_input
from tests.support.servers import FalseServer, llama_server, reply, saying

SCRIPT = (
    "The bakery bakes 340 loaves of rye bread on every working day [1].",
    "It was sold for 7 million crowns in 2022 [1].",
)
QUESTION = "How many loaves does the bakery bake?"


@pytest.fixture(scope="module")
def bakery_server(tmp_path_factory: pytest.TempPathFactory):
    """A real server whose model says a true and an invented sentence."""
    from tests.support.gguf import scripted_gguf

    folder = tmp_path_factory.mktemp("bakery")
    model = scripted_gguf(folder / "bakery.gguf", SCRIPT, n_ctx=8192)
    with llama_server(model, folder / "log", n_ctx=8192) as url:
        yield url


def test_a_server_answers_and_what_it_invents_is_left_out(index: Path, bakery_server: str):
    """In a process of its own, as a user would."""
    command = ["ask", "--engine", "endpoint", "--endpoint", bakery_server, "--json", QUESTION]
    done = subprocess.run(
        [sys.executable, "-m", "rag", *command], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["answer"] == SCRIPT[0]
    assert [sentence["text"] for sentence in answer["dropped"]] == [SCRIPT[1]]
    provenance = answer["provenance"]
    place = bakery_server.removeprefix("http://").removesuffix("/v1")
    assert provenance["engine"] == "endpoint"
    assert provenance["model"].endswith(f"bakery.gguf at {place}")
    assert provenance["model_sha256"] == ""


def test_quotations_of_a_server_are_the_articles_own(program, index, server: FalseServer):
    quoted = saying("It bakes 340 loaves of rye bread on every working day. [1]")
    server.then(*[saying(SCRIPT[1])] * 3, quoted)
    command = ["ask", "--quote", "--engine", "endpoint", "--endpoint", server.url, "--json"]
    answer = json.loads(program(*command, QUESTION).out)
    assert answer["answer"] == "It bakes 340 loaves of rye bread on every working day. [1]"
    assert len(answer["dropped"]) == 1
    assert answer["provenance"]["verifier"] == "quotation"


def test_a_server_that_is_not_there_is_said_before_anything_is_indexed(program, folder, tmp_path):
    where = tmp_path / "index-of-its-own"
    command = ["ask", "--engine", "endpoint", "--endpoint", "http://127.0.0.1:9", QUESTION]
    done = program(*command, "--index", where, "-a", folder)
    assert_refused_input(done, 1, "nothing listens at http://127.0.0.1:9/v1", "llama-server")
    assert not where.exists()


def test_an_endpoint_without_its_engine_is_a_mistake(program, index):
    done = program("ask", "--endpoint", "http://127.0.0.1:9", QUESTION)
    assert_refused_input(done, 2, "--endpoint has no effect here", "--engine endpoint")


def test_an_endpoint_without_an_address_is_a_mistake(program, index):
    done = program("ask", "--engine", "endpoint", QUESTION)
    assert_refused_input(done, 2, "has no address", "--endpoint http://127.0.0.1:8080/v1")


def test_a_setting_alone_opens_no_connection(program, index, server, monkeypatch):
    monkeypatch.setenv("RAG_ENDPOINT", server.url)
    assert program("ask", QUESTION).status == 0
    assert re.search(r"ok +endpoint +set, but not used", program("doctor").out)
    assert not server.lists + server.chats


def test_the_named_model_is_asked_and_the_key_is_sent_but_never_shown(
    program, index, server, monkeypatch
):
    monkeypatch.setenv("RAG_ENDPOINT_KEY", "sk-secret-7")
    server.models = [{"id": "big"}, {"id": "small"}]
    server.then(saying(SCRIPT[0]))
    command = ["ask", "--engine", "endpoint", "--endpoint", server.url, "-v", "--json"]
    done = program(*command, "-m", "small", QUESTION)
    assert done.status == 0
    assert "unknown variable" not in done.err
    assert server.chats[0].body["model"] == "small"
    assert server.chats[0].headers["authorization"] == "Bearer sk-secret-7"
    server.then(reply(401, {"error": {"message": "no: sk-secret-7"}}))
    refused = program(*command, QUESTION)
    assert refused.status == 1
    monkeypatch.setenv("RAG_ENGINE", "endpoint")
    monkeypatch.setenv("RAG_ENDPOINT", server.url)
    shown = [done.out, done.err, refused.out, refused.err, *program("doctor", "--json").out]
    assert "sk-secret-7" not in "".join(shown)
    assert not any(b"sk-secret-7" in f.read_bytes() for f in index.rglob("*") if f.is_file())


def test_a_model_of_the_settings_is_a_file_and_not_meant_for_a_server(
    program, index, server, monkeypatch
):
    monkeypatch.setenv("RAG_MODEL", "some-file.gguf")
    monkeypatch.setenv("RAG_ENDPOINT_MODEL", "tiny")
    server.then(saying(SCRIPT[0]))
    done = program("ask", "--engine", "endpoint", "--endpoint", server.url, QUESTION)
    assert done.status == 0
    assert server.chats[0].body["model"] == "tiny"


def test_doctor_asks_a_server_that_is_chosen(program, server, monkeypatch):
    monkeypatch.setenv("RAG_ENGINE", "endpoint")
    monkeypatch.setenv("RAG_ENDPOINT", server.url)
    assert re.search(rf"ok +endpoint +{server.url} offers tiny", program("doctor").out)
    monkeypatch.setenv("RAG_ENDPOINT_MODEL", "huge")
    assert re.search(r"warn +endpoint model +huge is not among them", program("doctor").out)
    monkeypatch.setenv("RAG_ENDPOINT", "http://127.0.0.1:9")
    done = program("doctor")
    assert done.status == 1
    assert re.search(r"fail +endpoint +nothing listens at", done.out)


def test_a_chat_condenses_follow_ups_with_the_server(program, index, server, monkeypatch):
    import io

    lines = f"{QUESTION}\nAnd how many on a working day?\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    question = "How many loaves does the bakery bake on a working day?"
    server.then(saying(SCRIPT[0]), saying(question), saying(SCRIPT[0]))
    done = program("chat", "--engine", "endpoint", "--endpoint", server.url)
    assert done.status == 0
    assert len(server.chats) == 3
    assert f"Question: {question}" in server.chats[2].said()[1][1]
