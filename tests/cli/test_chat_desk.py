"""What answers in a chat: changed between questions, and in step with the articles."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant.events import Finished
from rag.chat.session import ChatSession
from rag.cli.chat.aside import Aside
from rag.cli.chat.desk import OpenDesk
from rag.errors import ModelError, UsageError
from rag.indexing.progress import NoProgress
from rag.parts import Parts
from rag.retrieval.scope import EVERYTHING, Scope
from rag.settings import Settings, load
from rag.types import Answer
from tests.cli.desks import FakeDesk

QUESTION = "Who built the oven of the bakery?"


class Clock:
    """A clock that is put on by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def make(index: Path, clock: Clock, notices: list[str]) -> Iterator[Callable[..., OpenDesk]]:
    """Makes desks over the index of the articles; all are closed at the end."""
    with ExitStack() as stack:

        def desk(settings: Settings | None = None) -> OpenDesk:
            aside = Aside(NoProgress())
            parts = Parts(settings or load({}), notice=aside.told(notices.append), progress=aside)
            made = OpenDesk(parts, aside=aside, notice=notices.append, clock=clock)
            stack.callback(made.close)
            return made

        yield desk


@pytest.fixture(params=["real", "fake"])
def either(request, make) -> OpenDesk | FakeDesk:
    """The desk, and the one that stands for it in other tests: both must pass."""
    return make() if request.param == "real" else FakeDesk(load({"engine": "extractive"}))


def ask(desk: OpenDesk | FakeDesk, question: str = QUESTION) -> Answer:
    return finished(desk.stream(question))


def finished(events) -> Answer:
    return next(event.answer for event in events if isinstance(event, Finished))


# -- what every desk does ------------------------------------------------------------------------


def test_a_change_is_in_force_and_the_first_settings_are_remembered(either) -> None:
    first = either.settings
    either.change(replace(first, quote=True))
    assert either.settings.quote
    assert either.first_settings is first
    assert either.scope is EVERYTHING
    assert either.engine_name == either.engine.name == "extractive"
    assert not ask(either).refused


def test_a_scope_is_in_force_and_said(either) -> None:
    either.change(scope=Scope(in_=("bakery",)))
    assert either.within == "--in bakery: 1 of 2 articles"
    either.change(scope=EVERYTHING)
    assert either.within == ""


def test_what_cannot_work_leaves_the_settings_and_the_scope(either) -> None:
    before = either.settings
    with pytest.raises(ModelError, match="no model is called 'nothing'"):
        either.change(replace(before, engine="llama", model="nothing"))
    with pytest.raises(UsageError, match="no article matches --in nowhere"):
        either.change(scope=Scope(in_=("nowhere",)))
    assert either.settings is before
    assert either.scope is EVERYTHING
    assert not ask(either).refused


def test_bringing_an_index_in_step_without_need_changes_nothing(either) -> None:
    report = either.sync()
    assert (report.added, report.unchanged, report.n_documents) == (0, 2, 2)
    assert either.titles() == ["A harbour freezes over", "The bakery on the corner"]


# -- keeping up with the articles ----------------------------------------------------------------


def test_a_changed_article_is_seen_by_the_next_question(make, folder, clock, notices) -> None:
    desk = make()
    text = (folder / "bakery.md").read_text()
    assert "340 loaves" in ask(desk, "How many loaves does it bake?").text
    (folder / "bakery.md").write_text(text.replace("340 loaves", "1,270 loaves"))
    clock.now = 1.0
    assert "340 loaves" in ask(desk, "How many loaves does it bake?").text  # looked just now
    clock.now = 2.0
    assert "1,270 loaves" in ask(desk, "How many loaves does it bake?").text
    assert notices[-2:] == [
        "articles changed: updating the index",
        "index: 0 added, 1 changed, 0 removed",
    ]


def test_articles_that_are_gone_are_said_once_and_answered_from(
    make, folder, clock, notices
) -> None:
    desk = make(load({"articles": [str(folder)]}))
    folder.rename(folder.with_name("elsewhere"))
    for clock.now in (2.0, 200.0):
        assert "Ilse Varga" in ask(desk).text
    assert len(notices) == 1
    assert "answering from the articles as they were" in notices[0]


def test_a_slow_look_is_not_taken_often(make, folder, clock, monkeypatch) -> None:
    desk = make()
    looks: list[float] = []

    def refreshed(parts: Parts) -> Parts:
        looks.append(clock.now)
        clock.now += 1.0
        return parts

    # A folder so large that a look takes a second.
    monkeypatch.setattr(Parts, "refreshed", refreshed)
    for clock.now in (2.0, 10.0, 22.9, 23.0):
        ask(desk)
    assert looks == [2.0, 23.0]


def test_a_changed_article_gets_a_new_label(make, folder, clock) -> None:
    session = ChatSession(make())
    first = finished(session.ask_stream("How many loaves of rye bread does the bakery bake?"))
    text = (folder / "bakery.md").read_text()
    (folder / "bakery.md").write_text(text.replace("340 loaves", "120 loaves"))
    clock.now = 2.0
    second = finished(session.ask_stream("How many loaves of rye bread does the bakery bake?"))
    old = {e.label: e.quote for e in first.evidence}
    new = {e.label: e.quote for e in second.evidence}
    assert any("340 loaves" in quote for quote in old.values())
    assert any("120 loaves" in quote for quote in new.values())
    assert not any("340 loaves" in quote for quote in new.values())
    offered = {p.label: p.chunk for p in first.passages}
    assert all(offered.get(p.label, p.chunk) == p.chunk for p in second.passages)
    assert session.history[0].answer


def test_another_corpus_never_reuses_a_label(make, folder, tmp_path) -> None:
    desk = make()
    session = ChatSession(desk)
    first = finished(session.ask_stream(QUESTION))
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.iterdir():  # the same names, the same text: other articles all the same
        (other / path.name).write_text(path.read_text())
    index_dir = str(tmp_path / "index2")
    desk.change(replace(desk.settings, articles=(str(other),), index_dir=index_dir))
    second = finished(session.ask_stream(QUESTION))
    assert {e.source for e in second.evidence} == {str(other / "bakery.md")}
    assert not {p.label for p in first.passages} & {p.label for p in second.passages}
    assert len(session.history) == 2


def test_the_index_of_a_change_that_failed_is_given_back(make, tmp_path) -> None:
    desk = make()
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.md").write_text("The bridge was built in 1950.\n")
    elsewhere = replace(desk.settings, articles=(str(other),), index_dir=str(tmp_path / "index2"))
    with pytest.raises(UsageError, match="no article matches"):
        desk.change(elsewhere, scope=Scope(in_=("bakery",)))
    assert "Ilse Varga" in ask(desk).text


# -- Ctrl-C --------------------------------------------------------------------------------------


class Gate:
    """Work that waits until it is let go on."""

    def __init__(self) -> None:
        self.began, self.goes_on = threading.Event(), threading.Event()
        self.undone: list[str] = []

    def work(self) -> str:
        self.began.set()
        assert self.goes_on.wait(60)
        return "made"


def interrupted(gate: Gate, run: Callable[[], object]) -> None:
    """``run``, which waits for the gate's work, and Ctrl-C while it waits."""

    def press() -> None:
        assert gate.began.wait(60)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    finger = threading.Thread(target=press)
    finger.start()
    with pytest.raises(KeyboardInterrupt):
        run()
    finger.join()


def test_what_is_given_up_is_thrown_away_when_it_ends() -> None:
    aside, gate = Aside(NoProgress()), Gate()
    interrupted(gate, lambda: aside.run(gate.work, undo=gate.undone.append))
    assert gate.undone == []
    gate.goes_on.set()
    aside.settle()
    assert gate.undone == ["made"]


def test_the_next_work_waits_for_what_was_given_up() -> None:
    aside, gate = Aside(NoProgress()), Gate()
    interrupted(gate, lambda: aside.run(gate.work, undo=gate.undone.append))
    threading.Timer(0.05, gate.goes_on.set).start()
    assert aside.run(lambda: list(gate.undone), undo=lambda _: None) == ["made"]


def test_what_is_given_up_is_told_to_stop_and_is_silent() -> None:
    said: list[str] = []
    ended: list[str] = []
    aside, gate = Aside(NoProgress()), Gate()
    tell = aside.told(said.append)

    def work() -> str:
        tell("at once")
        gate.work()
        tell("too late")
        try:
            aside.advance()
        except KeyboardInterrupt:
            ended.append("stopped")
            raise
        return "never"

    interrupted(gate, lambda: aside.run(work, undo=gate.undone.append))
    gate.goes_on.set()
    aside.settle()
    assert (said, ended, gate.undone) == (["at once"], ["stopped"], [])
    tell("afterwards")
    assert said == ["at once", "afterwards"]


def test_a_change_that_is_interrupted_leaves_what_answers(make, monkeypatch) -> None:
    desk, gate = make(), Gate()
    before, assistant = desk.settings, Parts.assistant

    def slow(parts: Parts, scope: Scope = EVERYTHING):
        gate.work()
        return assistant(parts, scope)

    with monkeypatch.context() as patch:
        # A model that takes long to load.
        patch.setattr(Parts, "assistant", slow)
        interrupted(gate, lambda: desk.change(replace(before, quote=True)))
        gate.goes_on.set()
        desk._aside.settle()
    assert desk.settings is before
    assert "Ilse Varga" in ask(desk).text


def test_indexing_that_is_interrupted_stops_and_gives_the_index_free(
    make, folder, monkeypatch
) -> None:
    desk, gate = make(), Gate()
    advance = Aside.advance

    def slow(aside: Aside, n: int = 1) -> None:
        if not gate.goes_on.is_set():
            gate.work()
        advance(aside, n)

    (folder / "bridge.md").write_text("The bridge was built by Ada Holm.\n")
    monkeypatch.setattr(Aside, "advance", slow)  # articles that take long to read
    interrupted(gate, desk.sync)
    gate.goes_on.set()
    desk._aside.settle()
    assert "Ilse Varga" in ask(desk).text
    assert desk.index_status().drift.new == ("bridge.md",)
    assert desk.sync().added == 1


def test_an_error_aside_is_raised_where_it_is_waited_for() -> None:
    def work() -> str:
        raise UsageError("it cannot be")

    with pytest.raises(UsageError, match="it cannot be"):
        Aside(NoProgress()).run(work, undo=lambda _: None)
