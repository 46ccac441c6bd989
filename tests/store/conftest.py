"""A store to put documents in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from store_builders import MANIFEST, embed, stage

from rag.store.writer import StoreWriter
from rag.types import Document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite3"


@pytest.fixture
def fill(path: Path) -> Callable[..., None]:
    """Publish documents, after dropping those with the given ids."""

    def publish(*documents: Document, drop: Sequence[str] = ()) -> None:
        with StoreWriter.open(path) as store:
            stage(store, documents)
            embed(store)
            keys = [record.key for record in store.files() if record.id in drop]
            store.publish(MANIFEST, drop=keys)

    return publish
