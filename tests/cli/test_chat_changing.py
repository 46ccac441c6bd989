"""The commands of a chat that change what answers, and from what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest

from rag.chat.session import ChatSession
from rag.cli.chat.chat import Chat
from rag.cli.chat.desk import open_desk
from rag.cli.chat.loop import ChatLoop
from rag.cli.chat.registry import COMMANDS
from rag.cli.show.progress import Activity
from rag.generation.llama.engine import LlamaEngine
from rag.retrieval.scope import EVERYTHING
from rag.settings import load
from tests.cli.desks import TITLES, FakeDesk
from tests.support.gguf import scripted_gguf

QUESTION = "Who built the oven of the bakery?"


class Typed:
    """Somebody who types these lines at a terminal."""

    is_interactive = True

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)

    def read(self) -> str:
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        return line

    def answering(self, screen, activity):
        return nullcontext((screen, activity))


@pytest.fixture
def talk(make_screen, request) -> Iterator[Callable]:
    """Runs a chat over what is typed, at a real desk or a fake one; gives what was shown."""
    with ExitStack() as stack:

        def run(*lines: str, fake: bool = False, columns: int | None = None, **flags: object):
            if not fake:
                request.getfixturevalue("index")
            shown = make_screen(is_terminal=columns is not None, columns=columns or 80)
            screen, activity = shown.screen, Activity(shown.screen)
            settings = load({"engine": "extractive", **flags} if fake else flags)
            desk = (
                FakeDesk(settings)
                if fake
                else stack.enter_context(
                    open_desk(settings, EVERYTHING, activity, notice=screen.notice)
                )
            )
            shown.chat = Chat(ChatSession(desk), screen, activity, Typed(*lines), desk)
            ChatLoop(shown.chat).run(greeting="here")
            shown.desk = desk
            shown.lines = shown.err.splitlines()[1:]
            return shown

        yield run


@pytest.fixture
def model(tmp_path: Path) -> str:
    said = ["The oven was built by the mason Ilse Varga [1]."]
    path = tmp_path / "scripted.gguf"
    return str(scripted_gguf(path, said, after={":": [QUESTION]}, n_ctx=4096))


@pytest.fixture
def mills(program, tmp_path, index) -> Path:
    """Another corpus, called mills."""
    folder = tmp_path / "mills"
    folder.mkdir()
    (folder / "mill.md").write_text("# A mill\n\nThe oven of the mill was built by Per Lund.\n")
    assert program("index", "-c", "mills", folder).status == 0
    return folder


def offered(chat: Chat, name: str) -> list[str]:
    command = COMMANDS.find(name)
    assert command is not None
    assert command.complete is not None
    return list(command.complete(chat))


# -- the model -----------------------------------------------------------------------------------


def test_another_model_answers_from_then_on(talk, model) -> None:
    shown = talk(QUESTION, f"/model {model}", QUESTION, "/model extractive", QUESTION, threads=1)
    engines = [answer.provenance.engine for answer in shown.chat.session.answers]
    assert engines == ["extractive", "llama", "extractive"]
    assert shown.out.count("Ilse Varga") >= 3
    assert any(line.startswith("engine: llama, scripted.gguf; all ") for line in shown.lines)
    assert "engine: extractive" in shown.lines


def test_a_question_after_another_setting_does_not_load_the_model_again(
    talk, model, monkeypatch
) -> None:
    loaded: list[LlamaEngine] = []
    init = LlamaEngine.__init__

    def counted(engine, *given, **named):
        loaded.append(engine)
        init(engine, *given, **named)

    # The real engine, counted.
    monkeypatch.setattr(LlamaEngine, "__init__", counted)
    lines = ("/quote", QUESTION, "/set retries 0", "/set temperature 0.5", "/in bakery", QUESTION)
    shown = talk(*lines, engine="llama", model=model, threads=1)
    assert len(loaded) == 1
    assert len(shown.chat.session.answers) == 2
    assert shown.desk.engine.n_ctx == loaded[0].n_ctx


@pytest.mark.parametrize("fake", [False, True], ids=["real", "fake"])
def test_a_model_that_cannot_answer_leaves_the_one_that_does(talk, fake) -> None:
    shown = talk("/model nothing", "one", fake=fake)
    assert "error: no model is called 'nothing'" in shown.lines
    assert shown.desk.settings.engine == "extractive"
    assert shown.chat.session.last is not None


def test_a_file_that_is_no_model_is_an_error(talk, tmp_path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"no model")
    shown = talk(f"/model {tmp_path}/broken.gguf", QUESTION)
    assert "broken.gguf" in next(line for line in shown.lines if line.startswith("error: "))
    assert "Ilse Varga" in shown.out


def test_a_model_that_is_not_here_says_how_to_get_it(talk) -> None:
    shown = talk("/model llama-3.2-1b")
    assert shown.lines[-1] == "  hint: rag model pull llama-3.2-1b"


def test_the_models_are_listed_with_the_one_in_use(talk) -> None:
    shown = talk("/model")
    assert shown.lines[0] == "in use: extractive"
    assert "endpoint: a model on the server that the setting endpoint names" in shown.lines
    assert "rag model pull fetches llama-3.2-1b, llama-3.2-3b, llama-3.1-8b" in shown.lines[-1]
    assert offered(shown.chat, "model") == ["llama", "extractive", "endpoint"]


def test_where_a_server_answers_a_name_is_one_of_its_models(talk, scripted_server) -> None:
    how = {"engine": "endpoint", "endpoint": scripted_server}
    shown = talk("/model", "/model another", "/model extractive", "/status", **how)
    assert shown.lines[0].startswith("in use: endpoint, ")
    assert any("does not list a model 'another'" in line for line in shown.lines)
    assert any(line.startswith("engine: endpoint, another at ") for line in shown.lines)
    assert "engine: extractive" in shown.lines  # --endpoint does not stand in the way


# -- corpora -------------------------------------------------------------------------------------


def test_another_corpus_is_asked_from_then_on_and_back_again(talk, mills) -> None:
    question = "Who built the oven?"
    shown = talk(question, "/corpus mills", question, "/corpus default", question)
    texts = [answer.text for answer in shown.chat.session.answers]
    assert ["Ilse Varga" in text for text in texts] == [True, False, True]
    assert "Per Lund" in texts[1]
    assert "corpus: mills, 1 article, 1 chunk" in shown.lines
    labels = [{e.label for e in answer.evidence} for answer in shown.chat.session.answers]
    assert not labels[0] & labels[1]
    assert labels[0] <= labels[2]  # the same passages as in the beginning


def test_what_was_said_in_the_chat_holds_in_another_corpus(talk, mills) -> None:
    shown = talk("/quote", "/set ignore '*.txt'", "/corpus mills", passages=3)
    now = shown.desk.settings
    assert (now.quote, now.passages, now.corpus) == (True, 3, "mills")
    assert now.ignore == ()  # what is in an index is that corpus's own affair
    assert (now.sources["quote"], now.sources["passages"]) == ("chat", "flag")


def test_an_unknown_corpus_is_an_error_and_nothing_changes(talk, mills) -> None:
    shown = talk("/corpus mill", "/corpus !", QUESTION)
    assert "error: there is no corpus mill; there is mills" in shown.lines
    assert any("setting corpus: '!' is not a name" in line for line in shown.lines)
    assert "Ilse Varga" in shown.out


def test_the_corpora_are_listed_with_what_they_hold(talk, mills) -> None:
    shown = talk("/corpus")
    assert shown.lines[0].startswith("default: in use; 2 articles, ")
    assert shown.lines[1] == "mills: 1 article, 1 chunk; up to date"
    assert offered(shown.chat, "corpus") == ["default", "mills"]


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fake", [False, True], ids=["real", "fake"])
def test_quote_is_turned_on_and_off(talk, fake) -> None:
    shown = talk("/quote", "/quote", "/quote on", "/quote on", "/quote off", "/quote x", fake=fake)
    said = [line for line in shown.lines if line.startswith("quote: ")]
    assert said == [f"quote: {word}" for word in ("on", "off", "on", "on", "off")]
    assert "error: /quote x is neither on nor off" in shown.lines
    assert offered(shown.chat, "quote") == ["on", "off"]


def test_quoting_answers_with_the_articles_own_sentences(talk) -> None:
    shown = talk("/quote", QUESTION)
    assert "quote" in shown.chat.session.last.provenance.sampling


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("passages 4", "passages", 4),
        ("passages = 4", "passages", 4),
        ("passages=4", "passages", 4),
        ("unsupported flag", "unsupported", "flag"),
        ("include '*.md' 'a b/*'", "include", ("*.md", "a b/*")),
        ('model ""', "model", ""),
        ("model a b", "model", "a b"),
    ],
)
def test_a_setting_is_set_for_this_chat(talk, typed, key, value) -> None:
    shown = talk(f"/set {typed}", fake=True)
    assert getattr(shown.desk.settings, key) == value
    assert shown.desk.settings.sources[key] == "chat"
    assert shown.lines[-1].startswith(f"{key}: ")


def test_a_corpus_that_is_set_is_the_corpus(talk, mills) -> None:
    shown = talk("/set corpus mills", "Who built the oven?")
    assert "Per Lund" in shown.out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "pasages 4",
            ["error: unknown setting 'pasages' (/set)", "  hint: did you mean passages?"],
        ),
        ("pasages", ["error: unknown setting 'pasages' (/set)", "  hint: did you mean passages?"]),
        ("passages 99", ["error: setting passages: 99 is not between 0 and 50 (/set)"]),
        ("passages many", ["error: setting passages: 'many' is not a whole number (/set)"]),
        ("endpoint_key x", ["error: a key is not kept in a file (/set)"]),
        ("model 'x", ["error: model 'x: no closing quotation"]),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(talk, typed, said) -> None:
    shown = talk(f"/set {typed}", fake=True)
    assert shown.lines[: len(said)] == said
    assert shown.desk.settings is shown.desk.first_settings


def test_the_settings_that_are_set_are_listed_with_where_they_come_from(talk, index) -> None:
    shown = talk("/set passages 4", "/set")
    assert f"index_dir: {index} (RAG_INDEX_DIR)" in shown.lines
    assert "passages: 4 (chat)" in shown.lines
    assert not any(line.startswith("seed: ") for line in shown.lines)


def test_one_setting_is_explained(talk) -> None:
    shown = talk("/set seed")
    assert shown.lines[:3] == [
        "seed: 0 (default)",
        "meaning: seed of sampling",
        "values: a whole number, 0 to 2,147,483,647",
    ]


def test_settings_and_their_values_are_offered(talk) -> None:
    offers = offered(talk(fake=True).chat, "set")
    assert {"passages", "quote", "quote on", "unsupported flag", "engine llama"} <= set(offers)


# -- which articles ------------------------------------------------------------------------------


@pytest.mark.parametrize("fake", [False, True], ids=["real", "fake"])
def test_only_some_articles_are_asked(talk, fake) -> None:
    shown = talk("/in harbour", QUESTION, "/in", fake=fake)
    assert "asked from now on: --in harbour: 1 of 2 articles" in shown.lines
    assert shown.lines[-1] == "asked from now on: every article"
    assert offered(shown.chat, "in") == list(TITLES)


def test_only_articles_of_some_dates_are_asked(talk) -> None:
    shown = talk("/since 2021", "/until 2019", "/since", "/until 2020", QUESTION, "/since soon")
    assert "asked from now on: --since 2021: 1 of 2 articles" in shown.lines
    assert "error: no day lies between --since 2021 and --until 2019" in shown.lines
    assert "asked from now on: --until 2020: 1 of 2 articles" in shown.lines
    assert shown.chat.session.last.refused
    assert "error: --since soon is not a date" in shown.lines


# -- the index -----------------------------------------------------------------------------------


def test_the_index_is_brought_up_to_date_and_what_changed_is_said(talk, index, folder) -> None:
    (folder / "bridge.md").write_text("# A bridge\n\nThe bridge was built by Ada Holm.\n")
    (folder / "empty.md").write_text("")
    shown = talk("/index", "Who built the bridge?", "/index")
    assert "Ada Holm" in shown.out
    assert any("skipped" in line and "empty.md" in line for line in shown.lines)
    assert shown.lines[-1].startswith("up to date: 0 added, 0 changed, 0 removed, 3 unchanged")


def test_other_folders_are_indexed_instead(talk, mills) -> None:
    shown = talk(f"/index {mills}", "Who built the oven of the mill?", "/index nowhere")
    assert "Per Lund" in shown.out
    assert shown.desk.settings.articles == (str(mills),)
    assert any(line.startswith("error: there is no ") for line in shown.lines)


# -- how it stands -------------------------------------------------------------------------------


def test_the_status_says_what_answers_from_what(talk, index, folder) -> None:
    shown = talk(QUESTION, "/quote", "/in bakery", "/status")
    rows = dict(line.split(": ", 1) for line in shown.lines if ": " in line)
    assert rows["engine"] == "extractive"
    assert rows["corpus"] == "default"
    assert rows["index"] == str(index)
    assert rows["articles"].startswith("2 articles, ")
    assert rows["folder"] == str(folder)
    assert rows["state"] == "up to date"
    assert rows["asked of"] == "--in bakery: 1 of 2 articles"
    assert rows["changed"] == "quote on"
    assert rows["chat"] == "1 answer, not kept"


def test_the_status_of_a_model_says_how_it_runs_and_how_full_it_is(talk, model) -> None:
    shown = talk(QUESTION, "/status", engine="llama", model=model, threads=1)
    rows = dict(line.split(": ", 1) for line in shown.lines if ": " in line)
    assert rows["engine"] == "llama, scripted.gguf"
    assert "layers on the CPU; context of 4,096 tokens" in rows["running"]
    used = re.fullmatch(r"([\d,]+) of 4,096 tokens by the last answer \((\d+)%\)", rows["context"])
    assert used is not None
    n_used = int(used[1].replace(",", ""))
    usage = shown.chat.session.last.usage
    assert n_used == usage.prompt_tokens + usage.answer_tokens > 0
    assert int(used[2]) == round(100 * n_used / 4096)


def test_the_status_says_what_the_index_lacks(talk, folder) -> None:
    shown = talk(QUESTION)
    (folder / "bridge.md").write_text("The bridge was built by Ada Holm.\n")
    COMMANDS.find("status").run(shown.chat, "")
    assert "state: 1 new, 0 changed, 0 removed since: /index" in shown.err


def test_the_status_fits_a_narrow_terminal(talk) -> None:
    shown = talk("/status", "/model", "/set", columns=40)
    assert max(map(len, shown.err.splitlines())) <= 40 + len("\x1b[1m\x1b[0m") * 2


def test_hostile_names_are_shown_and_not_executed(talk) -> None:
    shown = talk("/model \x1b]52;c;aGk=\x07", "/corpus \x1b[2J", "/set \x1b[2J 1", "/in \x1b[2J")
    assert "\x1b" not in shown.err
    assert len([line for line in shown.lines if line.startswith("error: ")]) == 4
    assert "␛[2J" in shown.err
