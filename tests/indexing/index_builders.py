"""Small articles, written with a chosen age."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from rag.indexing.sync import SyncReport

ARTICLES = {
    "ships.txt": "Ships\n\nShips sail from the harbour. They carry grain and coal.\n",
    "cats.md": "---\ntitle: On cats\ndate: 2024-01-02\n---\n\n"
    "Cats sleep all day. They hunt mice.\n",
    "deep/dogs.txt": "Dogs bark at night. A dog guards the house and the garden.\n",
}
Sync = Callable[..., SyncReport]


def write(folder: Path, name: str, text: str, *, age_s: float = 100.0) -> Path:
    """An article that was last changed ``age_s`` seconds ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - int(age_s * 1e9)))
    return path
