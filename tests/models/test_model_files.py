"""From names and paths to files that may be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models.catalogue import CATALOGUE, CatalogueEntry, entry, find
from rag.models.files import active, installed, path_of, resolve, use
from rag.models.record import file_record
from tests.models.conftest import CONTENT
from tests.support.gguf import random_gguf, sha256_of


def put(known: CatalogueEntry, content: bytes = CONTENT) -> Path:
    path_of(known).parent.mkdir(parents=True, exist_ok=True)
    path_of(known).write_bytes(content)
    return path_of(known)


def test_every_entry_is_pinned_to_the_letter() -> None:
    assert [known.name for known in CATALOGUE] == ["llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"]
    for known in CATALOGUE:
        assert len(bytes.fromhex(known.sha256)) == 32
        assert len(bytes.fromhex(known.revision)) == 20
        assert known.url_path.startswith(f"/{known.repo}/resolve/{known.revision}/")
        assert known.licence_url.startswith("https://")


def test_names_do_not_mind_case() -> None:
    assert find("LLAMA-3.2-1B") is CATALOGUE[0]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ModelError, match=r"no model is called 'llama-3.2-2b'") as caught:
        entry("llama-3.2-2b")
    assert "did you mean llama-3.2-" in caught.value.hint
    with pytest.raises(ModelError, match="no model is called 'banana'") as caught:
        resolve("banana")
    assert "known models: llama-3.2-1b" in caught.value.hint


def test_a_known_model_that_is_not_there_names_the_command() -> None:
    with pytest.raises(ModelError, match=r"llama-3\.2-1b is not on this machine") as caught:
        resolve("llama-3.2-1b")
    assert caught.value.hint == "rag model pull llama-3.2-1b"
    assert installed() == ()
    assert active() is None


def test_a_pulled_model_resolves_to_its_file(known_entry: CatalogueEntry) -> None:
    path = put(known_entry)
    model = resolve("llama-test")
    assert (model.path, model.sha256, model.pinned) == (path, known_entry.sha256, True)
    assert installed() == (known_entry,)
    assert active() == "llama-test"


def test_a_pulled_file_that_was_changed_is_refused(known_entry: CatalogueEntry) -> None:
    path = put(known_entry)
    resolve("llama-test")
    path.write_bytes(CONTENT[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelError, match="is not the pinned llama-test") as caught:
        resolve("llama-test")
    assert caught.value.hint.endswith("rag model pull llama-test")


def test_a_pinned_file_is_known_by_any_path(known_entry: CatalogueEntry, tmp_path: Path) -> None:
    elsewhere = tmp_path / "renamed.gguf"
    elsewhere.write_bytes(CONTENT)
    assert resolve(str(elsewhere)).name == "llama-test"
    assert resolve(str(elsewhere)).pinned


def test_a_path_resolves_to_an_unpinned_file(tmp_path: Path) -> None:
    path = random_gguf(tmp_path / "own.gguf")
    model = resolve(str(path))
    assert (model.name, model.sha256, model.pinned) == ("own.gguf", sha256_of(path), False)


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random_gguf(tmp_path / "own.gguf")
    monkeypatch.chdir(tmp_path)
    assert use("own.gguf").path == tmp_path / "own.gguf"
    monkeypatch.chdir("/")
    assert active() == str(tmp_path / "own.gguf")


def test_paths_that_are_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file at .*gone\.gguf"):
        resolve(str(tmp_path / "gone.gguf"))
    with pytest.raises(ModelError, match="is not a file"):
        resolve(str(tmp_path))


def test_the_choice_of_a_model_stays(known_entry: CatalogueEntry, tmp_path: Path) -> None:
    put(known_entry)
    path = random_gguf(tmp_path / "own.gguf")
    use(str(path))
    assert active() == str(path)
    use("LLAMA-TEST")
    assert active() == "llama-test"


def test_a_model_that_cannot_be_resolved_cannot_be_chosen(known_entry: CatalogueEntry) -> None:
    with pytest.raises(ModelError, match="not on this machine"):
        use("llama-test")
    assert active() is None


def test_a_damaged_choice_counts_as_none(data_folder: Path) -> None:
    (data_folder / "rag").mkdir(parents=True)
    (data_folder / "rag" / "model.json").write_text('["not", "ours"')
    assert active() is None


def test_a_file_is_hashed_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(b"one")
    first = file_record(path)
    with monkeypatch.context() as patch:
        patch.setattr("rag.models.record.hash_file", lambda path: pytest.fail("hashed again"))
        assert file_record(path) == first
    path.write_bytes(b"three")
    assert file_record(path).sha256 == sha256_of(path) != first.sha256


def test_records_that_cannot_be_kept_do_no_harm(tmp_path: Path, data_folder: Path) -> None:
    data_folder.write_text("a file where the folder should be")
    path = tmp_path / "m.bin"
    path.write_bytes(b"one")
    assert file_record(path).sha256 == sha256_of(path)


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model file"):
        file_record(tmp_path / "gone")
