"""A chat written into a file: in the format its name says, and over nothing that is there."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from rag.chat.export.conversation import Conversation
from rag.chat.store import SessionStore
from rag.chat.store_rows import About
from rag.cli.chat.registry import COMMANDS
from rag.cli.export_file import ExportFormat, default_name
from rag.errors import RagError, UsageError
from rag.settings import Settings
from tests.chat.conversations import HOSTILE, conversation, hostile_conversation


@pytest.fixture
def export(make_screen):
    """Types ``/export`` with an argument in a chat of two answers; gives what was shown."""

    def run(argument: str = "", answers=None, keeper=None) -> str:
        shown = make_screen()
        made = conversation().answers if answers is None else answers
        session = SimpleNamespace(answers=made)
        desk = SimpleNamespace(settings=Settings(corpus="papers"))
        chat = SimpleNamespace(session=session, desk=desk, screen=shown.screen, keeper=keeper)
        command = COMMANDS.find("export")
        assert command is not None
        command.run(chat, argument)
        run.offers = tuple(command.complete(chat))
        return shown.err

    return run


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("talk.md", "# Is it so?"),
        ("talk.Markdown", "# Is it so?"),
        ("talk.html", "<!DOCTYPE html>"),
        ("talk.HTM", "<!DOCTYPE html>"),
        ("talk.json", '{"schema": "rag.session/1"'),
        ("'my talk.md'", "# Is it so?"),
    ],
)
def test_the_name_says_the_format(export, name, start):
    assert export(name) == f"2 answers written to {name.strip(chr(39))}\n"
    assert Path(name.strip("'")).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in Path().iterdir()] == [name.strip("'")]


def test_json_is_the_answers_as_ask_writes_them(export):
    export("talk.json")
    text = Path("talk.json").read_text(encoding="utf-8")
    assert text.count("\n") == 1
    found = json.loads(text)
    assert list(found) == ["schema", "title", "when", "corpus", "answers"]
    assert (found["title"], found["corpus"]) == ("Is it so?", "papers")
    assert [answer["schema"] for answer in found["answers"]] == ["rag.answer/1"] * 2
    assert found["answers"][0]["sentences"][0]["evidence"][0]["quote"] == "It is so."


def test_a_kept_chat_has_its_name_for_a_title(export):
    store = SessionStore()
    id_ = store.start(About(corpus="notes"), conversation().answers)
    store.name(id_, "So or not")
    assert export(keeper=SimpleNamespace(id=id_, store=store)).endswith("to so-or-not.md\n")
    assert "corpus notes" in Path("so-or-not.md").read_text(encoding="utf-8")


def test_a_chat_that_was_deleted_meanwhile_is_written_all_the_same(export):
    assert export(keeper=SimpleNamespace(id="gone", store=SessionStore())).endswith("is-it-so.md\n")


@pytest.mark.parametrize(("argument", "name"), [("", "is-it-so.md"), ("html", "is-it-so.html")])
def test_without_a_name_it_is_made_from_the_question(export, argument, name):
    assert export(argument) == f"2 answers written to {name}\n"
    assert Path(name).is_file()


def test_a_file_that_is_there_stays_unless_it_is_said_to_go(export):
    Path("talk.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"talk\.md is there already") as caught:
        export("talk.md")
    assert caught.value.hint == "/export talk.md! replaces it"
    assert Path("talk.md").read_text(encoding="utf-8") == "mine"
    export("talk.md!")
    assert Path("talk.md").read_text(encoding="utf-8").startswith("# Is it so?")


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("talk.pdf", r"talk\.pdf: a conversation is written as \.md, \.html or \.json"),
        ("talk", r"talk: a conversation is written as"),
        ("no/such/folder/talk.md", r"cannot write no/such/folder/talk\.md: No such file"),
        ("here.md", r"here\.md is a folder"),
        ("x" * 300 + ".md", r"cannot write x+\.md: File name too long"),
        ("a\x00b.md", r"cannot write .*: embedded null"),
        ("~nobody-of-that-name/talk.md", "no home folder for ~nobody-of-that-name"),
    ],
)
def test_a_place_that_cannot_be_is_said_to_be_so(export, argument, told):
    Path("here.md").mkdir()
    with pytest.raises(RagError, match=told):
        export(argument)
    assert [path.name for path in Path().iterdir()] == ["here.md"]


def test_a_chat_without_an_answer_is_not_written(export):
    with pytest.raises(UsageError, match="there is no answer to export yet"):
        export("talk.md", answers=())
    assert not list(Path().iterdir())


def test_the_tabulator_offers_a_name_for_each_format_and_the_folders(export):
    Path("notes").mkdir()
    Path(".hidden").mkdir()
    export("talk.md")
    assert export.offers == ("is-it-so.md", "is-it-so.html", "is-it-so.json", "notes/")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_made_from_a_hostile_title_is_a_plain_one(text):
    name = default_name(hostile_conversation(text), ExportFormat.MARKDOWN)
    assert name.endswith(".md")
    assert len(name) < 70
    assert not set(name) & set('/\\:*?"<>| \n')
    assert name.isprintable()
    assert not name.startswith((".", "-"))


def test_a_title_without_a_letter_gives_a_name_too():
    assert default_name(Conversation((), "?!"), ExportFormat.HTML) == "conversation.html"
