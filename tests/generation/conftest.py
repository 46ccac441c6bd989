"""Engines on tiny model files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.generation.llama.engine import LlamaEngine
from tests.support.answers import FIRST, LAST, RIGHT, WRONG
from tests.support.gguf import scripted_gguf


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trials of model files are remembered: one for all tests, so that each runs once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _own_data_folder(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(data_folder))
    monkeypatch.delenv("RAG_MODELS_DIR", raising=False)


@pytest.fixture(scope="session")
def scripted_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says three sentences, the second of which it may also get right."""
    return scripted_gguf(
        tmp_path_factory.mktemp("models") / "scripted.gguf",
        [FIRST, (WRONG, RIGHT), LAST],
        after={":": ["What sizes does Llama 3 have?"]},
    )


@pytest.fixture
def open_engine(scripted_path: Path) -> Iterator[Callable[..., LlamaEngine]]:
    """Opens engines that are closed when the test ends."""
    opened: list[LlamaEngine] = []

    def open_one(path: Path = scripted_path, **options: Any) -> LlamaEngine:
        options.setdefault("n_threads", 1)
        opened.append(LlamaEngine(path, **options))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()
