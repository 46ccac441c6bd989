"""Articles from outside the repository, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="session")
def originals() -> Path:
    """The folder of the three articles that the product began with."""
    folder = _SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder


@pytest.fixture(scope="session")
def development_sets() -> list[Path]:
    """The documents of the retrieval development sets, one JSON object a line."""
    files = sorted((_SHARED / "data" / "retrieval").glob("*.docs.jsonl"))
    if not files:
        pytest.skip("no development sets")
    return files
