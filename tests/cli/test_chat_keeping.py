"""Chats are kept while they go on, and taken up again; no trouble with the file stops one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rag.assistant.events import Event, Finished
from rag.chat import store_file
from rag.chat.session import ChatSession
from rag.chat.store import SessionStore
from rag.cli.chat.chat import Chat
from rag.cli.chat.keeper import ChatKeeper
from rag.cli.chat.loop import ChatLoop
from rag.cli.chat.registry import COMMANDS
from rag.cli.chat.resuming import Earlier, chosen, take_up, tell_how_to_go_on, with_articles_of
from rag.cli.show.progress import Activity
from rag.errors import SessionError, UsageError
from rag.retrieval.scope import EVERYTHING
from rag.settings import Settings
from rag.types import Passage, Turn
from tests.cli.answers import answer, evidence, sentence


class Desk:
    """Says which question it answers and how many turns it was told of."""

    engine_name = "scripted"
    scope = EVERYTHING

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._n_asked = 0

    def change(self, settings: Settings) -> None:
        self.settings = settings

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        if question == "stop":
            raise KeyboardInterrupt
        self._n_asked += 1
        made = answer(sentence(f"{question} after {len(history)} [1].", evidence()))
        yield Finished(replace(made, question=question, query=f"{question} {self._n_asked}"))


class Typed:
    """Somebody who types lines; a function among them is called when its turn comes."""

    is_interactive = True

    def __init__(self, *lines: str | Callable[[], object]) -> None:
        self._lines = iter(lines)

    def read(self) -> str:
        for line in self._lines:
            if isinstance(line, str):
                return line
            line()
        raise EOFError

    def answering(self, screen, activity):
        return nullcontext((screen, activity))


@dataclass
class Talked:
    chat: Chat
    err: str


@pytest.fixture
def store() -> SessionStore:
    return SessionStore()


@pytest.fixture
def talk(make_screen) -> Callable[..., Talked]:
    """Runs a chat over what is typed; ``begin`` prepares it."""

    def run(*lines, settings=Settings(index_dir="/data/index"), earlier=None) -> Talked:  # noqa: B008
        shown = make_screen()
        desk = Desk(settings)
        chat = Chat(ChatSession(desk), shown.screen, Activity(shown.screen), Typed(*lines), desk)
        take_up(chat, earlier or Earlier(settings))
        ChatLoop(chat).run(greeting="engine: scripted")
        tell_how_to_go_on(chat)
        return Talked(chat, shown.err)

    return run


def kept(store: SessionStore) -> list[list[str]]:
    """The questions of each kept chat, the one used last first."""
    return [[a.question for a in store.answers(info.id)] for info in store.infos()]


def test_each_whole_answer_is_kept(talk, store):
    talk("one", "stop", "two")
    assert kept(store) == [["one", "two"]]
    (info,) = store.infos()
    assert (info.about.index_dir, info.about.engine) == ("/data/index", "scripted")


def test_a_chat_without_an_answer_leaves_nothing(talk, store):
    talked = talk("stop", "/help", "/save")
    assert not store.path.parent.exists()
    assert "nothing to keep yet" in talked.err
    assert "to go on" not in talked.err


def test_a_retry_replaces_the_answer_that_is_kept(talk, store):
    talk("one", "two", "/retry")
    assert kept(store) == [["one", "two"]]
    assert [a.query for a in store.answers(store.infos()[0].id)] == ["one 1", "two 3"]


def test_after_clear_another_chat_begins(talk, store):
    talk("one", "/clear", "two", "three")
    assert kept(store) == [["two", "three"], ["one"]]


def test_with_history_off_nothing_is_kept_unless_asked_for(talk, store):
    off = Settings(history=False)
    talk("one", "two", settings=off)
    assert not store.path.exists()
    talked = talk("one", "/save bakery work", "two", settings=off)
    assert kept(store) == [["one", "two"]]
    assert "bakery work (1 question, today" in talked.err


def test_with_history_off_a_new_conversation_is_not_kept_because_the_last_one_was(talk, store):
    talk("one", "/save", "/clear", "two", settings=Settings(history=False))
    assert kept(store) == [["one"]]


def test_leaving_says_how_to_go_on(talk, store):
    talked = talk("one", "/save bakery work")
    assert talked.err.endswith("to go on: rag chat --resume 'bakery work'\n")


def test_leaving_says_nothing_of_a_chat_whose_end_is_not_kept(talk, store):
    talk("one")
    off = Settings(index_dir="/data/index", history=False)
    earlier = chosen(off, continues=True, resume=None, names_articles=False)
    assert "to go on" not in talk("two", settings=off, earlier=earlier).err
    assert kept(store) == [["one"]]


def test_a_name_that_is_taken_keeps_nothing_and_says_so(talk, store):
    talk("one", "/save bakery")
    off = Settings(history=False)
    talked = talk("two", "/save Bakery", "/save 12", settings=off)
    assert "another chat is called 'Bakery'" in talked.err
    assert "'12' is no name for a chat" in talked.err
    assert kept(store) == [["one"]]


def test_load_lists_and_takes_up(talk, store):
    talk("one", "/save first")
    talk("two", "/save second")
    talked = talk("/load", "/load first", "more")
    assert "second\ttwo" in talked.err
    assert "going on with first (1 question, today" in talked.err
    assert "> one\none after 0 [1].\n" in talked.err
    assert kept(store) == [["one", "more"], ["two"]]
    assert talked.chat.session.last.text == "more after 1 [1]."


def test_load_of_what_is_not_there_keeps_the_chat_as_it_is(talk, store):
    talked = talk("one", "/load nobody", "two")
    assert "there is no kept chat 'nobody'" in talked.err
    assert kept(store) == [["one", "two"]]


def test_names_are_offered_behind_load_and_save(talk, store):
    talk("one", "/save bakery")
    chat = talk("two").chat
    unnamed = store.infos()[0].id
    for command in ("load", "save"):
        assert list(COMMANDS.find(command).complete(chat)) == [unnamed, "bakery"]
    store.path.write_bytes(b"no database at all, for once")
    assert list(COMMANDS.find("load").complete(chat)) == []


def test_a_loaded_chat_says_that_it_was_about_other_articles(talk, store):
    talk("one", settings=Settings(index_dir="/other", corpus="press"))
    said = "that chat was about the corpus press; answers now come from the articles here"
    assert said in talk("/load 1").err


def test_load_goes_to_the_articles_of_the_chat_if_they_are_there(talk, store, tmp_path):
    (tmp_path / "index.sqlite3").touch()
    talk("one", settings=Settings(index_dir=str(tmp_path), corpus="press"))
    talked = talk("/load 1", "two")
    assert talked.chat.desk.settings.index_dir == str(tmp_path)
    assert "answers now come from the corpus press" in talked.err
    assert "about other articles" not in talked.err
    assert kept(store) == [["one", "two"]]


# --continue and --resume


def test_continue_takes_up_the_last_chat_about_these_articles(talk, store):
    here = Settings(index_dir="/data/index")
    talk("one")
    talk("two", settings=Settings(index_dir="/other"))
    earlier = chosen(here, continues=True, resume=None, names_articles=False)
    talk("more", earlier=earlier)
    assert kept(store) == [["one", "more"], ["two"]]


def test_continue_without_a_chat_begins_one(talk, store):
    here = Settings(index_dir="/data/index")
    earlier = chosen(here, continues=True, resume=None, names_articles=False)
    assert (
        "there is no chat about these articles yet: this is a new one"
        in talk("one", earlier=earlier).err
    )


def test_continue_with_a_damaged_file_begins_a_new_chat(talk, store):
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"no database at all, for once")
    earlier = chosen(Settings(), continues=True, resume=None, names_articles=False)
    talked = talk("one", earlier=earlier)
    assert "are damaged" in talked.err
    assert kept(store) == [["one"]]


def test_resume_goes_to_the_articles_of_the_chat_unless_others_are_named(talk, store, tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    (there / "index.sqlite3").touch()
    talk("one", settings=Settings(index_dir=str(there), corpus="press"))
    here = Settings(index_dir="/here", include=("*.md",), sources={"include": "rag.toml"})
    earlier = chosen(here, continues=False, resume="1", names_articles=False)
    assert earlier.settings.index_dir == str(there)
    assert earlier.settings.corpus == "press"
    assert "include" not in earlier.settings.sources  # it is said of the articles here
    named = chosen(here, continues=False, resume="1", names_articles=True)
    assert named.settings == here
    (there / "index.sqlite3").unlink()
    assert with_articles_of(here, store.infos()[0]) == here


def test_resume_of_what_is_not_there_is_an_error(store):
    with pytest.raises(UsageError, match="there is no kept chat 'x'"):
        chosen(Settings(), continues=False, resume="x", names_articles=False)
    with pytest.raises(UsageError, match="cannot go together"):
        chosen(Settings(), continues=True, resume="x", names_articles=False)


# Trouble


def test_a_damaged_file_is_set_aside_and_the_chat_goes_on(talk, store):
    def damage() -> None:
        store.path.write_bytes(b"no database at all, for once")

    talked = talk("one", damage, "two", "three")
    assert kept(store) == [["one", "two", "three"]]
    assert talked.err.count("are damaged") == 1
    (aside,) = (p for p in store.path.parent.iterdir() if "damaged" in p.name)
    assert aside.read_bytes().startswith(b"no database")


def test_a_disk_that_is_full_is_told_once_and_tried_again(talk, store, monkeypatch):
    def fill() -> None:
        def full(path: Path) -> sqlite3.Connection:
            connection = connect(path)
            connection.execute("PRAGMA max_page_count = 1")
            return connection

        connect = store_file._connect
        monkeypatch.setattr(store_file, "_connect", full)

    big = "why " * 30_000
    talked = talk(fill, "one", big, "two", monkeypatch.undo, "three")
    assert talked.err.count("this chat is not kept: ") == 1
    assert "the disk is full (make room)" in talked.err
    assert [len(questions) for questions in kept(store)] == [4]


def test_a_folder_that_cannot_be_made_is_told_once(talk, store):
    store.path.parent.parent.mkdir(parents=True, exist_ok=True)
    store.path.parent.write_text("in the way")
    talked = talk("one", "two", "/save")
    assert talked.err.count("this chat is not kept: ") == 1
    assert "error: cannot use the kept chats" in talked.err  # /save asked for it
    assert talked.chat.session.last.question == "two"


def test_a_chat_that_is_deleted_meanwhile_is_no_longer_kept(talk, store):
    def delete() -> None:
        store.delete([store.infos()[0].id])

    talked = talk("one", delete, "two", "three")
    assert talked.err.count("was deleted meanwhile: it is no longer kept") == 1
    assert kept(store) == []
    talk("one", delete, "two", "/save", "three")
    assert kept(store) == [["one", "two", "three"]]


def test_two_chats_that_go_on_with_one_part_ways(talk, store):
    talk("one")
    here = Settings(index_dir="/data/index")
    earlier = chosen(here, continues=True, resume=None, names_articles=False)

    def meanwhile() -> None:
        other = ChatKeeper(store, Desk(here), print)
        other.take_up(earlier.info, earlier.answers)
        other.follow(earlier.answers, (*earlier.answers, answer()))

    talked = talk(meanwhile, "mine", "more", earlier=earlier)
    assert kept(store) == [["one", "mine", "more"], ["one", "Is it so?"]]
    assert talked.err.count("here it is kept as another one") == 1


def test_a_newer_format_is_told_once_and_left_alone(talk, store):
    talk("one")
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    talked = talk("two", "three")
    assert talked.err.count("written by a newer rag") == 1
    with pytest.raises(SessionError, match="newer"):
        store.infos()
