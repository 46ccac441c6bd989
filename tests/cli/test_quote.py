"""``--quote``: the real program shows sentences of the articles and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.programs import assert_refused_input
from tests.support.gguf import random_gguf, scripted_gguf

QUESTION = "How many loaves does the bakery bake?"
LOAVES = "It bakes 340 loaves of rye bread on every working day."


def quotes_of(folder: Path, answer: dict) -> list[str]:
    """What the files themselves say at the places that the answer names."""
    found = []
    for sentence in answer["sentences"]:
        (evidence,) = sentence["evidence"]
        text = (folder / evidence["document_id"]).read_text(encoding="utf-8")
        quote = text[evidence["span"]["start"] : evidence["span"]["end"]]
        assert quote == evidence["quote"]
        assert sentence["text"] == f"{' '.join(quote.split())} [{evidence['label']}]"
        found.append(quote)
    return found


def test_without_a_model_sentences_are_quoted_to_the_letter(program, index, folder):
    done = program("ask", "--quote", "--json", QUESTION)
    answer = json.loads(done.out)
    assert (done.status, answer["refused"]) == (0, False)
    assert LOAVES in quotes_of(folder, answer)
    assert {s["verdict"] for s in answer["sentences"]} == {"supported"}
    assert {s["score"] for s in answer["sentences"]} == {1.0}
    assert answer["provenance"]["verifier"] == "quotation"
    assert answer["provenance"]["sampling"] == "temperature=0 seed=0 quote"


def test_the_marker_stands_behind_the_sentence_and_the_source_below(program, index):
    done = program("ask", "--quote", QUESTION)
    assert f"{LOAVES} [1]" in done.out.partition("\n")[0]
    assert "[1] The bakery on the corner (2021-03-04)" in done.out


def test_a_model_of_random_weights_can_only_quote(program, index, folder, tmp_path, monkeypatch):
    model = random_gguf(tmp_path / "random.gguf", n_ctx=8192)
    monkeypatch.setenv("RAG_ENGINE", "llama")
    monkeypatch.setenv("RAG_TEMPERATURE", "2")
    n_quotes = 0
    for seed in range(2):
        monkeypatch.setenv("RAG_SEED", str(seed))
        done = program("ask", "--quote", "--json", "-m", model, QUESTION)
        answer = json.loads(done.out)
        assert answer["dropped"] == []
        assert answer["provenance"]["engine"] == "llama"
        n_quotes += len(quotes_of(folder, answer))
    assert n_quotes


def test_a_model_quotes_the_sentence_it_wants(program, index, tmp_path, monkeypatch):
    model = scripted_gguf(tmp_path / "m.gguf", ["It"], n_ctx=8192)
    monkeypatch.setenv("RAG_ENGINE", "llama")
    done = program("ask", "--quote", "-m", model, QUESTION)
    assert done.out.startswith(f"{LOAVES} [1]\n")
    assert done.status == 0


def test_a_model_may_refuse(program, index, tmp_path, monkeypatch):
    model = scripted_gguf(tmp_path / "m.gguf", ["The articles"], n_ctx=8192)
    monkeypatch.setenv("RAG_ENGINE", "llama")
    done = program("ask", "--quote", "-m", model, QUESTION)
    assert (done.status, done.out) == (3, "The articles do not say.\n")


@pytest.mark.parametrize("where", ["environment", "file"])
def test_quoting_can_be_a_setting_that_a_flag_takes_back(program, index, monkeypatch, where):
    if where == "file":
        Path("rag.toml").write_text("quote = true\n")
    else:
        monkeypatch.setenv("RAG_QUOTE", "on")
    assert f"{LOAVES} [1]" in program("ask", QUESTION).out
    assert f"{LOAVES} [1]" not in program("ask", "--no-quote", QUESTION).out


def test_a_switch_that_is_none_is_an_error(program, monkeypatch):
    monkeypatch.setenv("RAG_QUOTE", "perhaps")
    assert_refused_input(
        program("ask", QUESTION), 2, "quote", "'perhaps'", "environment", "on or off"
    )


def test_a_chat_can_quote(program, index, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{QUESTION}\n".encode())))
    done = program("chat", "--quote")
    assert f"{LOAVES} [1]" in done.out
    assert done.status == 0
