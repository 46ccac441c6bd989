"""``rag sessions``: kept chats listed, searched, shown and deleted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pexpect
import pytest

from rag.chat.store import SessionStore
from rag.chat.store_rows import About
from rag.cli.sessions import table as sessions_table
from rag.cli.sessions.show import remind
from rag.cli.sessions.table import show_found, show_sessions
from tests.cli.answers import answer, evidence, refusal, sentence
from tests.test_layers import HEAVY

ABOUT = About("press", "/data/index", ("/data/articles",), "extractive")


def said(question: str, text: str = "It is so [1]."):
    return replace(answer(sentence(text, evidence(text))), question=question)


@pytest.fixture
def store() -> SessionStore:
    return SessionStore()


@pytest.fixture
def two(store: SessionStore) -> tuple[str, str]:
    """Two kept chats, the newer one called bakery."""
    older = store.start(ABOUT, [said("Who opened the bakery?"), said("And when?")])
    newer = store.start(ABOUT, [said("What does it cost?", "It costs 5 euros [1].")])
    store.name(newer, "bakery")
    return older, newer


def test_in_a_pipe_the_list_has_tabs(program, two):
    done = program("sessions", "list")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [(row[0], row[2:]) for row in rows] == [
        (two[1], ["1", "press", "extractive", "bakery", "What does it cost?"]),
        (two[0], ["2", "press", "extractive", "", "Who opened the bakery?"]),
    ]
    assert rows[0][1].endswith("Z")
    assert (done.status, done.err) == (0, "")


def test_without_chats_the_list_is_empty(program, store):
    assert program("sessions", "list").out == ""
    assert json.loads(program("sessions", "list", "--json").out)["sessions"] == []
    assert not store.path.exists()


def test_the_list_as_json(program, two):
    record = json.loads(program("sessions", "list", "--json").out)
    assert record["schema"] == "rag.sessions/1"
    first = record["sessions"][0]
    assert (first["id"], first["name"], first["answers"]) == (two[1], "bakery", 1)
    assert first["articles"] == ["/data/articles"]


@pytest.mark.parametrize("columns", [80, 40])
def test_on_a_terminal_a_chat_is_a_line(make_screen, store, two, columns):
    store.start(ABOUT, [said("東京の天気は今日どうですか、とても長い質問です" * 3)])
    shown = make_screen(is_terminal=True, columns=columns)
    show_sessions(shown.screen, store.infos())
    lines = shown.out.splitlines()
    assert len(lines) == 3
    assert "today" in lines[0]
    assert all(sessions_table.cell_len(_plain(line)) < columns for line in lines)
    assert "bakery" in lines[1]


def _plain(line: str) -> str:
    from rich.text import Text

    return Text.from_ansi(line).plain


def test_what_could_steer_a_terminal_is_shown_not_sent(program, make_screen, store):
    about = replace(ABOUT, corpus="\x1b]0;x\x07", engine="\x9b2J")
    id_ = store.start(about, [said("\x1b[2J\u202eevil\tcell\nline", "\x1b]52;c;x\x07 [1].")])
    for arguments in (["list"], ["search", "evil"], ["show", id_]):
        out = program("sessions", *arguments).out
        assert "evil" in out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert len(program("sessions", "list").out.splitlines()) == 1
    assert program("sessions", "list").out.count("\t") == 6
    shown = make_screen(is_terminal=True)
    show_found(shown.screen, store.search("evil"))
    remind(shown.screen, store.infos()[0], store.answers(id_))
    assert "\x1b[2J" not in shown.out + shown.err
    assert "\x1b]" not in shown.out + shown.err


def test_search_says_where_the_words_are(program, two):
    done = program("sessions", "search", "euros", "cost")
    expected = f"{two[1]}\t1\tbakery\tWhat does it cost?\tIt costs 5 euros [1].\n"
    assert (done.status, done.out) == (0, expected)
    record = json.loads(program("sessions", "search", "euros", "--json").out)
    assert record["found"][0]["session"]["id"] == two[1]


def test_search_without_a_match_has_a_status_of_its_own(program, two):
    done = program("sessions", "search", 'NEAR("')
    assert (done.status, done.out) == (1, "")
    assert done.err == "no kept chat holds that\n"


def test_show_prints_the_whole_chat(program, store, two):
    out = program("sessions", "show", "2").out
    assert out.startswith("> Who opened the bakery?\nIt is so [1].\n\n[1] A title")
    assert "> And when?\n" in out
    refused = store.start(ABOUT, [replace(refusal(), question="Why?")])
    assert program("sessions", "show", refused).out.startswith("> Why?\nThe articles do not say.")


def test_show_of_what_is_not_there_is_a_usage_error(program, two):
    done = program("sessions", "show", "nobody")
    assert done.status == 2
    assert "there is no kept chat 'nobody'\n  hint: rag sessions list\n" in done.err


def test_delete_needs_a_yes_where_nobody_can_be_asked(program, store, two):
    done = program("sessions", "delete", two[0])
    assert done.status == 2
    assert "--yes" in done.err
    assert len(store.infos()) == 2


def test_delete_by_name_and_number_and_all(program, store, two):
    assert program("sessions", "delete", "bakery", "bakery", "--yes").err == "1 chat deleted\n"
    assert [info.id for info in store.infos()] == [two[0]]
    assert program("sessions", "delete", "--all", "--yes").err == "1 chat deleted\n"
    assert program("sessions", "delete", "--all").err == "0 chats deleted\n"


def test_delete_of_one_that_is_not_there_deletes_nothing(program, store, two):
    assert program("sessions", "delete", two[0], "nobody", "--yes").status == 2
    assert len(store.infos()) == 2


@pytest.mark.parametrize("arguments", [[], ["x", "--all"]])
def test_delete_wants_either_names_or_all(program, arguments):
    done = program("sessions", "delete", *arguments)
    assert done.status == 2
    assert "name the chats to delete, or give --all" in done.err


@pytest.mark.parametrize(("reply", "left"), [("n", 2), ("y", 1)])
def test_on_a_terminal_delete_shows_what_and_asks(store, two, reply, left):
    command = [sys.executable, "-m", "rag", "sessions", "delete", "1"]
    child = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=30)
    child.expect("bakery")
    child.expect("Delete 1 chat for good")
    child.sendline(reply)
    child.expect("nothing was deleted" if reply == "n" else "1 chat deleted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (reply == "n")
    assert len(store.infos()) == left


def test_a_damaged_file_is_an_error_that_says_what_happens_next(program, store):
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"no database at all, for once")
    done = program("sessions", "list")
    assert done.status == 1
    assert "are damaged: file is not a database\n  hint: the next chat puts" in done.err


def test_path_is_that_of_the_file(program, store):
    assert program("sessions", "path").out == f"{store.path}\n"


@pytest.mark.parametrize("arguments", [[], ["list"], ["search"], ["show"], ["delete"], ["path"]])
def test_every_command_has_examples(program, arguments):
    assert "Examples:\n" in program("sessions", *arguments, "--help").out


@pytest.mark.parametrize("words", [["chat", "--resume"], ["sessions", "show"]])
def test_the_tabulator_offers_kept_chats(program, two, words):
    out = program("__complete", "zsh", *words, "").out
    assert [line.split("\t")[0] for line in out.splitlines()[1:]] == ["bakery", two[0]]


def test_a_chat_of_the_program_is_kept_and_goes_on(program, index, monkeypatch, store):
    def ask(question: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rag", "chat", *arguments],
            input=question,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    ask("Who opened the bakery in Tromsby?", "--no-history")
    assert not store.path.exists()
    ask("Who opened the bakery in Tromsby?")
    assert "searching for: " in ask("And when did it open?", "--continue")
    (info,) = store.infos()
    assert info.n_answers == 2
    ask("How many loaves does it bake?", "--resume", info.id[:5])
    assert store.infos()[0].n_answers == 3


def test_listing_and_searching_load_nothing_heavy(two):
    code = (
        "import sys; from rag.cli.app import main\n"
        "main(['sessions', 'list']); main(['sessions', 'search', 'bakery'])\n"
        f"print([n for n in (*{HEAVY!r}, 'numpy', 'prompt_toolkit') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
