"""The llama engine seen from the command line: where it runs, what it keeps, what did not fit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.programs import assert_refused_input
from tests.cli.test_program_models import SCRIPT
from tests.support.gguf import scripted_gguf

QUESTION = "How many loaves does the bakery bake?"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model file, in force for every command that follows."""
    path = scripted_gguf(
        tmp_path / "scripted.gguf",
        SCRIPT,
        after={":": ["How many loaves does the bakery bake?"]},
        n_ctx=8192,
    )
    monkeypatch.setenv("RAG_ENGINE", "llama")
    monkeypatch.setenv("RAG_MODEL", str(path))
    return path


def test_the_second_question_takes_the_rules_from_the_disk(program, index, model, tmp_path):
    first = program("ask", "--json", "-v", QUESTION)
    second = program("ask", "--json", "-v", QUESTION)
    assert re.search(r"the state of \d+ tokens of rules is kept", first.err)
    assert re.search(r"the state of \d+ tokens of rules was kept: read", second.err)
    answers = [json.loads(done.out) for done in (first, second)]
    assert answers[0]["answer"] == answers[1]["answer"]
    evaluated = [answer["usage"]["evaluated_tokens"] for answer in answers]
    assert evaluated[0] - evaluated[1] > 100
    assert list((tmp_path / "home" / "rag" / "prefix-states").iterdir())


def test_nothing_is_kept_if_that_is_set(program, index, model, tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_PREFIX_CACHE_MB", "0")
    assert program("ask", QUESTION).status == 0
    assert not (tmp_path / "home" / "rag" / "prefix-states").exists()


def test_verbose_and_doctor_say_where_the_model_runs(program, index, model):
    done = program("ask", "-v", "--threads", 1, "--context", 2048, QUESTION)
    how = "all 2 layers on the CPU; context of 2,048 tokens in f16, flash attention on, 1 thread"
    assert f"model scripted.gguf: {how}" in done.err
    assert "layers" not in program("ask", QUESTION).err
    assert re.search(r"ok +model runs +all 2 layers on the CPU; ", program("doctor").out)


def test_a_model_that_does_not_answer_is_not_loaded_by_the_doctor(
    program, index, model, monkeypatch
):
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    out = program("doctor").out
    assert re.search(r"ok +model +scripted.gguf, sha256", out)
    assert "model runs" not in out


def test_layers_asked_for_in_vain_are_a_visible_warning(program, index, model):
    import llama_cpp

    if llama_cpp.llama_supports_gpu_offload():
        pytest.skip("this build has GPU support")
    done = program("ask", "--gpu-layers", 10, QUESTION)
    assert done.status == 0
    assert "10 layers were asked for on the GPU, but this build" in done.err
    done = program("doctor", "--gpu-layers", 10)
    assert re.search(r"warn +model runs +10 layers were asked for on the GPU", done.out)
    assert_refused_input(program("ask", "--gpu-layers", "many", QUESTION), 2, "gpu_layers: 'many'")


def test_a_number_format_the_model_cannot_have_is_an_error(program, index, model, monkeypatch):
    monkeypatch.setenv("RAG_KV_TYPE", "bf16")
    assert "tokens in bf16" in program("ask", "-v", QUESTION).err
    monkeypatch.setenv("RAG_KV_TYPE", "q8_0")  # takes 32 values at a time, the model's heads 80
    done = program("ask", QUESTION)
    assert_refused_input(done, 1, "in q8_0", "does not divide", "RAG_KV_TYPE=f16")
    monkeypatch.setenv("RAG_KV_TYPE", "q5")
    assert_refused_input(program("ask", QUESTION), 2, "kv_type: 'q5' is not one of f16")


def test_passages_that_do_not_fit_are_said_on_stderr_and_in_json(program, index, model):
    done = program("ask", "--json", "-k", 5, "--context", 1400, QUESTION)
    answer = json.loads(done.out)
    assert len(answer["left_out"]) >= 1
    n_all = len(answer["left_out"]) + len(answer["passages"])
    said = [line for line in done.err.splitlines() if "did not fit" in line]
    assert said == [
        f"{len(answer['left_out'])} of {n_all} passages did not fit the model's context "
        "(--context asks for a larger one, --explain says which)"
    ]
    explained = program("ask", "--explain", "-k", 5, "--context", 1400, QUESTION)
    assert re.search(r"^did not fit the context: \d passage", explained.err, re.MULTILINE)


def test_passages_beyond_those_asked_for_are_no_matter_of_the_context(program, index, model):
    done = program("ask", "--json", "--explain", "-k", 1, QUESTION)
    assert json.loads(done.out)["left_out"] == []
    assert "did not fit" not in done.err
    assert "not used" in done.err


def test_a_chat_says_what_it_searches_for_when_that_is_not_what_was_asked(
    program, index, model, monkeypatch
):
    import io

    lines = b"What does the bakery bake?\nHow many does it?\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    done = program("chat")
    assert done.err.count("searching for: ") == 1
    assert "searching for: How many loaves does the bakery bake?" in done.err
