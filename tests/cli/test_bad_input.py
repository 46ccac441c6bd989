"""Every bad input is one clear line, a documented status, and nothing lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.programs import assert_refused_input


def test_a_missing_folder(program, index, tmp_path):
    assert_refused_input(program("index", tmp_path / "nowhere"), 1, str(tmp_path / "nowhere"))
    assert_refused_input(program("ask", "-a", tmp_path / "nowhere", "What?"), 1, "nowhere")
    assert program("search", "harbour").status == 0  # nothing was lost


def test_an_empty_folder(program, index, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused_input(program("index", tmp_path / "empty"), 1, "empty")
    assert program("search", "harbour").out != ""


def test_a_folder_without_a_readable_file(program, index, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.txt").write_bytes(b"\0\0\0")
    (tmp_path / "bad" / "b.txt").write_bytes(bytes(range(256)) * 4)
    assert_refused_input(program("index", tmp_path / "bad"), 1, "bad")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_skipped_with_the_reason(program, index, folder):
    (folder / "secret.md").write_text("# Secret\n\nNobody may read this sentence.\n")
    (folder / "secret.md").chmod(0)
    done = program("index", folder)
    assert done.status == 0
    assert "secret.md" in done.err


def test_a_damaged_index(program, index):
    file = index / "index.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    assert_refused_input(program("ask", "What?"), 1, "index.sqlite3", "rag index --rebuild")
    assert program("index", "--rebuild", index.parent / "articles").status == 0
    assert program("search", "harbour").out != ""


def test_damaged_derived_files_are_made_again(program, index):
    before = program("search", "frozen harbour").out
    for file in index.rglob("*"):
        if file.is_file() and "sqlite" not in file.name and file.name != ".gitignore":
            file.write_bytes(b"damaged")
    done = program("search", "frozen harbour")
    assert (done.status, done.out) == (0, before)


def test_an_unknown_embedder(program, index, monkeypatch):
    monkeypatch.setenv("RAG_EMBEDDER", "no/such-model")
    assert_refused_input(program("ask", "What is it?"), 1, "no/such-model")


def test_an_unknown_setting(program, index):
    Path("rag.toml").write_text('artikles = "x"\n')
    assert_refused_input(program("search", "harbour"), 2, "unknown setting 'artikles'", "articles?")


def test_a_settings_file_that_is_no_toml(program, index):
    Path("rag.toml").write_text("articles = [\n")
    assert_refused_input(program("search", "harbour"), 2, "rag.toml")


@pytest.mark.parametrize("question", ["", "   ", "?!", "\x1b[2J"[:1]])
def test_an_empty_question(program, index, question):
    assert_refused_input(program("ask", question), 2, "the question is empty")


def test_an_absurdly_long_question(program, index):
    assert_refused_input(program("ask", "why " * 10_000), 2, "39,999 characters")


@pytest.mark.parametrize(
    "content",
    [b"", b"GGUF", b"version https://git-lfs.github.com/spec/v1\n", b"<!doctype html>" * 99],
    ids=["empty", "cut", "pointer", "page"],
)
def test_a_broken_model_file(program, index, tmp_path, monkeypatch, content):
    monkeypatch.setenv("RAG_ENGINE", "")
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    assert_refused_input(program("ask", "-m", path, "What is it?"), 1, "broken.gguf")
    assert_refused_input(program("model", "use", path), 1, "broken.gguf")


def test_an_engine_asked_for_by_name_that_cannot_run_is_an_error(program, index):
    done = program("ask", "--engine", "llama", "How many loaves?")
    assert_refused_input(done, 1, "no model", "rag model pull")


def test_a_model_that_was_not_pulled(program, index):
    done = program("ask", "--engine", "llama", "-m", "llama-3.2-1b", "How many loaves?")
    assert_refused_input(done, 1, "llama-3.2-1b", "rag model pull llama-3.2-1b")


def test_a_misspelt_folder_is_an_error_with_the_nearest_name(program, index, folder):
    done = program("index", folder.with_name("artikles"))
    assert_refused_input(done, 1, "there is no file or folder", f"did you mean {folder}?")


def test_a_folder_below_one_that_is_missing_says_how_far_the_path_is_right(program, index, folder):
    done = program("index", folder / "essays" / "early")
    assert_refused_input(done, 1, f"{folder} is there, but nothing in it is called 'essays'")


def test_a_folder_without_articles_says_what_can_be_read(program, index, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused_input(program("index", tmp_path / "empty"), 1, "PDF, Word")


@pytest.mark.parametrize("arguments", [["-c", "papers"], ["--corpus=papers"]])
def test_what_to_type_keeps_the_corpus(program, folder, monkeypatch, arguments):
    Path("rag.toml").write_text(f'[corpora.papers]\narticles = "{folder}"\n')
    assert program("index", "-c", "papers").status == 0
    file = next(Path.cwd().rglob("index.sqlite3"))
    file.write_bytes(b"this is no database" * 1000)
    done = program("search", *arguments, "harbour")
    assert_refused_input(done, 1, "rag index -c papers --rebuild")
    monkeypatch.setenv("RAG_CORPUS", "papers")
    assert_refused_input(program("search", "harbour"), 1, "rag index -c papers --rebuild")


def test_an_unknown_setting_that_is_near_none_says_where_all_are(program):
    assert_refused_input(program("config", "set", "xyz", "1"), 2, "rag config show lists all")


def test_a_value_of_the_wrong_kind_says_which_may_be(program):
    done = program("config", "set", "passages", "many")
    assert_refused_input(done, 2, "'many' is not a whole number", "0 to 50; default: 0")


def test_several_words_for_one_value_are_shown_in_quotation_marks(program):
    done = program("config", "set", "title_key", "the", "name")
    assert_refused_input(done, 2, "has one value", 'rag config set title_key "the name"')


def test_cases_that_are_not_there_are_named_in_plain_words(program):
    done = program("eval", "--cases", "no.jsonl", "-a", ".")
    assert_refused_input(done, 1, "cannot read the cases of no.jsonl: No such file or directory")
    assert "Errno" not in done.err


def test_an_index_without_a_folder_says_that_it_takes_the_samples(program, monkeypatch, tmp_path):
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "fresh"))
    assert program("index", "--dry-run").err == ""
    samples = tmp_path / "seeds"
    samples.mkdir()
    (samples / "one.md").write_text("# One\n\nA mill was built here in 1911 by a mason.\n")
    monkeypatch.setattr("rag.upkeep.data_dir", lambda name: tmp_path / name)
    assert f"indexing the sample articles ({samples})" in program("index").err
    assert program("index").err == ""
