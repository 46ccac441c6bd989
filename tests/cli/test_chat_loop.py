"""The loop of a chat: questions, commands, Ctrl-C and errors."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import pytest

from rag.assistant.events import Event, Finished, Retrieved, Shown
from rag.chat.session import ChatSession
from rag.cli.chat.chat import Chat
from rag.cli.chat.lines import PlainLines
from rag.cli.chat.loop import ChatLoop
from rag.cli.show.progress import Activity
from rag.errors import EngineError
from rag.retrieval.scope import EVERYTHING
from rag.settings import Settings
from rag.types import Answer, Passage, Turn
from tests.cli.answers import answer, evidence, refusal, sentence


class Scripted:
    """Answers every question with one cited sentence; some words make it behave badly."""

    engine_name = "scripted"
    settings = Settings()
    scope = EVERYTHING

    def __init__(self) -> None:
        self.questions: list[str] = []

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        self.questions.append(question)
        yield Retrieved(f"{history[-1].question} {question}" if history else question, (), (), ())
        if question == "stop":
            raise KeyboardInterrupt
        if question == "break":
            raise EngineError("the engine broke", hint="mend it")
        yield Finished(self._answer(question)) if question == "refuse" else Shown(self._said)
        yield Finished(self._answer(question))

    _said = sentence("It is so [1].", evidence("It is so."))

    def _answer(self, question: str) -> Answer:
        said = refusal() if question == "refuse" else answer(self._said)
        return replace(said, question=question)


class Typed:
    """Somebody at a terminal who types these lines; an exception is pressed, not typed."""

    is_interactive = True

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self._lines = iter(lines)

    def read(self) -> str:
        line = next(self._lines, EOFError)
        if isinstance(line, str):
            return line
        raise line

    def answering(self, screen, activity):
        return nullcontext((screen, activity))


@pytest.fixture
def talk(make_screen) -> Callable:
    """Runs a chat over what is typed (or read); gives what was shown, and the assistant."""

    def run(*lines, reader=None, verbose=False):
        shown = make_screen(verbose=verbose)
        assistant = Scripted()
        activity = Activity(shown.screen)
        chat = Chat(
            ChatSession(assistant), shown.screen, activity, reader or Typed(*lines), assistant
        )
        shown.n_failed = ChatLoop(chat).run(greeting="engine: scripted")
        return shown, assistant

    return run


def test_each_question_is_answered_with_its_sources(talk):
    shown, assistant = talk("one")
    assert assistant.questions == ["one"]
    assert shown.out == (
        "It is so [1].\n\n[1] A title (2024-04-25)\n    /a.md:12-14\n    “It is so.”\n\n"
    )
    assert shown.err.startswith("engine: scripted. /help lists the commands")


def test_a_follow_up_says_how_it_was_understood(talk):
    shown, _ = talk("one", "two")
    assert "searching for: one two\n" in shown.err


def test_ctrl_c_stops_the_answer_and_keeps_the_chat(talk):
    shown, assistant = talk("stop", "one")
    assert assistant.questions == ["stop", "one"]
    assert "stopped; the chat goes on" in shown.err
    assert "It is so [1]." in shown.out
    assert "searching for" not in shown.err  # the stopped question is not part of the history


def test_ctrl_c_on_an_empty_line_tells_how_to_leave(talk):
    shown, assistant = talk(KeyboardInterrupt, "one")
    assert "press Ctrl-D or type /quit to leave" in shown.err
    assert assistant.questions == ["one"]


def test_an_error_is_shown_and_the_chat_goes_on(talk):
    shown, assistant = talk("break", "one")
    assert "error: the engine broke\n  hint: mend it\n" in shown.err
    assert assistant.questions == ["break", "one"]
    assert shown.n_failed == 1


def test_a_refusal_is_its_reason(talk):
    shown, _ = talk("refuse")
    assert shown.out == "The articles do not say.\n\n"
    assert "closest passages:" in shown.err


@pytest.mark.parametrize("word", ["/quit", "/exit", "/bye", "quit", "exit", "EXIT"])
def test_the_words_that_leave(talk, word):
    _, assistant = talk("one", word, "two")
    assert assistant.questions == ["one"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/sorces", "unknown command /sorces; did you mean /sources?"),
        ("/xyzzy and more", "unknown command /xyzzy; /help lists all"),
        ("/\x1b[2J", "unknown command /␛[2J; /help lists all"),
    ],
)
def test_an_unknown_command_never_reaches_the_assistant(talk, typed, said):
    shown, assistant = talk(typed)
    assert assistant.questions == []
    assert said in shown.err


def test_help_lists_the_commands(talk):
    shown, _ = talk("/help")
    for name in ("/help", "/sources", "/retry", "/clear", "/quit"):
        assert f"\n{name} " in f"\n{shown.err}"


def test_sources_shows_them_again(talk):
    shown, _ = talk("one", "/sources")
    assert shown.out.count("[1] A title") == 2


def test_sources_before_an_answer_says_that_there_is_none(talk):
    shown, _ = talk("/sources")
    assert "there is no answer yet" in shown.err
    assert shown.out == ""


def test_sources_after_a_refusal_are_the_passages_that_come_closest(talk):
    shown, _ = talk("refuse", "/sources")
    assert "these come closest" in shown.err
    assert shown.out.endswith("[1] A title (2024-04-25)\n    /a.md:12-14\n")


def test_retry_asks_again(talk):
    shown, assistant = talk("/retry", "one", "/retry")
    assert assistant.questions == ["one", "one"]
    assert "there is nothing to ask again" in shown.err


def test_clear_makes_the_next_question_the_first(talk):
    shown, _ = talk("one", "/clear", "two")
    assert "the conversation is forgotten" in shown.err
    assert "searching for" not in shown.err


def test_from_a_pipe_each_line_is_a_question(talk):
    piped = PlainLines(io.BytesIO(b"\xef\xbb\xbfone\n\n  \ntwo\r\n/sources\nquit\nthree\n"))
    shown, assistant = talk(reader=piped)
    assert assistant.questions == ["one", "two"]
    assert shown.out.count("[1] A title") == 3
    assert "engine:" not in shown.err


def test_from_a_pipe_an_undecodable_line_is_still_a_question(talk):
    _, assistant = talk(reader=PlainLines(io.BytesIO(b"a\xff\nlast")))
    assert assistant.questions == ["a\ufffd", "last"]


def test_from_a_pipe_ctrl_c_ends_the_program(talk):
    with pytest.raises(KeyboardInterrupt):
        talk(reader=PlainLines(io.BytesIO(b"stop\none\n")))


def test_verbose_says_what_an_answer_cost(talk):
    shown, _ = talk("one", verbose=True)
    assert re.search(r"all after \d+\.\d\d s", shown.err)
