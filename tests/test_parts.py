"""What stays open, and what a change of settings opens anew."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import CorpusIndexError, ModelError, UsageError
from rag.held import Held
from rag.indexing.lock import writing
from rag.parts import ENGINE_KEYS, INDEX_KEYS, Parts
from rag.retrieval.scope import EVERYTHING, Scope
from rag.setting_values import KEYS, Settings
from tests.support.gguf import scripted_gguf

QUESTION = "Who built the oven of the bakery?"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a folder of two articles and the engine without a model."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bakery.md").write_text("# Bakery\n\nThe oven was built by the mason Ilse Varga.\n")
    (folder / "mill.md").write_text("# Mill\n\nThe mill was built in 1911 by Per Lund.\n")
    index_dir = str(tmp_path / "index")
    return Settings(articles=(str(folder),), index_dir=index_dir, engine="extractive")


@pytest.fixture
def model(tmp_path: Path) -> str:
    said = ["The oven was built by the mason Ilse Varga [1]."]
    path = tmp_path / "scripted.gguf"
    return str(scripted_gguf(path, said, after={":": [QUESTION]}, n_ctx=4096))


def opened(settings: Settings) -> Parts:
    parts = Parts(settings, notice=lambda _: None)
    parts.assistant()
    return parts


def changed(parts: Parts, **values: object) -> Parts:
    """``parts`` after a change, open; what is not shared is closed."""
    others = parts.with_settings(replace(parts.settings, **values))
    others.assistant()
    parts.close(keep=others)
    return others


def answer(parts: Parts) -> str:
    return parts.assistant().ask(QUESTION).text


def test_every_setting_that_makes_an_engine_or_an_index_is_one() -> None:
    assert set(INDEX_KEYS) | set(ENGINE_KEYS) < set(KEYS)
    assert not set(INDEX_KEYS) & set(ENGINE_KEYS)


@pytest.mark.parametrize(
    "values",
    [
        {"quote": True},
        {"passages": 2},
        {"strict": True},
        {"unsupported": "flag"},
        {"retries": 0},
        {"prefer": "newest"},
        {"temperature": 0.5, "seed": 4, "max_answer_tokens": 50},
        {"history": False},
    ],
    ids=str,
)
def test_what_only_changes_how_it_answers_opens_nothing(
    settings: Settings, model: str, values: dict[str, object]
) -> None:
    parts = opened(replace(settings, engine="llama", model=model, threads=1))
    before = parts.engine, parts.index, parts.embedder
    parts = changed(parts, **values)
    assert (parts.engine, parts.index, parts.embedder) == before
    assert "Ilse Varga" in answer(parts)
    parts.close()


def test_an_open_model_writes_as_the_settings_say(settings: Settings, model: str) -> None:
    parts = opened(replace(settings, engine="llama", model=model, threads=1))
    assert parts.assistant().ask(QUESTION).usage.answer_tokens > 4
    parts = changed(parts, max_answer_tokens=4)
    assert parts.assistant().ask(QUESTION).usage.answer_tokens <= 4
    assert parts.assistant().ask(QUESTION).provenance.sampling == "temperature=0 seed=0"
    parts = changed(parts, temperature=0.7, seed=3)
    assert parts.assistant().ask(QUESTION).provenance.sampling == "temperature=0.7 seed=3"
    parts.close()


def test_another_engine_leaves_the_index_and_the_embedder(settings: Settings, model: str) -> None:
    parts = opened(settings)
    index, embedder, extractive = parts.index, parts.embedder, parts.engine
    parts = changed(parts, engine="llama", model=model, threads=1)
    assert (parts.index, parts.embedder) == (index, embedder)
    first = parts.engine
    assert first.name == "llama" != extractive.name
    parts = changed(parts, context_tokens=2048)
    assert parts.engine is not first
    assert parts.engine.n_ctx == 2048
    assert (parts.index, parts.embedder) == (index, embedder)
    assert "Ilse Varga" in answer(parts)
    parts.close()


def test_other_articles_leave_the_engine(settings: Settings, model: str, tmp_path: Path) -> None:
    parts = opened(replace(settings, engine="llama", model=model, threads=1))
    engine, index, embedder = parts.engine, parts.index, parts.embedder
    other = tmp_path / "other"
    other.mkdir()
    (other / "oven.md").write_text("The oven of the bakery was built by the smith Ulla Berg.\n")
    parts = changed(parts, articles=(str(other),), index_dir=str(tmp_path / "index2"))
    assert parts.index is not index
    assert (parts.engine, parts.embedder) == (engine, embedder)
    assert parts.assistant().ask(QUESTION).hits[0].chunk.source == str(other / "oven.md")
    parts.close()


@pytest.mark.parametrize(
    ("values", "scope", "error", "message"),
    [
        ({"engine": "llama", "model": "x"}, EVERYTHING, ModelError, "no model is called 'x'"),
        ({"engine": "llama", "model": "no.gguf"}, EVERYTHING, ModelError, "no.gguf"),
        ({"articles": (), "index_dir": "damaged"}, EVERYTHING, CorpusIndexError, "damaged"),
        ({"articles": (), "corpus": "x", "index_dir": "x"}, EVERYTHING, UsageError, "no corpus x"),
        ({"quote": True}, Scope(in_=("x.md",)), UsageError, "no article matches --in x.md"),
    ],
)
def test_a_change_that_cannot_work_leaves_everything_open(
    settings: Settings, tmp_path: Path, values: dict, scope: Scope, error: type, message: str
) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "index.sqlite3").write_bytes(b"this is no database" * 100)
    (tmp_path / "no.gguf").write_bytes(b"this is no model")
    parts = opened(settings)
    others = parts.with_settings(replace(settings, **values))
    with pytest.raises(error, match=message):
        others.assistant(scope)
    others.close(keep=parts)
    assert "Ilse Varga" in answer(parts)
    parts.close()


def test_what_is_in_step_is_not_opened_again(settings: Settings) -> None:
    parts = opened(settings)
    assert parts.refreshed() is parts
    parts.close()


def test_a_changed_article_is_seen_and_the_engine_stays(settings: Settings, model: str) -> None:
    parts = opened(replace(settings, engine="llama", model=model, threads=1))
    folder = Path(settings.articles[0])
    (folder / "bridge.md").write_text("# Bridge\n\nThe bridge was built in 1950.\n")
    others = parts.refreshed()
    assert others is not parts
    assert others.engine is parts.engine
    assert others.index.n_documents == 3
    assert parts.index.n_documents == 2  # whoever still answers from it is not disturbed
    parts.close(keep=others)
    assert "Ilse Varga" in answer(others)
    others.close()


def test_an_index_that_another_run_published_is_seen(settings: Settings) -> None:
    parts, elsewhere = opened(settings), opened(settings)
    (Path(settings.articles[0]) / "mill.md").unlink()
    elsewhere.close(keep=elsewhere.refreshed())
    others = parts.refreshed()
    assert others.index.n_documents == 1
    parts.close(keep=others)
    others.close()


def test_while_another_run_writes_what_is_open_answers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.freshness.PATIENCE_S", 0.1)
    opened(settings).close()
    parts = opened(replace(settings, articles=()))
    (Path(settings.articles[0]) / "bridge.md").write_text("The bridge was built in 1950.\n")
    with writing(Path(settings.index_dir), timeout_s=1):
        assert parts.refreshed() is parts
    parts.close()


def test_things_are_released_once_and_the_youngest_first() -> None:
    released: list[str] = []
    held = Held()
    for name in ("a", "b", "c"):
        held.get(name, (), lambda name=name: [name], release=lambda made: released.append(made[0]))
    other = held.shared(without=("c",))
    assert other.get("b", (), lambda: ["new"]) == ["b"]
    assert other.get("b", (1,), lambda: ["new"]) == ["new"]
    held.close(keep=other)
    assert released == ["c", "b"]
    held.close()
    other.close()
    assert released == ["c", "b", "a"]


def test_a_prompt_is_spared_what_hardly_answers_unless_a_number_is_asked_for(
    settings: Settings, model: str
) -> None:
    folder = Path(settings.articles[0])
    for name in ("church", "station", "school"):
        (folder / f"{name}.md").write_text(f"# The {name}\n\nGeese live beside the {name}.\n")
    counts = []
    for values in ({"engine": "llama", "model": model}, {"passages": 5}, {"engine": "extractive"}):
        settings = replace(settings, **values)
        with closing(opened(settings)) as parts:
            counts.append(len(parts.assistant().plan(QUESTION).passages))
    assert counts[0] < 5
    assert counts[1:] == [5, 5]
