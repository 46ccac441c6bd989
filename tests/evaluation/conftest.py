"""Fixtures of the eval tests: articles on disk, case files, a place for runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.builders import ALPHA, BETA, Corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """The two articles on disk."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "alpha.md").write_text(ALPHA, encoding="utf-8")
    (folder / "beta.md").write_text(BETA, encoding="utf-8")
    return Corpus(folder)


@pytest.fixture
def write_cases(tmp_path: Path) -> Callable[[Sequence[Any]], Path]:
    """Writes a file of cases, one JSON value (or raw text) a line."""

    def write(lines: Sequence[Any], name: str = "cases.jsonl") -> Path:
        path = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return write
