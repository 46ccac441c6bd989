"""The real program on real articles: answers, refusals, search, index, chat."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.programs import ARTICLES


def test_a_question_is_answered_with_a_citation_and_its_source(program, index, folder):
    done = program("ask", "How many loaves does the bakery bake?")
    assert done.status == 0
    text, _, sources = done.out.partition("\n\n")
    assert re.search(r"340 loaves of rye bread on every working day \[1\]\.", text)
    assert sources.splitlines()[0] == "[1] The bakery on the corner (2021-03-04)"
    assert f"    {folder}/bakery.md:6" in sources
    quote = re.search("“(.*)”", sources)
    assert quote is not None
    assert quote[1] in ARTICLES["bakery.md"]


def test_without_sources_the_answer_stands_alone(program, index):
    done = program("ask", "--no-sources", "How", "many", "loaves", "does", "the bakery bake?")
    assert done.status == 0
    assert done.out.count("\n") == 1
    assert "340 loaves" in done.out


def test_json_is_one_object_whose_quotes_are_in_the_articles(program, index):
    done = program("ask", "--json", "Who built the oven of the bakery?")
    found = json.loads(done.out)
    assert (done.status, found["schema"], found["refused"]) == (0, "rag.answer/1", False)
    assert "Ilse Varga" in found["answer"]
    for item in found["evidence"]:
        text = Path(item["source"]).read_text(encoding="utf-8")
        assert text[item["span"]["start"] : item["span"]["end"]] == item["quote"]


def test_what_the_articles_do_not_say_is_refused_with_status_3(program, index):
    done = program("ask", "Who won the football cup in Brazil?")
    assert done.status == 3
    assert done.out.count("\n") == 1
    assert "closest passages:" in done.err


def test_a_refusal_in_json_is_an_answer_object_with_status_3(program, index):
    done = program("ask", "--json", "Who won the football cup in Brazil?")
    assert done.status == 3
    assert json.loads(done.out)["refused"] is True


def test_explain_says_what_was_offered_on_stderr_only(program, index):
    quiet = program("ask", "-q", "Who built the oven?")
    done = program("ask", "-q", "--explain", "-v", "Who built the oven?")
    assert done.out == quiet.out
    assert quiet.err == ""
    assert "searched for: Who built the oven?" in done.err
    assert re.search(r"\[1\] .*\n.*\n +score \d\.\d+: dense \S+ \(rank \d\), bm25", done.err)
    assert "engine extractive" in done.err


def test_search_ranks_the_right_article_first(program, index):
    done = program("search", "frozen", "harbour")
    assert done.status == 0
    first = done.out.splitlines()[0].split("\t")
    assert first[0] == "1"
    assert first[4] == "A harbour freezes over"
    found = json.loads(program("search", "--json", "-k", "1", "frozen harbour").out)
    assert [hit["chunk"]["document_id"] for hit in found["hits"]] == ["harbour.md"]


def test_the_index_says_what_it_did_and_what_it_skipped(program, index, folder):
    (folder / "harbour.md").unlink()
    (folder / "new.md").write_text("# New\n\nThe mill of Tromsby was sold to a painter.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "broken.txt").write_bytes(b"\0\1\2\3" * 50)
    done = program("index", folder)
    assert done.status == 0
    assert done.out.startswith("1 added, 0 changed, 1 removed, 1 unchanged, 2 skipped: 2 articles")
    assert done.out.count("\n") == 1
    assert "skipped " in done.err
    assert "broken.txt" in done.err
    counts = json.loads(program("index", "--json", folder).out)
    assert (counts["schema"], counts["unchanged"]) == ("rag.index/1", 2)


def test_skipped_files_that_share_a_reason_are_one_line(program, index, folder):
    for number in range(13):
        (folder / f"{number}.bin.txt").write_bytes(b"\0" * 100)
    done = program("index", folder)
    lines = [line for line in done.err.splitlines() if line.startswith("skipped")]
    assert len(lines) == 1
    assert lines[0].startswith("skipped 13 files: is not text")
    assert len(program("index", "-v", folder).err.splitlines()) == 13


def test_asking_builds_an_index_when_there_is_none_and_says_so(program, folder, tmp_path):
    where = tmp_path / "fresh"
    done = program("ask", "-a", folder, "--index", where, "How many loaves does the bakery bake?")
    assert done.status == 0
    assert "no index yet" in done.err
    assert "340 loaves" in done.out


def test_asking_brings_the_index_up_to_date_and_says_so(program, index, folder):
    (folder / "mill.md").write_text("# Mill\n\nThe mill of Tromsby was sold to Oda Blix in 1998.\n")
    done = program("ask", "Who bought the mill of Tromsby?")
    assert "Oda Blix" in done.out
    assert "1 added" in done.err


def test_each_line_of_a_pipe_is_a_turn_of_a_chat(program, index, monkeypatch):
    feed(monkeypatch, "How many loaves does the bakery bake?\nWho built its oven?\n")
    done = program("chat")
    assert done.status == 0
    assert "340 loaves" in done.out
    assert "Ilse Varga" in done.out


def test_a_chat_from_a_pipe_in_which_a_question_fails_ends_with_status_1(
    program, index, monkeypatch
):
    feed(monkeypatch, "???\nHow many loaves does the bakery bake?\n")
    done = program("chat")
    assert done.status == 1
    assert "error: the question is empty" in done.err
    assert "340 loaves" in done.out


def test_what_is_piped_is_the_question(program, index, monkeypatch):
    feed(monkeypatch, "How many loaves does the bakery bake?")
    assert "340 loaves" in program("ask").out


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let ``text`` be what stdin holds."""
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    monkeypatch.setattr("sys.stdin", os.fdopen(read, encoding="utf-8"))
