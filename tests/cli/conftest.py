"""Screens that can be read: one that is a terminal, one that is not."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import rag
from rag.cli.app import main
from rag.cli.show.screen import Screen
from tests.cli.programs import ARTICLES, Done

_OF_THE_TERMINAL = frozenset(
    {"FORCE_HYPERLINK", "VTE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION"}
    | {"TERM_PROGRAM", "TMUX", "STY", "GHOSTTY_RESOURCES_DIR", "DOMTERM", "LC_ALL"}
)
"""What a terminal says of itself, and a locale that asks for plain signs."""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each test away from the settings, the data and the terminal of who runs it."""
    for name in list(os.environ):
        if name.startswith("RAG_") or name in _OF_THE_TERMINAL:
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(Path(rag.__file__).parents[1]))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


class Stream(io.StringIO):
    """A text stream that says whether it is a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@dataclass
class Shown:
    """A screen, and what it shows."""

    screen: Screen
    stdout: Stream
    stderr: Stream

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()


@pytest.fixture
def make_screen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shown]:
    """Makes screens: ``is_terminal`` for both streams, ``columns`` of the terminal."""

    def make(
        *, is_terminal: bool = False, columns: int = 80, quiet: bool = False, verbose: bool = False
    ) -> Shown:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        out, err = Stream(is_terminal=is_terminal), Stream(is_terminal=is_terminal)
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", err)
        return Shown(Screen(quiet=quiet, verbose=verbose), out, err)

    return make


@pytest.fixture
def program(capsys) -> Callable[..., Done]:
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
def index(program, folder, tmp_path, monkeypatch) -> Path:
    """An index of the articles, in force for every command that follows."""
    where = tmp_path / "index"
    monkeypatch.setenv("RAG_INDEX_DIR", str(where))
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    done = program("index", folder)
    assert (done.status, done.err) == (0, "")
    return where
