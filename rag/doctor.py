"""What is installed here, what is in use, and what is wrong with it.

Every check is guarded: one that fails is a finding, never the end of the list. Heavy libraries are
imported inside the checks.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rag
from rag import settings as settings_module
from rag.corpora import with_corpus
from rag.engines import PULL_HINT
from rag.errors import RagError
from rag.settings import Settings

MIN_PYTHON = (3, 11)
PACKAGES = (
    "sentence-transformers",
    "torch",
    "faiss-cpu",
    "tantivy",
    "llama-cpp-python",
    "trafilatura",
    "numpy",
)
ENDPOINT_PATIENCE_S = 3.0
_OPTIONAL = frozenset({"llama-cpp-python"})
"""Without it the extractive engine still answers."""


class Status(StrEnum):
    """How bad a finding is: only ``fail`` keeps the program from answering."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``hint`` says what to do about it; empty if nothing is."""

    name: str
    status: Status
    value: str
    hint: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(flags: Mapping[str, Any]) -> list[Finding]:
    """Every finding, in the order of the checks. ``flags`` are settings from the command line."""
    findings = list(_guarded("rag", _versions, Settings()))
    try:
        settings = settings_module.load(flags)
    except RagError as exc:
        findings.append(Finding("settings", Status.FAIL, exc.message, exc.hint))
        settings = replace(Settings(), **{k: v for k, v in flags.items() if v is not None})
    for name, check in _CHECKS.items():
        findings.extend(_guarded(name, check, settings))
    return findings


def _guarded(name: str, check: Check, settings: Settings) -> Iterator[Finding]:
    try:
        yield from check(settings)
    except RagError as exc:
        yield Finding(name, Status.FAIL, exc.message, exc.hint)
    except Exception as exc:  # whatever breaks is what this command is there to report
        yield Finding(name, Status.FAIL, f"{type(exc).__name__}: {exc}")


def _versions(settings: Settings) -> Iterator[Finding]:
    yield Finding("rag", Status.OK, f"{rag.__version__} in {Path(rag.__file__).parent}")
    is_new_enough = sys.version_info >= MIN_PYTHON
    yield Finding(
        "python",
        Status.OK if is_new_enough else Status.FAIL,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "" if is_new_enough else "Python 3.11 or newer is needed",
    )
    for package in PACKAGES:
        yield _package(package)


def _package(name: str) -> Finding:
    try:
        return Finding(name, Status.OK, metadata.version(name))
    except metadata.PackageNotFoundError:
        status = Status.WARN if name in _OPTIONAL else Status.FAIL
        return Finding(name, status, "not installed", f"pip install {name}")


def _settings_files(settings: Settings) -> Iterator[Finding]:
    candidates = (settings_module.user_file(), settings_module.find_project_file(Path.cwd()))
    found = [str(path) for path in candidates if path is not None and path.is_file()]
    yield Finding("settings files", Status.OK, ", ".join(found) or "none")
    chosen = [f"{key} ({origin})" for key, origin in settings.sources.items()]
    yield Finding("settings that are set", Status.OK, ", ".join(chosen) or "none")
    for variable in settings_module.unknown_variables(os.environ):
        yield Finding("environment", Status.WARN, f"unknown variable {variable}")


def _llama(settings: Settings) -> Iterator[Finding]:
    from rag.errors import EngineError
    from rag.generation.llama import diagnostics

    try:
        facts = diagnostics.describe()
    except EngineError as exc:
        is_needed = settings.engine == "llama" or bool(settings.model)
        status = Status.FAIL if is_needed else Status.WARN
        yield Finding("llama.cpp", status, exc.message, exc.hint)
        return
    yield Finding("llama.cpp", Status.OK, f"{facts['version']}, {facts['threads']} threads")
    for device, features in facts["features"].items():
        yield Finding(f"llama.cpp on {device}", Status.OK, " ".join(features))
    devices = [f"{item['name']} ({item['description'].strip()})" for item in facts["devices"]]
    yield Finding("llama.cpp devices", Status.OK, ", ".join(devices) or "not listed by this build")
    yield _gpu(settings, can_offload=facts["gpu_offload"])


def _gpu(settings: Settings, *, can_offload: bool) -> Finding:
    if can_offload:
        return Finding("llama.cpp GPU offload", Status.OK, f"yes, layers: {settings.gpu_layers}")
    if settings.gpu_layers in ("auto", "0"):
        return Finding("llama.cpp GPU offload", Status.OK, "no: built for the processor only")
    value = f"no, but the setting gpu_layers asks for {settings.gpu_layers}"
    hint = "build llama-cpp-python with CUDA or Metal, or set gpu_layers to auto"
    return Finding("llama.cpp GPU offload", Status.WARN, value, hint)


def _embedder(settings: Settings) -> Iterator[Finding]:
    from rag.embedding.weights import PACKAGED_MODEL, locate

    folder = locate(settings.embedder, afresh=True)
    known = "weights are upstream's" if folder.name == PACKAGED_MODEL else "not a pinned model"
    value = f"{folder.name}@{folder.fingerprint}, {known} ({folder.path})"
    yield Finding("embedder", Status.OK, value)


def _index(settings: Settings) -> Iterator[Finding]:
    from rag.store.reader import StoreReader

    folder = settings_module.index_path(settings)
    file = folder / "index.sqlite3"
    if not file.exists():
        yield Finding(
            "index",
            Status.WARN,
            f"none in {folder}",
            with_corpus("rag index FOLDER", settings.corpus),
        )
        return
    with StoreReader.open(file) as store:
        n_documents, n_chunks = store.counts()
        manifest = store.manifest
    yield Finding("index", Status.OK, f"{folder}: {n_documents} articles, {n_chunks} chunks")
    yield Finding("index built by", Status.OK, f"{manifest.embedder}, {manifest.chunker}")
    yield from _index_state(settings, folder, manifest.embedder, manifest.roots)


def _index_state(
    settings: Settings, folder: Path, embedder: str, roots: tuple[str, ...]
) -> Iterator[Finding]:
    from rag.embedding.weights import locate
    from rag.indexing.changes import is_stale

    again = with_corpus("rag index", settings.corpus)
    current = locate(settings.embedder)
    if embedder != f"{current.name}@{current.fingerprint}":
        value = f"built by {embedder}, but {current.name}@{current.fingerprint} is set"
        yield Finding("index embedder", Status.WARN, value, again)
    gone = [root for root in roots if not Path(root).exists()]
    if gone:
        yield Finding(
            "index folders", Status.WARN, f"missing: {', '.join(gone)}", f"{again} FOLDER"
        )
    elif is_stale(folder, [Path(root) for root in roots]):
        yield Finding("index state", Status.WARN, "articles have changed since", again)
    else:
        yield Finding("index state", Status.OK, f"up to date with {', '.join(roots)}")


def _model(settings: Settings) -> Iterator[Finding]:
    from rag.models import files
    from rag.models.header import read_header

    if settings.engine == "endpoint":
        return  # the model is the server's
    wanted = settings.model or files.active()
    if wanted is None:
        yield Finding("model", Status.WARN, "none: the extractive engine answers", PULL_HINT)
        return
    model = files.resolve(wanted)
    read_header(model.path)
    known = "sha256 is the pinned one" if model.pinned else f"sha256 {model.sha256[:12]}..."
    yield Finding("model", Status.OK, f"{model.name}, {known} ({model.path})")
    if settings.engine in ("", "llama") and find_spec("llama_cpp") is not None:
        yield from _model_runs(settings, wanted)


def _model_runs(settings: Settings, wanted: str) -> Iterator[Finding]:
    """How the model runs here, found out by loading it."""
    from rag.generation.llama import diagnostics
    from rag.generation.llama.backend import Placement

    said: list[str] = []
    placement = Placement(
        settings.context_tokens, settings.threads, settings.gpu_layers, settings.kv_type
    )
    facts = diagnostics.describe_model(wanted, placement=placement, notice=said.append)
    yield Finding("model runs", Status.OK, facts["running"])
    for line in said:
        yield Finding("model runs", Status.WARN, line)


def _endpoint(settings: Settings) -> Iterator[Finding]:
    """The server of the endpoint engine. It is asked only when that engine is chosen."""
    if settings.engine != "endpoint":
        if settings.endpoint:
            yield Finding("endpoint", Status.OK, "set, but not used: the engine is another one")
        return
    from rag.engines import endpoint_client, endpoint_model
    from rag.generation.endpoint.retrying import NEVER

    client = endpoint_client(settings, NEVER)
    names = [offer.name for offer in client.offers(timeout_s=ENDPOINT_PATIENCE_S)]
    wanted = endpoint_model(settings)
    yield Finding("endpoint", Status.OK, f"{client.address.url} offers {', '.join(names[:5])}")
    if wanted and wanted not in names:
        yield Finding("endpoint model", Status.WARN, f"{wanted} is not among them")


_CHECKS: dict[str, Check] = {
    "settings": _settings_files,
    "llama.cpp": _llama,
    "model": _model,
    "endpoint": _endpoint,
    "embedder": _embedder,
    "index": _index,
}
