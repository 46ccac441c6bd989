"""Help that leads on: what was nearly typed, what comes next, what each command is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from rag.cli.app import app, main
from rag.cli.help.program import SECTIONS


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it."""
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        yield path, command
        members = getattr(command, "commands", {}).items()
        waiting += [(f"{path} {name}".strip(), member) for name, member in members]


EACH = pytest.mark.parametrize("path", [path for path, _ in commands()], ids=lambda p: p or "rag")


@EACH
def test_help_fits_in_80_columns(path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*path.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert "<str>" not in out
    assert "list[" not in out


@EACH
def test_help_shows_an_example_that_begins_with_the_command(path, capsys):
    assert main([*path.split(), "--help"]) == 0
    _, found, examples = capsys.readouterr().out.partition("  Examples:\n")
    assert found
    assert f"rag {path}".strip() in examples


@EACH
def test_rag_help_says_the_same_as_the_option(path, capsys):
    assert main(["help", *path.split()]) == 0
    asked = capsys.readouterr().out
    assert main([*path.split(), "--help"]) == 0
    assert capsys.readouterr().out == asked


def test_a_summary_is_never_cut_short(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for path, command in commands():
        if hasattr(command, "commands"):
            main([*path.split(), "--help"])
            listed = capsys.readouterr().out.partition("Examples:")[0]
            assert "..." not in listed.replace("[ARGS]...", ""), listed


def test_every_command_has_its_place_in_the_help(capsys):
    main(["--help"])
    out = capsys.readouterr().out
    assert "Others:" not in out
    for title in SECTIONS:
        assert f"\n{title}:\n" in out


def test_help_of_an_unknown_command_names_the_nearest(capsys):
    assert main(["help", "config", "sho"]) == 2
    assert capsys.readouterr().err == (
        "error: rag config has no command 'sho'\n  hint: rag help config show\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["aks"], "no such command 'aks'", "did you mean rag ask? rag --help lists all"),
        (["config", "sow"], "'sow'", "did you mean rag config show? rag config --help lists all"),
        (["ask", "--jsn"], "no such option: --jsn", "did you mean --json? rag ask --help"),
        (["ask", "-k", "x", "q"], "'-k': a whole number is needed", "rag ask --help"),
        (["check", "--threshold", "x"], "a number is needed", "rag check --help"),
        (["Who is it?"], "'Who is it?'", 'to ask the articles: rag ask "Who is it?"'),
        (["eval", "--kind", "adversaril"], "--kind adversaril", "did you mean adversarial?"),
    ],
)
def test_what_was_nearly_typed_is_suggested(capsys, arguments, message, hint):
    assert main(arguments) == 2
    error, said = capsys.readouterr().err.splitlines()
    assert message in error
    assert "Possible options" not in error
    assert hint in said


def test_rag_alone_says_what_to_type_where_nothing_is_indexed(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "\nNext: rag index FOLDER  (your articles)\n   or rag ask " in out


def test_rag_alone_says_what_to_type_where_there_is_an_index(capsys, program, index, monkeypatch):
    assert program().out.rstrip().endswith('Next: rag ask "..."  or  rag chat')
    monkeypatch.setenv("RAG_ENGINE", "")
    assert "rag model pull llama-3.2-1b lets a Llama model" in program().out


def test_rag_alone_keeps_the_chosen_corpus(program, monkeypatch):
    monkeypatch.setenv("RAG_CORPUS", "papers")
    assert "Next: rag index -c papers FOLDER" in program().out


def test_rag_alone_says_that_the_settings_are_broken(program):
    Path("rag.toml").write_text('engin = "llama"\n')
    assert "Next: did you mean engine?  (unknown setting 'engin'" in program().out
