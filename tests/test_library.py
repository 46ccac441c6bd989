"""The program as a library: what ``import rag`` offers, and what it leaves alone."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import get_type_hints

import pytest

import rag
from rag.library.arguments import SettingArguments, settings_of
from rag.library.producing import Production
from rag.setting_values import KEYS, Settings
from tests.cli.programs import ARTICLES
from tests.support.gguf import scripted_gguf
from tests.test_layers import HEAVY

QUESTION = "How many loaves of rye bread does the bakery bake?"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RAG_"):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path):
    with rag.open(
        folder, index_dir=tmp_path / "index", engine="extractive", isolated=True
    ) as library:
        yield library


def run(code: str, tmp_path: Path, *, inherit: bool = False) -> subprocess.CompletedProcess[str]:
    own = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "RAG_CONFIG": os.devnull}
    environ = {**os.environ, **own} if inherit else own
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        env={**environ, "PYTHONPATH": str(Path(rag.__file__).parents[1])},
    )


# -- names ---------------------------------------------------------------------------------------


def test_importing_loads_nothing_but_the_package(tmp_path: Path) -> None:
    done = run(
        "import sys\nbefore = set(sys.modules)\nimport rag\n"
        "fresh = set(sys.modules) - before\n"
        "print(sorted(n for n in fresh if n.split('.')[0] not in sys.stdlib_module_names))",
        tmp_path,
    )
    assert done.stdout.strip() == "['rag']", done.stderr


def test_using_any_name_loads_nothing_heavy(tmp_path: Path) -> None:
    done = run(
        "import sys, rag\n"
        "for name in rag.__all__:\n    getattr(rag, name)\n"
        "from rag import Library, UsageError\n"
        f"print([n for n in (*{HEAVY!r}, 'numpy', 'rich', 'typer') if n in sys.modules])",
        tmp_path,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_every_name_is_listed_and_a_wrong_one_is_an_error() -> None:
    assert set(rag.__all__) <= set(dir(rag))
    with pytest.raises(AttributeError, match="module 'rag' has no attribute 'askk'"):
        rag.askk  # noqa: B018


def test_every_error_of_the_program_is_offered() -> None:
    from rag import errors

    tree = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.RagError)
    }
    assert tree <= set(rag.__all__)


def test_a_type_checker_is_told_what_is_offered() -> None:
    source = Path(rag.__file__).read_text(encoding="utf-8")
    for name in set(rag.__all__) - {"__version__"}:
        assert f" as {name}\n" in source, name
    assert (Path(rag.__file__).parent / "py.typed").is_file()


def test_every_setting_is_an_argument_of_its_type() -> None:
    hints = get_type_hints(SettingArguments)
    assert {"articles", *hints} == set(KEYS)
    for key, hint in hints.items():
        kind = type(Settings.__dataclass_fields__[key].default)
        kinds = {str: ("str",), tuple: ("Sequence[str]",)}.get(kind, (kind.__name__,))
        assert any(name in str(hint) for name in kinds), key


# -- asking --------------------------------------------------------------------------------------


def test_a_question_is_answered_with_evidence(library: rag.Library, folder: Path) -> None:
    answer = library.ask(QUESTION)
    assert not answer.refused
    assert "340 loaves" in answer.text
    assert {Path(e.source) for e in answer.evidence} == {folder / "bakery.md"}
    assert answer.sentences[0].verdict is rag.Verdict.SUPPORTED
    assert library.ask("Who won the chess tournament of 1987?").refused


def test_a_stream_gives_sentences_and_then_the_same_answer(library: rag.Library) -> None:
    events = list(library.stream(QUESTION))
    assert isinstance(events[0], rag.Retrieved)
    assert isinstance(events[-1], rag.Finished)
    shown = [event.sentence for event in events if isinstance(event, rag.Shown)]
    assert tuple(shown) == events[-1].answer.sentences == library.ask(QUESTION).sentences


def test_a_question_within_a_stream_waits_for_it_and_does_not_block(library: rag.Library) -> None:
    texts = []
    for event in library.stream(QUESTION):
        if isinstance(event, rag.Retrieved):
            texts.append(library.ask(QUESTION).text)
    assert "340 loaves" in texts[0]


def test_a_stream_that_nobody_reads_on_holds_nobody_up(library: rag.Library) -> None:
    events = library.stream(QUESTION)
    next(events)
    assert "340 loaves" in library.ask(QUESTION).text
    events.close()
    library.close()
    for thread in threading.enumerate():
        if thread.name == "rag-stream":
            thread.join(10)
            assert not thread.is_alive()


def test_a_stream_goes_on_from_what_is_there_now(library: rag.Library, folder: Path) -> None:
    events = library.stream(QUESTION)
    assert isinstance(next(events), rag.Retrieved)
    library.index(rebuild=True)
    assert "340 loaves" in list(events)[-1].answer.text
    events = library.stream(QUESTION)
    library.close()
    with pytest.raises(rag.UsageError, match="the library is closed"):
        next(events)


def test_what_fails_in_a_stream_is_raised_where_it_is_read(library: rag.Library) -> None:
    with pytest.raises(rag.UsageError, match="the question is empty"):
        list(library.stream("?"))
    assert library.search("bread")


def test_threads_share_a_library(library: rag.Library) -> None:
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(library.ask(QUESTION).text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 4
    assert set(texts) == {library.ask(QUESTION).text}


def test_a_conversation_is_remembered(library: rag.Library) -> None:
    chat = library.chat()
    for question in ("Who built the oven of the bakery?", "And who baked?"):
        assert isinstance(list(chat.ask_stream(question))[-1], rag.Finished)
    assert chat.history[0].question == "Who built the oven of the bakery?"
    assert "Ilse Varga" in chat.history[0].answer


def test_a_model_answers_from_whatever_thread(folder: Path, tmp_path: Path) -> None:
    model = scripted_gguf(
        tmp_path / "scripted.gguf",
        ["The oven of the bakery was built by the mason Ilse Varga [1]."],
        after={":": ["Who built the oven?"]},
        n_ctx=8192,
    )
    how = {"index_dir": tmp_path / "index", "isolated": True, "model": model, "threads": 1}
    with rag.open(folder, engine="llama", **how) as library:
        asked = library.ask("Who built the oven of the bakery?")
        streamed = list(library.stream("Who built the oven of the bakery?"))[-1].answer
        again = library.ask("Who built the oven of the bakery?")
    assert asked.provenance.engine == "llama"
    assert "Ilse Varga" in asked.text
    assert asked.text == streamed.text == again.text


def test_an_engine_that_cannot_run_is_said_before_anything_is_indexed(
    folder: Path, tmp_path: Path
) -> None:
    how = {"index_dir": tmp_path / "index", "isolated": True}
    with pytest.raises(rag.ModelError, match="missing"):
        rag.ask(QUESTION, folder, engine="llama", model=tmp_path / "missing.gguf", **how)
    assert not (tmp_path / "index").exists()


def test_only_a_part_of_the_articles_can_be_asked(library: rag.Library) -> None:
    assert library.ask(QUESTION, in_="harbour").refused
    assert {hit.chunk.document_id for hit in library.search("Tromsby", until="2020")} == {
        "harbour.md"
    }
    with pytest.raises(rag.UsageError, match="no article matches --in airport"):
        library.search("Tromsby", in_=["airport"])


def test_a_search_gives_as_many_hits_as_asked_for(library: rag.Library) -> None:
    assert [hit.rank for hit in library.search("Tromsby", 1)] == [1]
    assert len(library.search("Tromsby")) == 2
    with pytest.raises(rag.UsageError, match="k is 0"):
        library.search("Tromsby", 0)
    with pytest.raises(rag.UsageError, match="is empty"):
        library.search(" ")


def test_a_text_is_checked_sentence_by_sentence(library: rag.Library) -> None:
    report = library.check(
        "The bakery opened in the spring of 2019. The bakery opened in the autumn of 2023."
    )
    assert [s.verdict for s in report.statements] == [
        rag.Verdict.SUPPORTED,
        rag.Verdict.UNSUPPORTED,
    ]
    assert not report.sound
    with pytest.raises(rag.UsageError, match="nothing to check"):
        library.check(" \n")
    with pytest.raises(rag.UsageError, match="threshold: 2 is not between"):
        library.check("Bread.", threshold=2)


# -- the index -----------------------------------------------------------------------------------


def test_what_changed_is_seen_after_indexing(library: rag.Library, folder: Path) -> None:
    assert library.ask("When did the library of Tromsby burn down?").refused
    (folder / "fire.md").write_text("# Fire\n\nThe library of Tromsby burnt down in 1911.\n")
    assert library.status().drift.new
    report = library.index()
    assert (report.added, report.unchanged) == (1, 2)
    assert "1911" in library.ask("When did the library of Tromsby burn down?").text
    assert not library.status().drift.is_stale


def test_indexing_without_a_change_keeps_what_is_open(library: rag.Library) -> None:
    library.search("bread")
    parts = library._parts
    assert library.index().unchanged == 2
    assert library._parts is parts
    library.index(rebuild=True)
    assert library._parts is not parts


def test_indexing_keeps_the_engine(folder: Path, tmp_path: Path) -> None:
    model = scripted_gguf(tmp_path / "scripted.gguf", ["It is so [1]."], n_ctx=8192)
    how = {"index_dir": tmp_path / "index", "isolated": True, "model": model, "threads": 1}
    with rag.open(folder, engine="llama", **how) as library:
        library.ask("Who built the oven of the bakery?")
        before = library._parts.engine, library._parts.index
        (folder / "fire.md").write_text("# Fire\n\nThe library of Tromsby burnt down in 1911.\n")
        library.index()
        assert library._parts.engine is before[0]
        assert library._parts.index is not before[1]
        assert library.ask("When did the library burn down?").hits[0].chunk.title == "Fire"


def test_a_closed_library_says_so(library: rag.Library) -> None:
    library.search("bread")
    library.close()
    library.close()
    with pytest.raises(rag.UsageError, match="the library is closed"):
        library.search("bread")
    with pytest.raises(rag.UsageError, match="the library is closed"):
        library.index()


def test_one_call_indexes_answers_searches_and_checks(folder: Path, tmp_path: Path) -> None:
    how = {"index_dir": tmp_path / "index", "engine": "extractive", "isolated": True}
    assert rag.index(folder, **how).added == 2
    assert "340 loaves" in rag.ask(QUESTION, **how).text
    assert isinstance(list(rag.stream(QUESTION, **how))[-1], rag.Finished)
    assert len(rag.search("Tromsby", k=2, **how)) == 2
    assert rag.check("The bakery opened in the spring of 2019.", **how).sound
    assert rag.status(**how).manifest.n_documents == 2


def test_nothing_is_answered_from_articles_that_nobody_named(tmp_path: Path) -> None:
    with pytest.raises(rag.UsageError, match="no articles are named and none were indexed"):
        rag.ask(QUESTION)
    with pytest.raises(rag.InputError, match="missing"):
        rag.ask(QUESTION, tmp_path / "missing", engine="extractive")


# -- settings ------------------------------------------------------------------------------------


def test_arguments_go_before_variables_and_variables_before_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("rag.toml").write_text("seed = 1\nretries = 1\nthreads = 1\n")
    monkeypatch.setenv("RAG_SEED", "2")
    monkeypatch.setenv("RAG_RETRIES", "2")
    settings = rag.open("articles", seed=3).settings
    assert (settings.seed, settings.retries, settings.threads) == (3, 2, 1)
    alone = rag.open("articles", seed=3, isolated=True, index_dir="here").settings
    assert (alone.seed, alone.retries, alone.threads) == (3, 2, 0)
    given = rag.open("articles", settings=Settings(seed=4, threads=5), seed=3).settings
    assert (given.seed, given.retries, given.threads) == (3, 2, 5)


def test_paths_stay_what_they_were_when_the_working_folder_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = rag.open(["a", Path("b")], index_dir="ix").settings
    monkeypatch.chdir(tmp_path)
    work = str(tmp_path / "work")
    assert settings.articles == (f"{work}/a", f"{work}/b")
    assert settings.index_dir == f"{work}/ix"


def test_settings_that_a_caller_made_count_as_set(folder: Path, tmp_path: Path) -> None:
    settings = Settings(ignore=("harbour*",), index_dir=str(tmp_path / "index"))
    assert rag.index(folder, settings=settings).added == 1


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"passages": 51}, r"passages: 51 is not between 0 and 50 \(argument\)"),
        ({"pasages": 5}, r"unknown setting 'pasages' \(argument\)"),
        ({"settings": Settings(engine="gpt")}, r"'gpt' is not one of .* \(settings\)"),
        ({"isolated": True}, "nothing says where the index is"),
        ({"settings": Settings(corpus="papers")}, "nothing says where the index is"),
    ],
)
def test_a_wrong_setting_is_said_at_once(how: dict, message: str) -> None:
    with pytest.raises(rag.UsageError, match=message):
        rag.open("articles", **how)


def test_articles_may_be_one_path_or_several() -> None:
    assert len(settings_of("a", {}).articles) == 1
    assert len(settings_of(["a", "b"], {}).articles) == 2
    assert settings_of(None, {}).articles == ()


# -- what is said --------------------------------------------------------------------------------


def test_nothing_is_printed(folder: Path, tmp_path: Path) -> None:
    done = run(
        f"import rag\nwith rag.open({str(folder)!r}, index_dir='index') as library:\n"
        f"    for _ in library.stream({QUESTION!r}): pass\n"
        "    library.check('The bakery opened in 2019.')\n",
        tmp_path,
        inherit=True,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_notices_go_to_the_log_or_to_whom_is_named(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    with rag.open(folder, index_dir="one", notice=said.append) as library:
        library.search("bread")
    assert said == [f"no index yet: indexing {folder}"]
    with caplog.at_level(logging.INFO, logger="rag"):
        rag.search("bread", folder, index_dir="two")
    assert f"no index yet: indexing {folder}" in caplog.messages


# -- streams made ahead --------------------------------------------------------------------------


def test_a_stream_that_is_stopped_ends_after_the_item_in_the_making() -> None:
    made, given_up = [], threading.Event()
    go = threading.Semaphore(1)

    def source():
        try:
            for number in range(1000):
                go.acquire()
                made.append(number)
                yield number
        finally:
            given_up.set()

    items = Production(source()).items()
    assert next(items) == 0
    items.close()
    go.release()
    assert given_up.wait(10)
    assert len(made) <= 2
