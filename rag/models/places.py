"""Where model files and what is known of them are kept."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_data_dir


def models_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of pulled models: ``RAG_MODELS_DIR``, else in the user's data folder."""
    named = (os.environ if environ is None else environ).get("RAG_MODELS_DIR")
    return Path(named).expanduser().absolute() if named else state_dir() / "models"


def state_dir() -> Path:
    """The program's own folder in the user's data."""
    return Path(user_data_dir("rag", appauthor=False))


def read_json(path: Path) -> dict[str, Any]:
    """The object in ``path``; empty if the file is missing or damaged (it can be made again)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Put ``value`` into ``path`` so that a reader sees the old file or the new, never a part.

    Raises:
        OSError: if the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
