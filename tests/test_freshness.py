"""What is done to an index before a question is answered, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import freshness, upkeep
from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError, IndexBusyError, InputError, UsageError
from rag.freshness import bring_up_to_date
from rag.indexing.lock import writing
from rag.settings import Settings, load
from rag.text.paths import shown_path

EMBEDDER = HashingEmbedder()


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(freshness, "PATIENCE_S", 0.1)
    monkeypatch.setattr(upkeep, "PATIENCE_S", 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "mill.md").write_text("A mill was built here in 1911 by a mason.")
    return folder


def settings_of(tmp_path: Path, **flags: object) -> Settings:
    return load({"index_dir": str(tmp_path / "index"), **flags})


def said(settings: Settings, embedder: HashingEmbedder = EMBEDDER) -> list[str]:
    """Bring the index up to date; what was said."""
    notices: list[str] = []
    bring_up_to_date(settings, embedder, notices.append, None)
    return notices


@pytest.fixture
def made(tmp_path: Path, folder: Path) -> Settings:
    """Settings of an index of the folder, which they do not name."""
    assert said(settings_of(tmp_path, articles=[str(folder)]))[0].startswith("no index yet")
    return settings_of(tmp_path)


def test_an_index_in_step_is_left_alone_in_silence(made: Settings) -> None:
    assert said(made) == []


def test_a_change_is_taken_in_and_said(made: Settings, folder: Path) -> None:
    (folder / "new.md").write_text("A bridge was built here in 1912.")
    assert said(made) == [
        "articles changed: updating the index",
        "index: 1 added, 0 changed, 0 removed",
    ]
    assert said(made) == []


def test_an_index_that_another_run_writes_is_used_as_it_was(made: Settings, folder: Path) -> None:
    (folder / "new.md").write_text("A bridge was built here in 1912.")
    with writing(Path(made.index_dir), timeout_s=1):
        notices = said(made)
    assert notices[1].startswith("waiting for process ")
    assert notices[-1].endswith("answering from the index as it was")


def test_a_folder_that_was_named_is_not_done_without(
    made: Settings, tmp_path: Path, folder: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "road.md").write_text("A road was built here in 1913.")
    named = settings_of(tmp_path, articles=[str(other)])
    with writing(Path(made.index_dir), timeout_s=1), pytest.raises(IndexBusyError, match="updated"):
        said(named)
    assert said(named)[0] == f"indexing {shown_path(other)} instead of {shown_path(folder)}"
    with pytest.raises(InputError, match="no file or folder"):
        said(settings_of(tmp_path, articles=[str(tmp_path / "gone")]))


def test_a_large_index_of_another_embedder_is_not_embedded_anew_unasked(
    made: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = HashingEmbedder(EMBEDDER.dimension * 2)
    monkeypatch.setattr(freshness, "SMALL_CHUNKS", 0)
    with pytest.raises(CorpusIndexError, match="is set; 1 chunks have to be embedded") as caught:
        said(made, other)
    assert caught.value.hint.startswith("rag index")
    assert said(made) == []


def test_a_small_index_of_another_embedder_is_embedded_anew(made: Settings) -> None:
    other = HashingEmbedder(EMBEDDER.dimension * 2)
    assert said(made, other)[0].endswith("is set: reading the articles anew")
    assert said(made, other) == []


def test_patterns_that_were_chosen_once_hold_for_questions(
    tmp_path: Path, made: Settings, folder: Path
) -> None:
    (folder / "draft.md").write_text("A draft about a tower.")
    chosen = settings_of(tmp_path, ignore=["draft*"])
    upkeep.sync_with(chosen, EMBEDDER, [folder])
    assert said(made) == []
    assert said(settings_of(tmp_path, ignore=[]))[-1] == "index: 1 added, 0 changed, 0 removed"


def test_a_variable_counts_before_what_is_remembered(
    made: Settings, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_TEXT_KEY", "story")
    assert upkeep.wishes_of(settings_of(tmp_path)).keys.text == "story"
    notices = said(settings_of(tmp_path))
    assert (
        notices[0] == "columns of tables are named otherwise than before: reading the articles anew"
    )


def test_a_corpus_of_which_nothing_is_known_is_never_the_sample_articles(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no corpus letters"):
        said(load({"corpus": "letters"}))


def test_that_only_samples_are_indexed_is_said_with_what_to_type(
    tmp_path: Path, made: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brought").mkdir()
    (tmp_path / "articles").rename(tmp_path / "brought" / "seeds")
    for module in (freshness, upkeep):
        monkeypatch.setattr(module, "data_dir", lambda name: tmp_path / "brought" / name)
    here = tmp_path / "mine"
    here.mkdir()
    monkeypatch.chdir(here)
    settings = settings_of(tmp_path / "fresh")
    assert said(settings)[0].endswith("(the sample articles; your own: rag index FOLDER)")
    assert said(settings) == ["only the sample articles are indexed; your own: rag index FOLDER"]
    (here / "note.md").write_text("A bridge was built here in 1912.")
    assert said(settings) == ["only the sample articles are indexed; your own: rag index ."]
    monkeypatch.chdir(tmp_path / "brought")
    assert said(settings) == []
