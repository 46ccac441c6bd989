"""The program from outside: help, versions, the way errors leave it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from rag.cli import app, edge
from rag.cli.app import main
from rag.errors import EngineError, RagError, UsageError

HEAVY = ("torch", "sentence_transformers", "faiss", "llama_cpp", "tantivy", "trafilatura", "lxml")


def process(*arguments: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own."""
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **kwargs,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"], ["oops"]])
def test_help_versions_and_usage_errors_load_nothing_heavy(arguments):
    code = (
        "import sys; from rag.cli.app import main; status = main(sys.argv[1:]);"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stderr.split())
    assert "rag.cli.app" in loaded
    assert not loaded & {*HEAVY, "numpy", "rich", "prompt_toolkit"}


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 0
    assert "Exit codes:" in capsys.readouterr().out


def test_the_version_is_the_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"rag {rag.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["aks"], "no such command 'aks'", "rag --help"),
        (["ask", "--jsn"], "no such option: --jsn", "rag ask --help"),
        (["ask", "-k", "many", "q"], "invalid value for '--passages' / '-k'", "rag ask --help"),
        (["search"], "missing argument 'query'", "rag search --help"),
        (["ask", "-k", "51", "q"], "setting passages: 51 is not between 0 and 50 (flag)", ""),
        (["ask", "--engine", "gpt", "q"], "setting engine: 'gpt' is not one of", ""),
        (["ask", ""], "the question is empty", "rag ask"),
        (["search", " "], "the query is empty", "rag search"),
    ],
)
def test_a_wrong_command_line_is_status_2_with_message_and_hint(capsys, arguments, message, hint):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.lower().startswith("error: ")
    assert message in shown.err.lower()
    assert hint in shown.err


def test_an_unknown_setting_is_named_with_the_nearest_one(capsys):
    Path("rag.toml").write_text('engin = "llama"\n')
    assert main(["ask", "q"]) == 2
    assert "unknown setting 'engin'" in (err := capsys.readouterr().err)
    assert "hint: did you mean engine?" in err


def test_with_json_an_error_is_an_object_on_stdout(capsys):
    assert main(["ask", "--json", ""]) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    found = json.loads(shown.out)
    assert found["schema"] == "rag.error/1"
    assert found["error"]["message"] == "the question is empty"
    assert found["error"]["exit_code"] == 2


def test_with_json_a_wrong_option_is_an_object_too(capsys):
    assert main(["ask", "--json", "--nope"]) == 2
    assert "rag ask --help" in json.loads(capsys.readouterr().out)["error"]["hint"]


def test_json_behind_two_dashes_is_a_word_of_the_question(capsys, monkeypatch):
    raising(monkeypatch, EngineError("broken"))
    assert main(["ask", "--", "--json"]) == 1
    assert capsys.readouterr().err.startswith("error: broken")


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the program fail with ``error`` where it reads its settings."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("rag.cli.options.load_settings", fail)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("wrong", hint="try"), 2),
        (RagError("wrong", hint="try"), 1),
    ],
)
def test_our_errors_are_a_message_a_hint_and_their_status(capsys, monkeypatch, error, status):
    raising(monkeypatch, error)
    assert main(["ask", "q"]) == status
    assert capsys.readouterr().err == "error: wrong\n  hint: try\n"


def test_a_message_cannot_steer_the_terminal_or_break_the_line(capsys, monkeypatch):
    raising(monkeypatch, RagError("bad\x1b]52;c;x\x07\nname", hint="\x9b1m"))
    main(["ask", "q"])
    assert capsys.readouterr().err == "error: bad␛]52;c;x␇␊name\n  hint: <U+009B>1m\n"


def test_an_unexpected_error_is_one_line_that_names_its_kind(capsys, monkeypatch):
    monkeypatch.delenv("RAG_DEBUG", raising=False)
    raising(monkeypatch, ZeroDivisionError("by nought"))
    assert main(["ask", "q"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: unexpected ZeroDivisionError: by nought\n")
    assert "RAG_DEBUG=1" in err
    assert "Traceback" not in err


def test_an_error_of_the_system_is_said_in_its_words(capsys, monkeypatch):
    raising(monkeypatch, OSError(28, "No space left on device", "/some/file"))
    assert main(["ask", "q"]) == 1
    assert capsys.readouterr().err.startswith("error: No space left on device (/some/file)\n")


def test_rag_debug_shows_the_traceback(capsys, monkeypatch):
    monkeypatch.setenv("RAG_DEBUG", "1")
    raising(monkeypatch, ZeroDivisionError("by nought"))
    assert main(["ask", "q"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_ctrl_c_is_status_130(capsys, monkeypatch):
    raising(monkeypatch, KeyboardInterrupt())
    assert main(["ask", "q"]) == edge.INTERRUPTED == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_goes_away_is_met_in_silence():
    command = f"{sys.executable} -m rag ask --help | true"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""


def test_an_encoding_that_lacks_a_character_does_not_end_the_program():
    done = process(
        "model", "pull", "☃", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 1
    assert "no model is called '\\u2603'" in done.stderr


@pytest.mark.parametrize("name", ["ask", "chat", "search", "index", "eval", "doctor", "model"])
def test_every_command_shows_examples(capsys, name):
    assert main([name, "-h"]) == 0
    out = capsys.readouterr().out
    assert f"Examples:\n    rag {name}" in out


@pytest.mark.parametrize("name", ["list", "pull", "use", "path"])
def test_every_model_command_shows_examples(capsys, name):
    assert main(["model", name, "-h"]) == 0
    assert "Examples:\n" in (out := capsys.readouterr().out)
    assert f"rag model {name}" in out


def test_the_exit_codes_are_in_the_help(capsys):
    main(["--help"])
    out = capsys.readouterr().out
    for status in ("0 ", "1 ", "2 ", "3 ", "4 ", "130 "):
        assert f"\n    {status}" in out
    assert app.EPILOG.count("Exit codes") == 1


def test_closed_streams_do_no_harm():
    command = f"{sys.executable} -m rag ask '' <&- >&-"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr[:31]) == (2, "error: the question is empty\n  ")
