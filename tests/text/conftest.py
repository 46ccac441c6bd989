"""Texts that the tests of this folder share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="session")
def original_articles() -> list[str]:
    """The paragraphs of the three articles that the product began with."""
    folder = _SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
    return [line for text in texts for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="session")
def wikipedia_paragraphs() -> list[str]:
    """The paragraphs of the XQuAD development articles."""
    file = _SHARED / "data" / "retrieval" / "xquad_en.docs.jsonl"
    if not file.is_file():
        pytest.skip(f"no {file}")
    docs = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    return [line for doc in docs for line in doc.split("\n") if line.strip()]
