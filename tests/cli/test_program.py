"""The real program on real articles: answers, refusals, search, index, and every bad input."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.cli.app import main
from tests.support.gguf import scripted_gguf

ARTICLES = {
    "bakery.md": (
        "---\ntitle: The bakery on the corner\ndate: 2021-03-04\n---\n\n"
        "The bakery of Anselm Quist opened in Tromsby in the spring of 2019. "
        "It bakes 340 loaves of rye bread on every working day.\n\n"
        "Its oven was built by the mason Ilse Varga, who used bricks from an old lighthouse.\n"
    ),
    "harbour.md": (
        "---\ntitle: A harbour freezes over\ndate: 2020-01-17\n---\n\n"
        "The harbour of Tromsby froze over for the first time in 41 years. "
        "Fishermen pulled their boats ashore with the help of two snow ploughs.\n"
    ),
}


@dataclass
class Done:
    status: int
    out: str
    err: str


@pytest.fixture
def rag(capsys) -> Callable[..., Done]:
    """Runs the program in this process: the libraries load once for all tests."""

    def run(*arguments: object) -> Done:
        status = main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        assert "\x1b" not in shown.out + shown.err
        return Done(status, shown.out, shown.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def index(rag, folder, tmp_path, monkeypatch) -> Path:
    """An index of the articles, in force for every command that follows."""
    where = tmp_path / "index"
    monkeypatch.setenv("RAG_INDEX_DIR", str(where))
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    done = rag("index", folder)
    assert (done.status, done.err) == (0, "")
    return where


def assert_refused_input(done: Done, status: int, *parts: str) -> None:
    """The program said on one line what is wrong and on another what to do, and nothing else."""
    assert done.status == status, done
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if line.startswith(("error: ", "  hint: "))]
    assert len(lines) in (1, 2)
    assert lines[0].startswith("error: ")
    assert "unexpected" not in lines[0]
    for part in parts:
        assert part in "\n".join(lines)


# -- what it is for --------------------------------------------------------------------------------


def test_a_question_is_answered_with_a_citation_and_its_source(rag, index, folder):
    done = rag("ask", "How many loaves does the bakery bake?")
    assert done.status == 0
    text, _, sources = done.out.partition("\n\n")
    assert re.search(r"340 loaves of rye bread on every working day \[1\]\.", text)
    assert sources.splitlines()[0] == "[1] The bakery on the corner (2021-03-04)"
    assert f"    {folder}/bakery.md:6" in sources
    quote = re.search("“(.*)”", sources)
    assert quote is not None
    assert quote[1] in ARTICLES["bakery.md"]


def test_without_sources_the_answer_stands_alone(rag, index):
    done = rag("ask", "--no-sources", "How", "many", "loaves", "does", "the bakery bake?")
    assert done.status == 0
    assert done.out.count("\n") == 1
    assert "340 loaves" in done.out


def test_json_is_one_object_whose_quotes_are_in_the_articles(rag, index):
    done = rag("ask", "--json", "Who built the oven of the bakery?")
    found = json.loads(done.out)
    assert (done.status, found["schema"], found["refused"]) == (0, "rag.answer/1", False)
    assert "Ilse Varga" in found["answer"]
    for item in found["evidence"]:
        text = Path(item["source"]).read_text(encoding="utf-8")
        assert text[item["span"]["start"] : item["span"]["end"]] == item["quote"]


def test_what_the_articles_do_not_say_is_refused_with_status_3(rag, index):
    done = rag("ask", "Who won the football cup in Brazil?")
    assert done.status == 3
    assert done.out.count("\n") == 1
    assert "closest passages:" in done.err


def test_a_refusal_in_json_is_an_answer_object_with_status_3(rag, index):
    done = rag("ask", "--json", "Who won the football cup in Brazil?")
    assert done.status == 3
    assert json.loads(done.out)["refused"] is True


def test_explain_says_what_was_offered_on_stderr_only(rag, index):
    quiet = rag("ask", "-q", "Who built the oven?")
    done = rag("ask", "-q", "--explain", "-v", "Who built the oven?")
    assert done.out == quiet.out
    assert quiet.err == ""
    assert "searched for: Who built the oven?" in done.err
    assert re.search(r"\[1\] .*dense=", done.err)
    assert "engine extractive" in done.err


def test_search_ranks_the_right_article_first(rag, index):
    done = rag("search", "frozen", "harbour")
    assert done.status == 0
    first = done.out.splitlines()[0].split("\t")
    assert first[0] == "1"
    assert first[4] == "A harbour freezes over"
    found = json.loads(rag("search", "--json", "-k", "1", "frozen harbour").out)
    assert [hit["chunk"]["document_id"] for hit in found["hits"]] == ["harbour.md"]


def test_the_index_says_what_it_did_and_what_it_skipped(rag, index, folder):
    (folder / "harbour.md").unlink()
    (folder / "new.md").write_text("# New\n\nThe mill of Tromsby was sold to a painter.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "broken.txt").write_bytes(b"\0\1\2\3" * 50)
    done = rag("index", folder)
    assert done.status == 0
    assert done.out.startswith("1 added, 0 changed, 1 removed, 1 unchanged, 2 skipped: 2 articles")
    assert done.out.count("\n") == 1
    assert "skipped " in done.err
    assert "broken.txt" in done.err
    counts = json.loads(rag("index", "--json", folder).out)
    assert (counts["schema"], counts["unchanged"]) == ("rag.index/1", 2)


def test_more_than_ten_skipped_files_are_counted(rag, index, folder):
    for number in range(13):
        (folder / f"{number}.bin.txt").write_bytes(b"\0" * 100)
    done = rag("index", folder)
    lines = [line for line in done.err.splitlines() if line.startswith("skipped")]
    assert len(lines) == 11
    assert lines[-1] == "skipped 3 more files (-v lists all)"
    assert len(rag("index", "-v", folder).err.splitlines()) == 13


def test_asking_builds_an_index_when_there_is_none_and_says_so(rag, folder, tmp_path):
    where = tmp_path / "fresh"
    done = rag("ask", "-a", folder, "--index", where, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert "no index yet" in done.err
    assert "340 loaves" in done.out


def test_asking_brings_the_index_up_to_date_and_says_so(rag, index, folder):
    (folder / "mill.md").write_text("# Mill\n\nThe mill of Tromsby was sold to Oda Blix in 1998.\n")
    done = rag("ask", "Who bought the mill of Tromsby?")
    assert "Oda Blix" in done.out
    assert "1 added" in done.err


def test_each_line_of_a_pipe_is_a_turn_of_a_chat(rag, index, monkeypatch):
    feed(monkeypatch, "How many loaves does the bakery bake?\nWho built its oven?\n")
    done = rag("chat")
    assert done.status == 0
    assert "340 loaves" in done.out
    assert "Ilse Varga" in done.out


def test_a_chat_from_a_pipe_in_which_a_question_fails_ends_with_status_1(rag, index, monkeypatch):
    feed(monkeypatch, "???\nHow many loaves does the bakery bake?\n")
    done = rag("chat")
    assert done.status == 1
    assert "error: the question is empty" in done.err
    assert "340 loaves" in done.out


def test_what_is_piped_is_the_question(rag, index, monkeypatch):
    feed(monkeypatch, "How many loaves does the bakery bake?")
    assert "340 loaves" in rag("ask").out


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let ``text`` be what stdin holds."""
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    monkeypatch.setattr("sys.stdin", os.fdopen(read, encoding="utf-8"))


# -- bad input -------------------------------------------------------------------------------------


def test_a_missing_folder(rag, index, tmp_path):
    assert_refused_input(rag("index", tmp_path / "nowhere"), 1, str(tmp_path / "nowhere"))
    assert_refused_input(rag("ask", "-a", tmp_path / "nowhere", "What?"), 1, "nowhere")
    assert rag("search", "harbour").status == 0  # nothing was lost


def test_an_empty_folder(rag, index, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused_input(rag("index", tmp_path / "empty"), 1, "empty")
    assert rag("search", "harbour").out != ""


def test_a_folder_without_a_readable_file(rag, index, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.txt").write_bytes(b"\0\0\0")
    (tmp_path / "bad" / "b.txt").write_bytes(bytes(range(256)) * 4)
    assert_refused_input(rag("index", tmp_path / "bad"), 1, "bad")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_skipped_with_the_reason(rag, index, folder):
    (folder / "secret.md").write_text("# Secret\n\nNobody may read this sentence.\n")
    (folder / "secret.md").chmod(0)
    done = rag("index", folder)
    assert done.status == 0
    assert "secret.md" in done.err


def test_a_damaged_index(rag, index):
    file = index / "index.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    assert_refused_input(rag("ask", "What?"), 1, "index.sqlite3", "rag index --rebuild")
    assert rag("index", "--rebuild", index.parent / "articles").status == 0
    assert rag("search", "harbour").out != ""


def test_damaged_derived_files_are_made_again(rag, index):
    before = rag("search", "frozen harbour").out
    for file in index.rglob("*"):
        if file.is_file() and "sqlite" not in file.name and file.name != ".gitignore":
            file.write_bytes(b"damaged")
    done = rag("search", "frozen harbour")
    assert (done.status, done.out) == (0, before)


def test_an_unknown_embedder(rag, index, monkeypatch):
    monkeypatch.setenv("RAG_EMBEDDER", "no/such-model")
    assert_refused_input(rag("ask", "What is it?"), 1, "no/such-model")


def test_an_unknown_setting(rag, index):
    Path("rag.toml").write_text('artikles = "x"\n')
    assert_refused_input(rag("search", "harbour"), 2, "unknown setting 'artikles'", "articles?")


def test_a_settings_file_that_is_no_toml(rag, index):
    Path("rag.toml").write_text("articles = [\n")
    assert_refused_input(rag("search", "harbour"), 2, "rag.toml")


@pytest.mark.parametrize("question", ["", "   ", "?!", "\x1b[2J"[:1]])
def test_an_empty_question(rag, index, question):
    assert_refused_input(rag("ask", question), 2, "the question is empty")


def test_an_absurdly_long_question(rag, index):
    assert_refused_input(rag("ask", "why " * 10_000), 2, "39,999 characters")


@pytest.mark.parametrize(
    "content",
    [b"", b"GGUF", b"version https://git-lfs.github.com/spec/v1\n", b"<!doctype html>" * 99],
    ids=["empty", "cut", "pointer", "page"],
)
def test_a_broken_model_file(rag, index, tmp_path, monkeypatch, content):
    monkeypatch.setenv("RAG_ENGINE", "")
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    assert_refused_input(rag("ask", "-m", path, "What is it?"), 1, "broken.gguf")
    assert_refused_input(rag("model", "use", path), 1, "broken.gguf")


def test_an_engine_asked_for_by_name_that_cannot_run_is_an_error(rag, index):
    done = rag("ask", "--engine", "llama", "How many loaves?")
    assert_refused_input(done, 1, "no model", "rag model pull")


def test_a_model_that_was_not_pulled(rag, index):
    done = rag("ask", "--engine", "llama", "-m", "llama-3.2-1b", "How many loaves?")
    assert_refused_input(done, 1, "llama-3.2-1b", "rag model pull llama-3.2-1b")


# -- with a model ----------------------------------------------------------------------------------

SCRIPT = (
    "The bakery bakes 340 loaves of rye bread on every working day [1].",
    "It was sold for 7 million crowns in 2022 [1].",
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model file that answers every question with a true and an invented sentence."""
    monkeypatch.setenv("RAG_ENGINE", "llama")
    return scripted_gguf(tmp_path / "scripted.gguf", SCRIPT, n_ctx=8192)


def test_a_model_answers_and_what_it_invents_is_left_out(rag, index, model):
    done = rag("ask", "-v", "-m", model, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert done.out.startswith(f"{SCRIPT[0]}\n\n[1] The bakery on the corner")
    assert "7 million" not in done.out
    assert "left out, unsupported: It was sold for 7 million crowns in 2022" in done.err
    assert "engine llama" in done.err


def test_what_a_model_invents_is_flagged_if_that_is_asked_for(rag, index, model, monkeypatch):
    monkeypatch.setenv("RAG_UNSUPPORTED", "flag")
    done = rag("ask", "-m", model, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert "[unsupported]" in done.out.partition("\n")[0]
    assert "7 million crowns" in done.out.partition("\n")[0]


def test_a_model_is_used_from_then_on(rag, index, model, monkeypatch):
    monkeypatch.setenv("RAG_ENGINE", "")
    assert rag("model", "use", model).out == f"in use: {model}\n"
    assert rag("model", "path").out == f"{model}\n"
    assert f"{model}\t-\t-\tyes\tyes" in rag("model", "list").out
    done = rag("ask", "--json", "How many loaves does the bakery bake?")
    assert json.loads(done.out)["provenance"]["engine"] == "llama"
    assert re.search(r"ok +model +scripted.gguf, sha256", rag("doctor").out)
    model.unlink()
    assert_refused_input(rag("ask", "How many loaves?"), 1, "scripted.gguf")
    assert rag("doctor").status == 1


def test_a_question_that_does_not_fit_the_context_is_an_error(rag, index, model, monkeypatch):
    monkeypatch.setenv("RAG_CONTEXT_TOKENS", "512")
    done = rag("ask", "-m", model, "How many loaves does the bakery bake? " * 100)
    assert_refused_input(done, 1, "context")


# -- models and doctor -----------------------------------------------------------------------------


def test_the_models_are_listed_with_size_and_licence(rag):
    done = rag("model", "list")
    names = [line.split("\t")[0] for line in done.out.splitlines()]
    assert names == ["llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"]
    assert "0.81 GB\tLlama 3.2 Community License\tno\t-" in done.out
    found = json.loads(rag("model", "list", "--json").out)
    assert [item["installed"] for item in found["models"]] == [False] * 3


def test_an_unknown_model_gets_a_suggestion(rag):
    assert_refused_input(rag("model", "pull", "llama3-1b"), 1, "'llama3-1b'", "did you mean")
    assert_refused_input(rag("model", "path"), 1, "no model is in use", "rag model pull")


def test_doctor_finds_the_index_up_to_date_then_stale_then_damaged(rag, index, folder):
    done = rag("doctor")
    assert done.status == 0
    assert re.search(r"ok +index +.*: 2 articles, \d chunks", done.out)
    assert re.search(r"ok +index state +up to date", done.out)
    assert re.search(r"ok +embedder +all-MiniLM-L6-v2@\w+, weights are upstream's", done.out)
    assert re.search(r"warn +model +none", done.out)
    (folder / "bakery.md").unlink()
    assert re.search(r"warn +index state +articles have changed since", rag("doctor").out)
    shutil.rmtree(folder)
    assert re.search(r"warn +index folders +missing: ", rag("doctor").out)
    (index / "index.sqlite3").write_bytes(b"x" * 4096)
    done = rag("doctor")
    assert done.status == 1
    assert re.search(r"fail +index +", done.out)


def test_doctor_reports_a_wrong_setting_and_goes_on(rag):
    Path("rag.toml").write_text('engin = "x"\n')
    found = json.loads((done := rag("doctor", "--json")).out)
    states = {item["name"]: item["status"] for item in found["findings"]}
    assert done.status == 1
    assert (states["settings"], states["embedder"]) == ("fail", "ok")
