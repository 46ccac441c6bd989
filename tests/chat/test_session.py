"""What a conversation remembers, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from rag.assistant.events import Event, Finished, Retrieved, Shown
from rag.chat.session import ChatSession
from rag.errors import EngineError, UsageError
from rag.types import Answer, CheckedSentence, Chunk, Claim, Passage, Span, Turn, Verdict

CHUNK = Chunk("c", "a.md", Span(0, 5), "Text.", (Span(0, 5),), (), "A", "/a.md", "", (1, 1))


class Scripted:
    """An assistant that says ``You asked ... [1].`` and notes what it was asked with."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.labels: list[tuple[int, ...]] = []
        self.was_closed = False

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        self.asked.append((question, tuple(history)))
        self.labels.append(tuple(passage.label for passage in previous))
        self.was_closed = False
        try:
            if question == "break":
                raise EngineError("the engine broke")
            yield Retrieved(question, (), (), ())
            text = f"You asked {question} [1]."
            sentence = CheckedSentence(text, Claim(text, ()), Verdict.SUPPORTED, 1.0)
            yield Shown(sentence)
            passage = Passage(len(previous) + 1, CHUNK)
            yield Finished(Answer(question, question, (sentence,), False, "", (passage,)))
        finally:
            self.was_closed = True


@pytest.fixture
def assistant() -> Scripted:
    return Scripted()


@pytest.fixture
def session(assistant: Scripted) -> ChatSession:
    return ChatSession(assistant, max_turns=3)


def ask(session: ChatSession, question: str) -> None:
    for _ in session.ask_stream(question):
        pass


def test_a_whole_answer_is_remembered_without_its_markers(session, assistant):
    ask(session, "one")
    assert session.history == (Turn("one", "You asked one."),)
    assert session.last is not None
    assert session.last.text == "You asked one [1]."


def test_a_follow_up_is_asked_with_what_was_said_before(session, assistant):
    ask(session, "one")
    ask(session, "two")
    assert assistant.asked[1] == ("two", (Turn("one", "You asked one."),))


def test_passages_keep_their_labels_as_long_as_their_turn_is_remembered(session, assistant):
    for question in ("one", "two", "three", "four", "five"):
        ask(session, question)
    assert assistant.labels == [(), (1,), (2, 1), (3, 2, 1), (4, 3, 2)]


def test_only_the_newest_turns_are_remembered(session):
    for question in ("one", "two", "three", "four"):
        ask(session, question)
    assert [turn.question for turn in session.history] == ["two", "three", "four"]


def test_a_stopped_answer_is_not_remembered_and_its_generation_is_closed(session, assistant):
    ask(session, "one")
    events = session.ask_stream("two")
    assert isinstance(next(events), Retrieved)
    assert isinstance(next(events), Shown)
    assert not assistant.was_closed
    events.close()
    assert assistant.was_closed
    assert [turn.question for turn in session.history] == ["one"]


def test_a_key_press_that_stops_the_answer_leaves_the_chat_usable(session):
    events = session.ask_stream("one")
    next(events)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        events.throw(KeyboardInterrupt("stop"))
    ask(session, "two")
    assert [turn.question for turn in session.history] == ["two"]


def test_a_failed_answer_is_not_remembered(session):
    with pytest.raises(EngineError, match="the engine broke"):
        ask(session, "break")
    assert session.history == ()


def test_a_refusal_is_remembered_as_its_reason(session, assistant):
    def refuse(question: str, history: object, *, previous: object) -> Iterator[Event]:
        yield Finished(Answer(question, question, (), True, "The articles do not say.", ()))

    assistant.stream = refuse  # type: ignore[method-assign]
    ask(session, "one")
    assert session.history == (Turn("one", "The articles do not say."),)


def test_retry_asks_again_as_if_nothing_had_been_answered(session, assistant):
    ask(session, "one")
    ask(session, "two")
    for _ in session.retry_stream():
        pass
    assert assistant.asked[2] == assistant.asked[1]
    assert [turn.question for turn in session.history] == ["one", "two"]


def test_retry_after_a_stopped_answer_keeps_the_turn_before_it(session):
    ask(session, "one")
    events = session.ask_stream("two")
    next(events)
    events.close()
    for _ in session.retry_stream():
        pass
    assert [turn.question for turn in session.history] == ["one", "two"]


def test_a_stopped_retry_leaves_the_answer_it_was_to_replace(session):
    ask(session, "one")
    events = session.retry_stream()
    next(events)
    events.close()
    assert [turn.question for turn in session.history] == ["one"]


def test_retry_without_a_question_is_an_error(session):
    with pytest.raises(UsageError, match="nothing to ask again"):
        session.retry_stream()


def test_retry_does_not_offer_the_passages_of_the_answer_it_replaces(session, assistant):
    ask(session, "one")
    ask(session, "two")
    for _ in session.retry_stream():
        pass
    assert assistant.labels == [(), (1,), (1,)]


def test_clear_forgets_everything(session, assistant):
    ask(session, "one")
    session.clear()
    assert (session.history, session.last, session.question) == ((), None, "")
    ask(session, "two")
    assert assistant.asked[1] == ("two", ())
