"""Signs for streams that cannot show all of them."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rag.cli.show.pieces import quoted
from rag.cli.show.symbols import FULL, PLAIN, encodable, in_plain_signs, symbols_of


def console(encoding: str, *, is_terminal: bool = False) -> Console:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(file=stream, force_terminal=is_terminal, legacy_windows=False)


@pytest.fixture(autouse=True)
def no_locale(monkeypatch):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("encoding", "symbols"),
    [("utf-8", FULL), ("utf-16", FULL), ("ascii", PLAIN), ("latin-1", PLAIN), ("cp1252", PLAIN)],
)
def test_signs_are_those_that_the_encoding_has(encoding, symbols):
    assert symbols_of(console(encoding)) is symbols


def test_a_terminal_in_the_c_locale_gets_plain_signs_and_a_pipe_does_not(monkeypatch):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("LC_ALL", "C")
    assert symbols_of(console("utf-8", is_terminal=True)) is PLAIN
    assert symbols_of(console("utf-8")) is FULL
    monkeypatch.delenv("LC_ALL")
    assert symbols_of(console("utf-8", is_terminal=True)) is FULL


def test_an_old_windows_console_gets_plain_signs():
    old = Console(file=io.StringIO(), force_terminal=True, legacy_windows=True)
    assert symbols_of(old) is PLAIN


@pytest.mark.parametrize("symbols", [FULL, PLAIN], ids=["full", "plain"])
def test_the_signs_of_a_verdict_are_equally_wide(symbols):
    assert len({cell_len(sign) for sign in (symbols.yes, symbols.no, symbols.neither)}) == 1


def test_every_plain_sign_is_ascii():
    assert PLAIN.quoted(
        PLAIN.yes + PLAIN.no + PLAIN.neither + PLAIN.ellipsis + PLAIN.dash
    ).isascii()
    assert PLAIN.dot.isascii()


def test_marks_around_a_quotation_are_plain_and_the_quotation_itself_is_escaped():
    text = encodable(quoted("Ö “so”", PLAIN), console("ascii"))
    assert text.plain == '"\\xd6 \\u201cso\\u201d"'


def test_what_cannot_be_encoded_is_measured_as_it_is_shown():
    made = Text.assemble(("é", "bold"), "ab漢")
    shown = encodable(made, console("ascii"))
    assert (shown.plain, shown.cell_len) == ("\\xe9ab\\u6f22", 12)
    assert encodable(made, console("utf-8")) is made


def test_words_of_our_own_get_plain_signs_where_no_others_can_be_shown():
    said = Text("“a”… — é")
    assert in_plain_signs(said, console("ascii")).plain == '"a"... - é'
    assert in_plain_signs(said, console("utf-8")) is said


@pytest.mark.parametrize("variable", ["PYTHONIOENCODING=ascii", "LC_ALL=C"])
def test_the_program_starts_and_helps_whatever_the_encoding(variable):
    name, _, value = variable.partition("=")
    done = subprocess.run(
        [sys.executable, "-m", "rag", "--help"],
        env={**os.environ, name: value},
        capture_output=True,
        check=True,
    )
    assert b"Answer questions" in done.stdout
    assert b"\\u" not in done.stdout
