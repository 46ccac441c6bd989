"""Links to sources: where terminals have them, and never where they may do harm."""

from __future__ import annotations

import io
import os
import re

import pytest
from rich.console import Console
from rich.text import Text

from rag.cli.show.links import file_url, shows_links
from rag.cli.show.sources import show_sources
from tests.cli.answers import answer, evidence, sentence

LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\")
HOSTILE = "/a\x1b]8;;http://evil\x07/\n\x9b;b?#%é ‮.md"


def terminal(term: str = "xterm-256color", *, is_terminal: bool = True) -> Console:
    environ = {"TERM": term}
    return Console(
        file=io.StringIO(), force_terminal=is_terminal, legacy_windows=False, _environ=environ
    )


@pytest.mark.parametrize(
    "environ",
    [
        {"VTE_VERSION": "6003"},
        {"KITTY_WINDOW_ID": "1"},
        {"WT_SESSION": "x"},
        {"KONSOLE_VERSION": "220401"},
        {"TERM": "alacritty"},
        {"TERM": "foot-extra"},
        {"TERM": "xterm-kitty"},
        *({"TERM_PROGRAM": name} for name in ("iTerm.app", "WezTerm", "vscode", "ghostty")),
        {"TMUX": "/tmp/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4", "TERM": "tmux"},
        {"TERM": "xterm", "FORCE_HYPERLINK": "1"},
        {"TERM": "xterm", "FORCE_HYPERLINK": ""},
    ],
    ids=str,
)
def test_terminals_that_are_known_to_have_links_get_them(environ):
    assert shows_links(terminal(), environ)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "xterm-256color"},
        {"VTE_VERSION": "4999"},
        {"VTE_VERSION": "9" * 30},
        {"VTE_VERSION": "²"},
        {"KONSOLE_VERSION": "180401"},
        {"TERM": "dumb", "KITTY_WINDOW_ID": "1"},
        {"TERM": "linux", "FORCE_HYPERLINK": "1"},
        {"TERM": "screen-256color", "VTE_VERSION": "6003"},
        {"STY": "1.x", "TERM": "xterm-kitty"},
        {"TMUX": "/tmp/x", "VTE_VERSION": "6003"},
        {"TMUX": "/tmp/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"},
        {"KITTY_WINDOW_ID": "1", "FORCE_HYPERLINK": "0"},
        {"TERM_PROGRAM": "Apple_Terminal"},
    ],
    ids=str,
)
def test_others_get_none(environ):
    assert not shows_links(terminal(), environ)


def test_neither_a_pipe_nor_a_dumb_terminal_gets_a_link_even_if_told_to():
    assert not shows_links(terminal(is_terminal=False), {"FORCE_HYPERLINK": "1"})
    assert not shows_links(terminal("dumb"), {"FORCE_HYPERLINK": "1"})


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_a_link_names_the_host_and_holds_nothing_that_is_not_encoded(monkeypatch):
    monkeypatch.setattr("rag.cli.show.links._host", lambda: "here")
    assert file_url("/a b/é.md") == "file://here/a%20b/%C3%A9.md"
    url = file_url(HOSTILE)
    assert re.fullmatch(r"file://here/[A-Za-z0-9._~%/-]+", url)
    assert "%1B%5D8%3B%3Bhttp%3A//evil%07/%0A%C2%9B%3Bb%3F%23%25" in url
    assert file_url("/not-utf-8-\udcff") == "file://here/not-utf-8-%FF"


@pytest.mark.parametrize("path", ["", "relative.md", "http://evil/", "/lone-\ud800"])
def test_what_is_no_absolute_path_of_a_file_has_no_link(path):
    assert file_url(path) == ""


def test_a_place_is_a_link_where_there_are_links_and_its_width_is_that_of_the_text(
    make_screen, monkeypatch
):
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    made = answer(sentence("It is so [1].", evidence("It is so.", source="/" + "long/" * 12)))
    shown = make_screen(is_terminal=True, columns=40)
    show_sources(shown.screen, made)
    targets = {url for url in LINK.findall(shown.out) if url}
    assert targets == {file_url("/" + "long/" * 12)}
    lines = [Text.from_ansi(LINK.sub("", line)).cell_len for line in shown.out.splitlines()]
    assert 30 < max(lines) <= 40


def test_a_hostile_file_name_stays_inside_its_link(make_screen, monkeypatch):
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    shown = make_screen(is_terminal=True)
    show_sources(shown.screen, answer(sentence("It is so [1].", evidence(source=HOSTILE))))
    without = LINK.sub("", re.sub(r"\x1b\[[0-9;]*m", "", shown.out))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", without)
    assert all(url in ("", file_url(HOSTILE)) for url in LINK.findall(shown.out))
