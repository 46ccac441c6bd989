"""Options that no other test tries."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest


def articles_of(done) -> int:
    return json.loads(done.out)["articles"]


def test_gitignore_files_are_followed_only_if_it_is_said(program, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    (folder / ".gitignore").write_text("harbour.md\n")
    assert program("index", folder, "--gitignore").status == 0
    assert articles_of(program("status", "--json")) == 1
    assert program("index", folder, "--no-gitignore").status == 0
    assert articles_of(program("status", "--json")) == 2


def test_a_check_offers_as_many_passages_as_it_is_told(program, index):
    Path("claim.txt").write_text("The harbour of Tromsby froze over.")
    done = program("check", "claim.txt", "--passages", "1", "--json")
    assert done.status == 0
    done = program("check", "claim.txt", "-k", "1")
    assert "[1]" in done.out
    assert "[2]" not in done.out


def test_the_users_settings_are_changed_although_there_is_a_project(program, monkeypatch):
    project = Path("rag.toml")
    project.write_text("passages = 4\n")
    assert program("config", "set", "--user", "engine", "extractive").status == 0
    assert project.read_text() == "passages = 4\n"
    assert "extractive" in program("config", "show", "engine").out
    monkeypatch.setenv("EDITOR", "true")
    assert "config.toml" in program("config", "edit", "--user").out
    assert program("config", "unset", "--user", "engine").status == 0
    assert "default" in program("config", "show", "engine").out


def test_a_chat_that_is_not_kept_is_not_listed(program, index, monkeypatch, chat_lines):
    chat_lines("How many loaves are baked?")
    program("chat", "--no-history")
    assert program("sessions", "list").out == ""
    chat_lines("How many loaves are baked?")
    program("chat", "--history")
    assert "How many loaves" in program("sessions", "list").out


@pytest.fixture
def chat_lines(monkeypatch):
    def give(*lines: str) -> None:
        data = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def rgb(path: Path, n_cases: int) -> Path:
    """A file of questions with passages that answer them and passages that do not."""
    lines = [
        {
            "id": number,
            "query": f"Who built mill {number}?",
            "answer": [f"Mason {number}"],
            "positive": [f"Mill {number} was built by Mason {number} in the north."],
            "negative": [f"Mill {number} is a fine mill that stands by the river."],
        }
        for number in range(n_cases)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_part_of_foreign_questions_is_drawn_by_its_seed(program, tmp_path):
    source = rgb(tmp_path / "en.json", 12)

    def drawn(name: str, seed: int) -> str:
        out = tmp_path / name
        done = program("eval", "convert", source, "-o", out, "-n", "3", "--seed", seed)
        assert done.status == 0, done
        text = next(out.rglob("*.jsonl")).read_text()
        assert len(text.splitlines()) == 3
        return text

    assert drawn("a", 1) == drawn("b", 1)
    assert drawn("c", 2) != drawn("a2", 1)


def test_without_the_passages_that_answer_every_question_is_to_be_refused(program, tmp_path):
    source, out = rgb(tmp_path / "en.json", 2), tmp_path / "out"
    assert program("eval", "convert", source, "-o", out, "--negatives-only").status == 0
    kinds = {json.loads(line)["kind"] for line in next(out.rglob("*.jsonl")).open()}
    assert kinds == {"unanswerable"}


def test_a_draft_is_drawn_by_its_seed(program, folder, tmp_path):
    def drafted(name: str, seed: int) -> str:
        out = tmp_path / name
        done = program("eval", "draft", "-a", folder, "-n", "2", "-o", out, "--seed", seed)
        assert done.status == 0, done
        return out.read_text()

    assert drafted("a.jsonl", 3) == drafted("b.jsonl", 3)
