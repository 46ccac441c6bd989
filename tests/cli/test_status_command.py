"""``rag status``: what is indexed and how it stands to its folders."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cli.status.report import local_time, show_status, size_text
from rag.indexing.status import status_of


def lines_of(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_an_index_in_step_is_told_as_lines_with_names(program, index, folder):
    done = program("status")
    said = lines_of(done.out)
    assert (done.status, done.err) == (0, "")
    assert said["index"] == str(index)
    assert said["articles"].startswith("2 articles, ")
    assert said["folder"] == str(folder)
    assert said["state"] == "up to date"
    assert said["search"].startswith("exact: ")
    assert "index.sqlite3" in said["on disk"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", said["synced"])


def test_what_changed_since_is_named_and_is_no_error(program, index, folder):
    (folder / "new.md").write_text("A new article about a mill.")
    (folder / "harbour.md").write_text("The harbour is open again, and the boats are out.")
    (folder / "bakery.md").unlink()
    done = program("status")
    said = lines_of(done.out)
    assert done.status == 0
    assert said["state"] == "1 new, 1 changed, 1 removed since: rag index"
    assert said["new"].endswith("new.md")
    assert said["changed"].endswith("harbour.md")
    assert said["removed"] == "bakery.md"


def test_skipped_files_are_told_with_their_reason_also_when_they_are_gone(program, index, folder):
    (folder / "empty.md").write_text("")
    assert program("index").status == 0
    (folder / "empty.md").unlink()
    said = lines_of(program("status").out)
    assert said["skipped"].endswith("empty.md: empty file")


def test_formats_that_no_reader_knows_are_counted(program, index, folder):
    for name in ("a.png", "b.png", "c.xyz", "noname"):
        (folder / name).write_text("x")
    assert program("index").status == 0
    said = lines_of(program("status").out)
    assert said["unsupported"].startswith("4 files: 2 .png, 1 ")
    record = json.loads(program("status", "--json").out)
    assert record["unsupported"] == {".png": 2, "": 1, ".xyz": 1}


def test_a_missing_folder_is_told(program, index, folder):
    shutil.rmtree(folder)
    assert lines_of(program("status").out)["state"] == f"missing: {folder}"


def test_json_says_the_same(program, index, folder):
    (folder / "new.md").write_text("A new article about a mill.")
    done = program("status", "--json")
    record = json.loads(done.out)
    assert record["schema"] == "rag.status/1"
    assert (record["usable"], record["stale"], record["articles"]) == (True, True, 2)
    assert record["drift"]["new"] == ["new.md"]
    assert record["built"]["roots"] == [str(folder)]
    assert record["type"] == "exact"


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100])
def test_a_damaged_or_missing_index_is_told_with_what_to_do(program, index, damage):
    (index / "index.sqlite3").write_bytes(damage)
    done = program("status")
    said = lines_of(done.out)
    assert done.status == 1
    assert str(index) in said["problem"]
    assert said["try"].startswith("rag index")
    done = program("status", "--json")
    assert done.status == 1
    assert json.loads(done.out)["usable"] is False


def test_all_corpora_are_listed_each_with_its_state(program, index, folder):
    assert program("index", "-c", "papers", folder / "harbour.md").status == 0
    done = program("status", "--all")
    default, papers = (line.split("\t") for line in done.out.splitlines())
    assert default == ["(default)", default[1], "up to date", str(index)]
    assert papers[0] == "papers"
    assert papers[1].startswith("1 article, ")
    assert papers[3] == str(index / "corpora" / "papers")
    record = json.loads(program("status", "--all", "--json").out)
    assert [corpus["corpus"] for corpus in record["corpora"]] == ["", "papers"]


def test_a_corpus_is_asked_apart_from_the_default(program, index, folder):
    assert program("index", "-c", "papers", folder / "harbour.md").status == 0
    found = program("search", "-c", "papers", "rye bread of the bakery")
    assert "bakery.md" not in found.out
    assert "bakery.md" in program("search", "rye bread of the bakery").out


def test_an_unknown_corpus_is_an_error_with_what_to_type(program, index, folder):
    assert program("index", "-c", "papers", folder / "harbour.md").status == 0
    for command in (["status"], ["search", "x"], ["index"]):
        done = program(*command, "-c", "paper")
        assert done.status == 2
        assert "there is no corpus paper; there is papers" in done.err
        assert "hint: to make it: rag index -c paper FOLDER" in done.err


def test_a_corpus_that_was_never_indexed_is_told_how_to_be(program, folder, tmp_path):
    (tmp_path / "work" / "rag.toml").write_text(f"[corpora.papers]\narticles = ['{folder}']\n")
    done = program("status", "-c", "papers")
    assert done.status == 1
    assert lines_of(done.out)["try"] == "rag index -c papers"
    assert program("status", "--all").status == 0


def test_all_goes_with_no_corpus(program):
    assert program("status", "--all", "-c", "x").status == 2


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_wraps_values_beside_their_names(make_screen, program, index, columns):
    shown = make_screen(is_terminal=True, columns=columns)
    show_status(shown.screen, "papers", status_of(index))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.out).splitlines()
    assert lines[0] == "corpus       papers"
    assert max(map(len, lines)) <= columns
    assert any(line.startswith(" " * 13) for line in lines) or columns == 80


def test_a_status_imports_nothing_heavy(index, tmp_path: Path):
    code = "import sys; from rag.cli.app import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "status", "--index", str(index)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "rag.indexing.status" in loaded
    heavy = {"numpy", "torch", "faiss", "tantivy", "sentence_transformers", "lxml"}
    assert not loaded & heavy


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (499, "499 bytes"), (1500, "2 kB"), (2_500_000, "2.5 MB"), (10**9, "1.0 GB")],
)
def test_sizes_are_told_in_powers_of_a_thousand(size, text):
    assert size_text(size) == text


def test_a_stamp_that_is_none_is_shown_as_it_is():
    assert local_time("") == "never"
    assert local_time("soon") == "soon"
