"""Chats on disk: what is kept, what is found again, and what a bad file or a full disk does."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.chat import store_file, store_search
from rag.chat.store import ChangedElsewhere, SessionStore
from rag.chat.store_rows import About
from rag.errors import DamagedSessionsError, SessionError, UsageError
from rag.types import Answer
from tests.cli.answers import answer, evidence, sentence

ABOUT = About("press", "/data/index", ("/data/articles",), "extractive")


def said(question: str, text: str = "It is so [1].") -> Answer:
    return replace(answer(sentence(text, evidence())), question=question)


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "state" / "rag" / "sessions.sqlite3")


def questions(store: SessionStore, id_: str) -> list[str]:
    return [kept.question for kept in store.answers(id_)]


def raw(store: SessionStore, statement: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(statement)


def test_answers_come_back_whole_and_in_order(store):
    first, second = said("one"), said("two")
    id_ = store.start(ABOUT, [first])
    assert store.write(id_, ABOUT, [second], n_before=1, revision=1) == 2
    assert store.answers(id_) == (first, second)


def test_a_retry_takes_the_place_of_the_last_answer(store):
    id_ = store.start(ABOUT, [said("one"), said("two")])
    store.write(id_, ABOUT, [said("two", "No [1].")], n_before=1, revision=1)
    assert [kept.text for kept in store.answers(id_)] == ["It is so [1].", "No [1]."]


def test_a_chat_says_what_it_is_about_and_its_first_question_is_its_title(store):
    id_ = store.start(ABOUT, [said("one"), said("two")])
    (info,) = store.infos()
    assert (info.id, info.name, info.title, info.n_answers) == (id_, "", "one", 2)
    assert info.about == ABOUT
    assert info.begun_s == info.used_s > 1.7e9


def test_nothing_is_made_by_looking(store):
    assert store.infos() == []
    assert store.search("one") == []
    assert store.answers("abc") == ()
    assert store.delete(["abc"]) == 0
    assert not store.path.parent.exists()


def test_only_its_owner_can_read_the_file(store):
    store.path.parent.mkdir(parents=True)
    store.path.parent.chmod(0o755)
    store.start(ABOUT, [said("one")])
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    store.path.chmod(0o644)
    store.start(ABOUT, [said("two")])
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_the_chat_used_last_comes_first_and_the_last_one_is_of_the_same_index(store):
    first = store.start(ABOUT, [said("one")])
    second = store.start(replace(ABOUT, index_dir="/other"), [said("two")])
    store.write(first, ABOUT, [said("three")], n_before=1, revision=1)
    assert [info.id for info in store.infos()] == [first, second]
    assert store.last("/other").id == second
    assert store.last("/none") is None


def test_a_folder_whose_name_is_no_unicode_is_found_again(store):
    about = replace(ABOUT, index_dir="/caf\udce9", articles=("/caf\udce9/a",))
    id_ = store.start(about, [said("caf\udce9?")])
    assert store.last("/caf\udce9").id == id_
    assert store.infos()[0].about.articles == about.articles
    assert questions(store, id_) == ["caf\udce9?"]


# Searching


@pytest.fixture
def library(store: SessionStore) -> SessionStore:
    store.start(ABOUT, [said("Who opened the café?", "Anselm Quist opened it in 2019 [1].")])
    store.start(ABOUT, [said("Froze the harbour?", "Yes, in January [1].")])
    store.start(ABOUT, [said("東京の天気は?", "晴れです [1].")])
    return store


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("quist", ["Who opened the café?"]),
        ("CAFE quis", ["Who opened the café?"]),
        ("harbour quist", []),
        ("天気", ["東京の天気は?"]),
        ("?", ["東京の天気は?", "Froze the harbour?", "Who opened the café?"]),
        ("ebruary", []),
        ("anuary", ["Froze the harbour?"]),
    ],
)
def test_words_of_questions_and_answers_are_found(library, wanted, found):
    assert [hit.question for hit in library.search(wanted)] == found


HOSTILE = [
    "",
    " ",
    '"',
    "'; DROP TABLE answers; --",
    "AND",
    "a AND",
    "NEAR(",
    "NOT x",
    "text:",
    "*",
    "^x",
    "(",
    "%",
    "_",
    "\\",
    "\0",
    "x\0y",
    "\ud800",
    "\x1b[2J",
    "-" * 5000,
    "word " * 5000,
    "{a b}: c",
    "+ - / ~",
]


@pytest.mark.parametrize("wanted", HOSTILE)
def test_no_search_is_an_error(library, wanted):
    assert library.search(wanted) == []
    assert len(library.infos()) == 3


def test_the_name_of_a_chat_is_searched_too(library):
    library.name(library.find("3").id, "Bakery work")
    assert [hit.info.name for hit in library.search("bakery")] == ["Bakery work"]


def test_without_fts5_words_are_still_found(library, monkeypatch):
    def without_fts5(*_: object) -> None:
        raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(store_search.sqlite3, "connect", without_fts5)
    assert store_search.matching(["Quist opened it", "nobody"], "QUIST open") == [0]


def test_an_excerpt_shows_the_place_of_the_word():
    text = "a lot of words " * 30 + "the oven of Ilse Varga " + "and more words " * 30
    shown = store_search.excerpt(text, "varga")
    assert "Ilse Varga" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 170


# Finding by what is typed


def test_a_chat_is_found_by_id_name_number_and_beginning(store):
    first, second = store.start(ABOUT, [said("one")]), store.start(ABOUT, [said("two")])
    store.name(first, "  Bakery   work ")
    for given in (first, "bakery work", "2", "bake"):
        assert store.find(given).id == first
    assert store.find("1").id == second
    assert store.find(second[:5].upper()).id == second


@pytest.mark.parametrize("given", ["", "0", "3", "99999999999999999999", "--all", "\0", "zzzzzzzz"])
def test_what_means_no_chat_is_said(store, given):
    store.start(ABOUT, [said("one")])
    with pytest.raises(UsageError, match="there is no kept chat"):
        store.find(given)


def test_a_beginning_that_several_chats_share_is_not_guessed(store):
    for name in ("work one", "work two"):
        store.name(store.start(ABOUT, [said("one")]), name)
    with pytest.raises(UsageError, match="several chats begin with 'work': work two, work one"):
        store.find("work")


def test_two_chats_cannot_have_one_name(store):
    first, second = store.start(ABOUT, [said("one")]), store.start(ABOUT, [said("two")])
    store.name(first, "Größe")
    store.name(first, "GRÖSSE")  # its own name, written otherwise
    with pytest.raises(UsageError, match="another chat is called"):
        store.name(second, "größe")


@pytest.mark.parametrize("name", ["", "  ", "12", "-x", "x" * 61, "\x1b[2J", "a\u202eb"])
def test_what_is_no_name_is_refused(store, name):
    id_ = store.start(ABOUT, [said("one")])
    with pytest.raises(UsageError, match=r"no name|cannot be shown"):
        store.name(id_, name)


# Deleting


def test_what_is_deleted_is_gone_from_the_folder(store):
    kept = store.start(ABOUT, [said("kept words")])
    gone = store.start(ABOUT, [said("xylophone " * 2000)])
    assert b"xylophone" in store.path.read_bytes()
    assert store.delete([gone, gone, "nobody"]) == 1
    assert questions(store, kept) == ["kept words"]
    assert store.answers(gone) == ()
    left = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert b"xylophone" not in left
    assert b"kept words" in left


def test_an_answer_that_was_replaced_is_gone_from_the_file(store):
    id_ = store.start(ABOUT, [said("one"), said("xylophone")])
    store.write(id_, ABOUT, [said("two")], n_before=1, revision=1)
    assert b"xylophone" not in store.path.read_bytes()


# Several at once


def test_a_chat_that_went_on_elsewhere_is_not_overwritten(store):
    id_ = store.start(ABOUT, [said("one")])
    store.write(id_, ABOUT, [said("theirs")], n_before=1, revision=1)
    with pytest.raises(ChangedElsewhere, match="continued elsewhere"):
        store.write(id_, ABOUT, [said("mine")], n_before=1, revision=1)
    assert questions(store, id_) == ["one", "theirs"]


def test_a_chat_that_was_deleted_is_not_brought_back(store):
    id_ = store.start(ABOUT, [said("one")])
    store.delete([id_])
    with pytest.raises(ChangedElsewhere, match="was deleted"):
        store.write(id_, ABOUT, [said("two")], n_before=1, revision=1)
    assert store.infos() == []


TALKER = """
import sys
from pathlib import Path
from tests.chat.test_session_store import ABOUT, SessionStore, said
store = SessionStore(Path(sys.argv[1]))
id_ = store.start(ABOUT, [said("0")])
for n in range(1, 20):
    store.write(id_, ABOUT, [said(str(n))], n_before=n, revision=n)
print(id_)
"""


def test_two_programs_keep_their_chats_at_once(store):
    command = [sys.executable, "-c", TALKER, str(store.path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ids = [talker.communicate(timeout=60)[0].strip() for talker in both]
    assert [talker.returncode for talker in both] == [0, 0]
    assert len(set(ids)) == 2
    for id_ in ids:
        assert questions(store, id_) == [str(n) for n in range(20)]


# Trouble


def test_a_file_that_is_no_database_is_damaged_and_can_be_set_aside(store):
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"not a database, but forty bytes or so of it")
    for act in (store.infos, lambda: store.start(ABOUT, [said("one")])):
        with pytest.raises(DamagedSessionsError, match="are damaged: file is not a database"):
            act()
    aside = store_file.set_aside(store.path)
    assert aside.read_bytes().startswith(b"not a database")
    id_ = store.start(ABOUT, [said("one")])
    assert questions(store, id_) == ["one"]
    assert store_file.set_aside(store.path) is None  # it is sound by now
    assert questions(store, id_) == ["one"]


def test_a_file_with_torn_pages_is_damaged_and_can_be_set_aside(store):
    for _ in range(20):
        store.start(ABOUT, [said("one " * 2000)])
    data = bytearray(store.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    store.path.write_bytes(data)
    with pytest.raises(DamagedSessionsError, match="damaged"):
        store.start(ABOUT, [said("two")])
    assert store_file.set_aside(store.path) is not None


def test_a_damaged_answer_is_named(store):
    id_ = store.start(ABOUT, [said("one"), said("two")])
    raw(store, "UPDATE answers SET record = x'00ff' WHERE number = 2")
    with pytest.raises(SessionError, match=f"answer 2 of the chat {id_} cannot be read"):
        store.answers(id_)


@pytest.mark.parametrize("record", ["'text'", "NULL", "x''", "12"])
def test_a_record_of_any_kind_is_no_surprise(store, record):
    id_ = store.start(ABOUT, [said("one")])
    raw(store, "PRAGMA ignore_check_constraints = ON")
    raw(store, f"UPDATE OR IGNORE answers SET record = coalesce({record}, 0)")
    with pytest.raises(SessionError, match="answer 1 of the chat"):
        store.answers(id_)


def test_a_newer_format_is_left_alone(store):
    store.start(ABOUT, [said("one")])
    raw(store, "PRAGMA user_version = 7")
    before = store.path.read_bytes()
    for act in (store.infos, lambda: store.start(ABOUT, [said("two")])):
        with pytest.raises(SessionError, match=r"a newer rag \(format 7, this one knows 1\)"):
            act()
    assert store.path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(store):
    store.path.parent.mkdir(parents=True)
    raw(store, "CREATE TABLE theirs (x)")
    with pytest.raises(SessionError, match="of another program"):
        store.start(ABOUT, [said("one")])


def test_a_full_disk_is_said_and_takes_back_what_was_begun(store, monkeypatch):
    id_ = store.start(ABOUT, [said("one")])
    connect: Callable[[Path], sqlite3.Connection] = store_file._connect

    def cramped(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096}")
        return connection

    monkeypatch.setattr(store_file, "_connect", cramped)
    with pytest.raises(SessionError, match="the disk is full"):
        store.write(id_, ABOUT, [said("two " * 50_000)], n_before=1, revision=1)
    assert questions(store, id_) == ["one"]
    monkeypatch.undo()
    assert store.write(id_, ABOUT, [said("two")], n_before=1, revision=1) == 2


def test_a_place_that_cannot_be_written_is_said(store):
    store.path.parent.parent.mkdir(parents=True)
    store.path.parent.write_text("a file where the folder should be")
    with pytest.raises(
        SessionError, match=r"cannot use the kept chats in .*: File exists"
    ) as caught:
        store.start(ABOUT, [said("one")])
    assert "rag config set history off" in caught.value.hint


def test_another_process_that_holds_the_file_is_waited_for_and_then_named(store, monkeypatch):
    store.start(ABOUT, [said("one")])
    monkeypatch.setattr(store_file, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SessionError, match="another process is using it"):
            store.start(ABOUT, [said("two")])
