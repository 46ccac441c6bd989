"""Where settings come from and which source wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.settings import (
    Settings,
    endpoint_key,
    find_project_file,
    index_path,
    load,
    unknown_variables,
)


def loaded(tmp_path: Path, flags: dict | None = None, **environ: str) -> Settings:
    environ.setdefault("RAG_CONFIG", str(tmp_path / "user.toml"))
    return load(flags, cwd=tmp_path, environ=environ)


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path) == Settings()


def test_flag_beats_environment_beats_project_beats_user(tmp_path: Path) -> None:
    (tmp_path / "user.toml").write_text("passages = 1\nseed = 1\nthreads = 1\nretries = 1\n")
    (tmp_path / "rag.toml").write_text("passages = 2\nseed = 2\nthreads = 2\n")
    settings = loaded(tmp_path, {"passages": 4}, RAG_PASSAGES="3", RAG_SEED="3")
    assert (settings.passages, settings.seed, settings.threads, settings.retries) == (4, 3, 2, 1)
    assert settings.sources["passages"] == "flag"
    assert settings.sources["seed"] == "RAG_SEED"
    assert settings.sources["threads"] == str(tmp_path / "rag.toml")


def test_a_flag_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"passages": None}, RAG_PASSAGES="3").passages == 3


def test_paths_in_a_file_are_meant_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text('articles = ["news", "/abs"]\nindex_dir = "ix"\n')
    settings = loaded(tmp_path)
    assert settings.articles == (str(tmp_path / "news"), "/abs")
    assert index_path(settings) == tmp_path / "ix"


def test_the_project_file_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_project_file(below) == tmp_path / "rag.toml"
    assert index_path(Settings(), cwd=below) == tmp_path / "index"


def test_articles_in_the_environment_are_separated_like_a_path(tmp_path: Path) -> None:
    assert loaded(tmp_path, RAG_ARTICLES="/a:/b").articles == ("/a", "/b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("passagse = 3", "unknown setting 'passagse'"),
        ('passages = "many"', "passages: 'many' is not a whole number"),
        ("passages = 51", "passages: 51 is not between 0 and 50"),
        ("passages = true", "passages: True is not a whole number"),
        ('quote = "maybe"', "quote: 'maybe' is not on or off"),
        ("quote = 2", "quote: 2 is not on or off"),
        ('engine = "gpt"', "'gpt' is not one of llama, extractive"),
        ('gpu_layers = "lots"', "gpu_layers: 'lots' is not auto or a number"),
        ('kv_type = "f8"', "kv_type: 'f8' is not one of f16, bf16, q8_0, q4_0"),
        ("passages = ", "cannot read the settings file"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rag.toml").write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        loaded(tmp_path)
    assert str(tmp_path / "rag.toml") in caught.value.message


def test_an_unknown_key_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown") as caught:
        loaded(tmp_path, {"chunk_token": 5})
    assert caught.value.hint == "did you mean chunk_tokens?"


def test_a_misspelt_variable_is_noticed_and_a_foreign_one_is_not() -> None:
    assert unknown_variables({"RAG_PASAGES": "3", "RAG_TIME": "1", "RAG_SEED": "1"}) == [
        "RAG_PASAGES (did you mean RAG_PASSAGES?)"
    ]


@pytest.mark.parametrize(
    ("given", "meant"),
    [("on", True), ("TRUE", True), ("1", True), ("yes", True), ("off", False), ("0", False)],
)
def test_a_switch_is_read_from_the_environment(given: str, meant: bool, tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(f"quote = {str(not meant).lower()}\n")
    assert loaded(tmp_path).quote is not meant
    assert loaded(tmp_path, RAG_QUOTE=given).quote is meant


def test_the_key_of_an_endpoint_is_known_as_a_variable_and_refused_in_a_file(
    tmp_path: Path,
) -> None:
    assert unknown_variables({"RAG_ENDPOINT_KEY": "sk-1"}) == []
    assert unknown_variables({"RAG_ENDPOINT_KEI": "sk-1"}) == [
        "RAG_ENDPOINT_KEI (did you mean RAG_ENDPOINT_KEY?)"
    ]
    assert endpoint_key({"RAG_ENDPOINT_KEY": "sk-1"}) == "sk-1"
    assert endpoint_key({}) == ""
    (tmp_path / "rag.toml").write_text('endpoint_key = "sk-1"\n')
    with pytest.raises(UsageError, match="a key is not kept in a file") as caught:
        loaded(tmp_path, RAG_ENDPOINT_KEY="sk-2")
    assert caught.value.hint == "export RAG_ENDPOINT_KEY=…"
    assert "sk-" not in caught.value.message


def test_the_settings_of_an_endpoint_never_hold_its_key(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        RAG_ENDPOINT="http://127.0.0.1:1",
        RAG_ENDPOINT_TIMEOUT_S="2.5",
        RAG_ENDPOINT_KEY="s",
    )
    assert (settings.endpoint, settings.endpoint_timeout_s) == ("http://127.0.0.1:1", 2.5)
    assert not hasattr(settings, "endpoint_key")
    assert "RAG_ENDPOINT_KEY" not in settings.sources.values()
