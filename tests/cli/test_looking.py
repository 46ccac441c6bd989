"""/sources, /show, /why and /open in a chat, before and after answers of all kinds."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from rag.assistant.events import Event, Finished, Retrieved
from rag.chat.session import ChatSession
from rag.cli.chat.chat import Chat
from rag.cli.chat.completing import CommandCompleter
from rag.cli.chat.labels import label_of, labels_offered, source_names
from rag.cli.chat.lines import PlainLines
from rag.cli.chat.loop import ChatLoop
from rag.cli.show.progress import Activity
from rag.retrieval.scope import EVERYTHING
from rag.settings import Settings
from rag.types import Answer, Chunk, Evidence, Passage, Place, Span, Turn
from tests.cli.answers import answer, refusal, sentence

TEXT = "The oven is hot. It bakes 340 loaves. Nobody sleeps."


def chunk_in(path: Path, number: int) -> Chunk:
    spans = tuple(Span(TEXT.index(s), TEXT.index(s) + len(s)) for s in TEXT.split(". "))
    return Chunk(
        f"c{number}", f"{number}.md", Span(0, len(TEXT)), TEXT, spans, ("Ovens", "Heat"),
        f"Title {number}", str(path), "2024", ((0, number),),
    )  # fmt: skip


def quote_of(chunk: Chunk, label: int) -> Evidence:
    quote = "It bakes 340 loaves."
    at = TEXT.index(quote)
    place = Place(label, label)
    span = Span(at, at + len(quote))
    return Evidence(label, chunk.id, "", chunk.source, chunk.title, "2024", span, quote, place)


class Desk:
    """Answers from two passages, and cites the second: "one". Or both: "both". Or refuses."""

    engine_name = "scripted"
    scope = EVERYTHING

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(index_dir=str(folder / "no index"))
        self.chunks = tuple(chunk_in(folder / f"{n}.md", n) for n in (1, 2))
        for number in (1, 2):
            (folder / f"{number}.md").write_text(TEXT)

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        yield Retrieved(question, (), (), ())
        yield Finished(replace(self._answer(question), question=question, query=question))

    def _answer(self, question: str) -> Answer:
        first, second = (quote_of(chunk, n) for n, chunk in enumerate(self.chunks, 1))
        one = sentence("It bakes 340 loaves [2].", second)
        if question == "refuse":
            return refusal("The articles do not say.", *self.chunks)
        if question == "nothing":
            return replace(refusal(), passages=(), hits=())
        if question == "both":
            return answer(one, sentence("It is hot [1].", first), chunks=self.chunks)
        return answer(one, chunks=self.chunks)


@pytest.fixture
def talk(make_screen, tmp_path) -> Callable:
    """Runs a chat over lines of a pipe; what it showed."""

    def run(*lines: str):
        shown = make_screen()
        shown.chat = _chat(shown.screen, tmp_path, *lines)
        shown.n_failed = ChatLoop(shown.chat).run(greeting="")
        return shown

    return run


def _chat(screen, folder: Path, *lines: str) -> Chat:
    desk = Desk(folder)
    reader = PlainLines(io.BytesIO("\n".join(lines).encode()))
    return Chat(ChatSession(desk), screen, Activity(screen), reader, desk)


@pytest.mark.parametrize("typed", ["!2", "! 2", "/open 2", "/open [2]", "/OPEN  2 ", "/open", "!"])
def test_all_ways_to_open_the_only_source(typed, talk, tmp_path):
    assert talk("one", typed).out.splitlines()[-1] == f"{tmp_path}/2.md:2"


def test_a_passage_that_was_offered_and_not_cited_can_be_opened(talk, tmp_path):
    assert talk("one", "!1").out.splitlines()[-1] == f"{tmp_path}/1.md:1"


@pytest.mark.parametrize("command", ["open", "show"])
def test_without_a_number_one_of_several_sources_has_to_be_named(command, talk):
    shown = talk("both", f"/{command}")
    assert f"error: which source?\n  hint: /{command} 1; /sources lists them" in shown.err
    assert shown.n_failed == 1


@pytest.mark.parametrize("number", ["3", "0", "999999999", "[3]"])
@pytest.mark.parametrize("command", ["open", "show"])
def test_a_label_that_was_never_offered_is_an_error(command, number, talk):
    shown = talk("one", f"/{command} {number}")
    assert f"error: there is no source [{number.strip('[]')}]" in shown.err
    assert f"  hint: /{command} 2; /sources lists them" in shown.err


@pytest.mark.parametrize("line", ["/open", "/open 1", "!1", "/show", "/show 1"])
@pytest.mark.parametrize("before", [(), ("one", "/clear")])
def test_before_an_answer_and_after_clear_there_is_nothing_to_look_at(line, before, talk):
    shown = talk(*before, line)
    assert "hint: ask a question first" in shown.err


def test_why_before_an_answer_says_so(talk):
    assert "error: there is no answer yet\n  hint: ask a question first" in talk("/why").err


def test_after_a_refusal_the_closest_passages_are_listed_and_can_be_opened(talk, tmp_path):
    shown = talk("refuse", "/sources", "/open 2")
    assert "these come closest (/show N, /open N):" in shown.err
    assert "[1] Title 1 (2024)" in shown.out
    assert shown.out.splitlines()[-1] == f"{tmp_path}/2.md:2"
    assert "which source?" in talk("refuse", "/open").err


def test_after_a_refusal_without_passages_that_is_said(talk):
    assert "nothing comes close to it" in talk("nothing", "/sources").err


def test_a_label_of_an_earlier_answer_still_opens(talk, tmp_path):
    assert talk("both", "nothing", "!1").out.splitlines()[-1] == f"{tmp_path}/1.md:1"


def test_show_gives_the_whole_passage_with_headings_place_and_evidence(talk, tmp_path):
    assert talk("one", "/show 2").out.partition("loaves.”\n\n")[2] == (
        "[2] Title 2 (2024)\n"
        "    Ovens > Heat\n"
        f"    {tmp_path}/2.md:2\n"
        "\n"
        f"    {TEXT}\n"
        "evidence in it:\n"
        "    “It bakes 340 loaves.”\n"
    )


def test_show_sets_the_evidence_off_inside_the_passage(make_screen, tmp_path):
    shown = make_screen(is_terminal=True)
    ChatLoop(_chat(shown.screen, tmp_path, "one", "/show 2")).run(greeting="")
    assert "The oven is hot. \x1b[1;4mIt bakes 340 loaves.\x1b[0m Nobody sleeps." in shown.out
    assert "evidence in it" not in shown.out


def test_why_of_one_sentence_is_that_sentence_alone(talk):
    out = talk("both", "/why 2").out
    assert out.count("✓ supported") == 1
    assert "\n2  It is hot [1].\n" in out


@pytest.mark.parametrize("typed", ["3", "0", "x", "-1"])
def test_why_of_a_sentence_that_is_not_there_says_which_are(typed, talk):
    shown = talk("both", f"/why {typed}")
    assert f"error: the answer has no sentence {typed}\n  hint: /why 1 to /why 2" in shown.err
    assert "hint: /why says why there is none" in talk("refuse", f"/why {typed}").err


def test_an_unknown_article_is_an_error_that_is_shown_safely(talk):
    shown = talk("one", "/open \x1b[2J.md")
    assert "error: no article is called ␛[2J.md" in shown.err
    assert "hint: /open N opens a source of the answer" in shown.err


def test_labels_are_offered_those_first_that_are_cited(talk):
    chat = talk("one").chat
    assert list(labels_offered(chat)) == ["2", "1"]
    assert [offer.meaning for offer in labels_offered(chat)] == ["Title 2", "Title 1"]
    assert list(source_names(chat)) == ["2", "1"]  # there is no index
    assert list(labels_offered(talk().chat)) == []


def test_a_label_is_a_number_alone_or_in_brackets():
    assert [label_of(t) for t in ("3", " [3] ", "[ 3 ]", "3.md", "", "-3", "³")] == [
        3, 3, 3, None, None, None, None,
    ]  # fmt: skip


class TestArticles:
    """Articles named by path, id, title or file name."""

    @pytest.fixture
    def opened(self, index: Path, folder: Path, make_screen, tmp_path) -> Callable[[str], str]:
        def run(typed: str) -> str:
            shown = make_screen()
            chat = _chat(shown.screen, tmp_path, f"/open {typed}")
            chat.desk.settings = Settings(index_dir=str(index))
            ChatLoop(chat).run(greeting="")
            return shown.out + shown.err

        return run

    def test_in_each_of_these_ways(self, opened, folder):
        path = folder / "harbour.md"
        for name in (str(path), "harbour.md", "A harbour freezes over", "a HARBOUR freezes over"):
            assert opened(name).startswith(f"{path}:")
        assert opened(f"{path}:6") == f"{path}:6\n"
        assert opened("harbour.md:6-7") == f"{path}:6\n"

    def test_a_name_that_is_nearly_right_is_corrected(self, opened):
        assert "hint: did you mean " in opened("harbor.md")

    def test_no_other_file_is_opened(self, opened):
        assert "error: no article is called /etc/passwd" in opened("/etc/passwd")

    def test_the_files_are_offered(self, index, folder, make_screen, tmp_path):
        chat = _chat(make_screen().screen, tmp_path)
        chat.desk.settings = Settings(index_dir=str(index))
        assert sorted(source_names(chat)) == [str(folder / n) for n in ("bakery.md", "harbour.md")]


def test_the_tabulator_shows_titles_beside_labels_made_safe(make_screen, tmp_path):
    shown = make_screen()
    chat = _chat(shown.screen, tmp_path, "one")
    first, second = chat.desk.chunks
    chat.desk.chunks = (first, replace(second, title="A \x1b[2J title"))
    ChatLoop(chat).run(greeting="")
    found = CommandCompleter(lambda: chat).get_completions(Document("/show "), CompleteEvent())
    assert [(c.text, c.display_meta_text) for c in found] == [
        ("2", "A ␛[2J title"),
        ("1", "Title 1"),
    ]
