"""Corpora: which there are, what is in force for each, and where their indexes lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.corpora import known_corpora, require_known
from rag.errors import UsageError
from rag.settings import Settings, index_path, load

PROJECT = """
articles = ["general"]
passages = 3
seed = 7

[corpora.papers]
articles = ["pdf"]
passages = 4

[corpora.letters]
articles = ["letters"]
index_dir = "post"
"""


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RAG_INDEX_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "rag" / "index"


def loaded(cwd: Path, corpus: str | None = None, **environ: str) -> Settings:
    environ.setdefault("RAG_CONFIG", str(cwd / "user.toml"))
    return load({"corpus": corpus}, cwd=cwd, environ=environ)


def make_index(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "index.sqlite3").write_bytes(b"x")


def test_a_table_lies_on_top_of_its_files_own_keys(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(PROJECT)
    settings = loaded(tmp_path, "papers")
    assert (settings.corpus, settings.passages, settings.seed) == ("papers", 4, 7)
    assert settings.sources["passages"] == f"{tmp_path / 'rag.toml'} [corpora.papers]"
    assert loaded(tmp_path).passages == 3


def test_a_corpus_has_its_own_articles_or_none(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(PROJECT)
    assert loaded(tmp_path, "papers").articles == (str(tmp_path / "pdf"),)
    assert loaded(tmp_path, "others").articles == ()
    assert loaded(tmp_path, "papers", RAG_ARTICLES="/x").articles == (str(tmp_path / "pdf"),)
    assert loaded(tmp_path).articles == (str(tmp_path / "general"),)


def test_the_project_beats_a_table_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("[corpora.papers]\npassages = 9\nseed = 1\n")
    (tmp_path / "rag.toml").write_text("passages = 2\n")
    settings = loaded(tmp_path, "papers")
    assert (settings.passages, settings.seed) == (2, 1)


def test_a_corpus_is_chosen_by_flag_then_variable_then_project_then_user(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text('corpus = "a"\n')
    assert loaded(tmp_path).corpus == "a"
    (tmp_path / "rag.toml").write_text('corpus = "b"\n')
    assert loaded(tmp_path).corpus == "b"
    assert loaded(tmp_path, RAG_CORPUS="c").corpus == "c"
    assert loaded(tmp_path, "d", RAG_CORPUS="c").corpus == "d"
    assert loaded(tmp_path, "").corpus == ""


def test_its_index_lies_inside_the_folder_of_the_projects(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(PROJECT)
    assert index_path(loaded(tmp_path, "papers")) == tmp_path / "index" / "corpora" / "papers"
    assert index_path(loaded(tmp_path, "letters")) == tmp_path / "post"


def test_without_a_project_it_lies_in_the_users_data(tmp_path: Path, data_dir: Path) -> None:
    assert index_path(loaded(tmp_path, "papers")) == data_dir / "corpora" / "papers"


def test_a_corpus_of_the_users_file_is_the_same_in_every_project(
    tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "rag.toml").write_text("")
    (tmp_path / "user.toml").write_text("[corpora.papers]\n")
    assert index_path(loaded(tmp_path, "papers")) == data_dir / "corpora" / "papers"


def test_a_corpus_without_a_table_is_where_an_index_of_it_is(
    tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "rag.toml").write_text("")
    assert index_path(loaded(tmp_path, "notes")) == tmp_path / "index" / "corpora" / "notes"
    make_index(data_dir / "corpora" / "notes")
    assert index_path(loaded(tmp_path, "notes")) == data_dir / "corpora" / "notes"


def test_the_variable_names_where_indexes_are_kept_and_the_flag_the_index(tmp_path: Path) -> None:
    kept = loaded(tmp_path, "papers", RAG_INDEX_DIR="/kept")
    assert index_path(kept) == Path("/kept/corpora/papers")
    flags = {"corpus": "papers", "index_dir": "/here"}
    environ = {"RAG_INDEX_DIR": "/kept", "RAG_CONFIG": ""}
    assert index_path(load(flags, cwd=tmp_path, environ=environ)) == Path("/here")


@pytest.mark.parametrize("name", ["..", "a/b", "-x", "a b", "x" * 65, ".hidden", "a\nb", "é"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"corpus: .* is not a name"):
        loaded(tmp_path, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[corpora.papers]\npassagse = 3", r"unknown setting 'passagse' .*\[corpora.papers\]"),
        ("[corpora.papers]\ncorpus = 'x'", "a corpus cannot choose a corpus"),
        ("[corpora.'a/b']", "'a/b' is not a name"),
        ("[corpora.'']", "is not a name"),
        ("corpora = 3", "corpora is not made of tables"),
        ("[corpora]\nx = 3", "corpora is not made of tables"),
        ("ignore = [1]", r"ignore: \[1\] is not a list of texts"),
        ("index_type = 'ivf'", "'ivf' is not one of auto, exact, compressed"),
        ("prefer = 'oldest'", "'oldest' is not one of none, newest"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rag.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        loaded(tmp_path)


def test_known_corpora_are_those_described_and_those_with_an_index(
    tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "rag.toml").write_text(PROJECT)
    make_index(tmp_path / "index")
    make_index(tmp_path / "index" / "corpora" / "notes")
    make_index(data_dir / "corpora" / "diary")
    (data_dir / "corpora" / "empty").mkdir()
    found = known_corpora(cwd=tmp_path, environ={"RAG_CONFIG": ""})
    assert [corpus.name for corpus in found] == ["", "diary", "letters", "notes", "papers"]
    assert [corpus.has_index for corpus in found] == [True, True, False, True, False]
    assert found[1].index_dir == data_dir / "corpora" / "diary"


def test_an_unknown_corpus_is_told_with_near_names_and_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CONFIG", "")
    (tmp_path / "rag.toml").write_text(PROJECT)
    with pytest.raises(UsageError, match="no corpus paper; there is papers") as caught:
        require_known(load({"corpus": "paper"}))
    assert caught.value.hint == "to make it: rag index -c paper FOLDER"
    require_known(load({"corpus": "papers"}))
    require_known(load({"corpus": "paper", "articles": ["x"]}))
    require_known(load({}))
