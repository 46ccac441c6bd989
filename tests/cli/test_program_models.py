"""The real program with a model file, and what the doctor says of it all."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.programs import assert_refused_input
from tests.support.gguf import scripted_gguf

SCRIPT = (
    "The bakery bakes 340 loaves of rye bread on every working day [1].",
    "It was sold for 7 million crowns in 2022 [1].",
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model file that answers every question with a true and an invented sentence."""
    monkeypatch.setenv("RAG_ENGINE", "llama")
    return scripted_gguf(tmp_path / "scripted.gguf", SCRIPT, n_ctx=8192)


def test_a_model_answers_and_what_it_invents_is_left_out(program, index, model):
    done = program("ask", "-v", "-m", model, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert done.out.startswith(f"{SCRIPT[0]}\n\n[1] The bakery on the corner")
    assert "7 million" not in done.out
    assert "left out, unsupported: It was sold for 7 million crowns in 2022" in done.err
    assert "engine llama" in done.err


def test_what_a_model_invents_is_flagged_if_that_is_asked_for(program, index, model, monkeypatch):
    monkeypatch.setenv("RAG_UNSUPPORTED", "flag")
    done = program("ask", "-m", model, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert "[unsupported]" in done.out.partition("\n")[0]
    assert "7 million crowns" in done.out.partition("\n")[0]


def test_a_model_is_used_from_then_on(program, index, model, monkeypatch):
    monkeypatch.setenv("RAG_ENGINE", "")
    assert program("model", "use", model).out == f"in use: {model}\n"
    assert program("model", "path").out == f"{model}\n"
    assert f"{model}\t-\t-\tyes\tyes" in program("model", "list").out
    done = program("ask", "--json", "How many loaves does the bakery bake?")
    assert json.loads(done.out)["provenance"]["engine"] == "llama"
    assert re.search(r"ok +model +scripted.gguf, sha256", program("doctor").out)
    model.unlink()
    assert_refused_input(program("ask", "How many loaves?"), 1, "scripted.gguf")
    assert program("doctor").status == 1


def test_a_question_that_does_not_fit_the_context_is_an_error(program, index, model, monkeypatch):
    monkeypatch.setenv("RAG_CONTEXT_TOKENS", "512")
    done = program("ask", "-m", model, "How many loaves does the bakery bake? " * 100)
    assert_refused_input(done, 1, "context")


def test_the_models_are_listed_with_size_and_licence(program):
    done = program("model", "list")
    names = [line.split("\t")[0] for line in done.out.splitlines()]
    assert names == ["llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"]
    assert "0.81 GB\tLlama 3.2 Community License\tno\t-" in done.out
    found = json.loads(program("model", "list", "--json").out)
    assert [item["installed"] for item in found["models"]] == [False] * 3


def test_an_unknown_model_gets_a_suggestion(program):
    assert_refused_input(program("model", "pull", "llama3-1b"), 1, "'llama3-1b'", "did you mean")
    assert_refused_input(program("model", "path"), 1, "no model is in use", "rag model pull")


def test_doctor_finds_the_index_up_to_date_then_stale_then_damaged(program, index, folder):
    done = program("doctor")
    assert done.status == 0
    assert re.search(r"ok +index +.*: 2 articles, \d chunks", done.out)
    assert re.search(r"ok +index state +up to date", done.out)
    assert re.search(r"ok +embedder +all-MiniLM-L6-v2@\w+, weights are upstream's", done.out)
    assert re.search(r"warn +model +none", done.out)
    (folder / "bakery.md").unlink()
    assert re.search(r"warn +index state +articles have changed since", program("doctor").out)
    shutil.rmtree(folder)
    assert re.search(r"warn +index folders +missing: ", program("doctor").out)
    (index / "index.sqlite3").write_bytes(b"x" * 4096)
    done = program("doctor")
    assert done.status == 1
    assert re.search(r"fail +index +", done.out)


def test_doctor_reports_a_wrong_setting_and_goes_on(program):
    Path("rag.toml").write_text('engin = "x"\n')
    found = json.loads((done := program("doctor", "--json")).out)
    states = {item["name"]: item["status"] for item in found["findings"]}
    assert done.status == 1
    assert (states["settings"], states["embedder"]) == ("fail", "ok")
