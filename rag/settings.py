"""Settings: what they are, where they come from, and which one wins.

    flag  >  environment (RAG_*)  >  rag.toml (this folder or above)  >  user file  >  default

Relative paths in a file are meant from that file's folder.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_dir, user_data_dir

from rag.errors import UsageError

PROJECT_FILE = "rag.toml"
ENV_PREFIX = "RAG_"
ENDPOINT_KEY = "RAG_ENDPOINT_KEY"
"""The only place of the endpoint's key: no flag and no file, so that it is in no history."""
_PATH_KEYS = ("articles", "index_dir")
_CHOICES = {
    "engine": ("", "llama", "extractive", "endpoint"),
    "unsupported": ("drop", "flag"),
    "kv_type": ("f16", "bf16", "q8_0", "q4_0"),
}
_SWITCH = {
    **dict.fromkeys(("on", "true", "yes", "1"), True),
    **dict.fromkeys(("off", "false", "no", "0", ""), False),
}
_RANGES: dict[str, tuple[float, float]] = {
    "chunk_tokens": (16, 100_000),
    "passages": (0, 50),
    "context_tokens": (0, 1_000_000),
    "max_answer_tokens": (16, 100_000),
    "temperature": (0.0, 2.0),
    "seed": (0, 2**31 - 1),
    "threads": (0, 1024),
    "prefix_cache_mb": (0, 100_000),
    "retries": (0, 10),
    "endpoint_timeout_s": (0.1, 3600),
}


def _doc(text: str, default: Any) -> Any:
    return field(default=default, metadata={"doc": text})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; ``sources`` says where each that was set came from."""

    articles: tuple[str, ...] = _doc("folders or files of articles; empty: those indexed last", ())
    index_dir: str = _doc("folder of the index; empty: ./index or the user's data folder", "")
    embedder: str = _doc(
        "embedding model: packaged name, folder, or cached model id", "all-MiniLM-L6-v2"
    )
    chunk_tokens: int = _doc("target size of a chunk in the embedder's word pieces", 128)
    passages: int = _doc("passages offered; 0: what suits the engine (llama 5, extractive 8)", 0)
    engine: str = _doc("llama, extractive or endpoint; empty: llama when a model is there", "")
    model: str = _doc("name of a pulled model or path of a GGUF file; empty: the one in use", "")
    context_tokens: int = _doc("context window of the model in tokens; 0: chosen by memory", 0)
    max_answer_tokens: int = _doc("longest answer in tokens", 400)
    temperature: float = _doc("sampling temperature; 0: greedy", 0.0)
    seed: int = _doc("seed of sampling", 0)
    threads: int = _doc("threads of the model; 0: physical cores", 0)
    gpu_layers: str = _doc("layers on the GPU: auto, a number, or 0", "auto")
    kv_type: str = _doc("number format of the model's key/value memory", "f16")
    prefix_cache_mb: int = _doc("disk space for the kept state of the prompts' rules; 0: none", 256)
    retries: int = _doc("how often a sentence that fails its check is written again", 2)
    endpoint: str = _doc("address of an OpenAI-compatible server, for the engine endpoint", "")
    endpoint_model: str = _doc("model to ask there; empty: the first that it lists", "")
    endpoint_timeout_s: float = _doc("longest silence of that server in seconds", 60.0)
    verifier: str = _doc(
        "what checks sentences: combined, lexical, or a cross-encoder's folder or cached id",
        "combined",
    )
    unsupported: str = _doc("sentences that fail their check: drop or flag", "drop")
    quote: bool = _doc("answer only with sentences of the articles, word for word", False)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


KEYS = tuple(f.name for f in fields(Settings) if f.name != "sources")


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force. ``flags`` with the value None are taken as not given.

    Raises:
        UsageError: an unknown key, a value of the wrong kind or out of range, an unreadable file.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    layers: list[tuple[str, Mapping[str, Any]]] = []
    for path in (user_file(environ), find_project_file(cwd)):
        if path is not None and path.is_file():
            layers.append((str(path), _read_file(path)))
    layers.append(("environment", _from_environ(environ)))
    layers.append(("flag", {k: v for k, v in (flags or {}).items() if v is not None}))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for origin, layer in layers:
        for key, value in layer.items():
            values[key] = _checked(key, value, origin)
            sources[key] = f"{ENV_PREFIX}{key.upper()}" if origin == "environment" else origin
    return replace(Settings(**values), sources=sources)


def user_file(environ: Mapping[str, str] | None = None) -> Path:
    """The user's own settings file (``RAG_CONFIG`` names another)."""
    environ = os.environ if environ is None else environ
    named = environ.get("RAG_CONFIG")
    return Path(named) if named else Path(user_config_dir("rag", appauthor=False)) / "config.toml"


def find_project_file(cwd: Path) -> Path | None:
    """The nearest ``rag.toml`` in ``cwd`` or above it."""
    for folder in (cwd, *cwd.parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None


def index_path(settings: Settings, *, cwd: Path | None = None) -> Path:
    """The folder of the index.

    The setting if there is one; else ``index/`` beside the nearest ``rag.toml`` or in the working
    folder when it is there already; else a folder of the user's data.
    """
    if settings.index_dir:
        return Path(settings.index_dir)
    cwd = Path.cwd() if cwd is None else cwd
    project = find_project_file(cwd)
    if project is not None:
        return project.parent / "index"
    if (cwd / "index" / ".gitignore").is_file() or (cwd / "index" / "index.sqlite3").is_file():
        return cwd / "index"
    return Path(user_data_dir("rag", appauthor=False)) / "index"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError(
            f"cannot read the settings file {path}: {exc}", hint=f"edit {path}"
        ) from exc
    for key in _PATH_KEYS:
        if key in values:
            values[key] = _resolved(values[key], path.parent)
    return values


def _resolved(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return str(folder / Path(value).expanduser()) if value else value
    if isinstance(value, list):
        return [_resolved(item, folder) for item in value]
    return value


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in KEYS:
        raw = environ.get(ENV_PREFIX + key.upper())
        if raw is not None:
            values[key] = [p for p in raw.split(os.pathsep) if p] if key == "articles" else raw
    return values


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like a misspelt setting of ours, each as ``NAME (did you mean …?)``."""
    known = [ENDPOINT_KEY, *(ENV_PREFIX + key.upper() for key in KEYS)]
    found: list[str] = []
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            found.extend(f"{name} (did you mean {near[0]}?)" for _ in near)
    return found


def endpoint_key(environ: Mapping[str, str] | None = None) -> str:
    """The key for the endpoint; empty if there is none. Never to be shown or written down."""
    return (os.environ if environ is None else environ).get(ENDPOINT_KEY, "")


def _checked(key: str, value: Any, origin: str) -> Any:
    if key == "endpoint_key":
        raise UsageError(f"a key is not kept in a file ({origin})", hint=f"export {ENDPOINT_KEY}=…")
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known settings: {', '.join(KEYS)}"
        raise UsageError(f"unknown setting {key!r} ({origin})", hint=hint)
    default = Settings.__dataclass_fields__[key].default
    try:
        value = _converted(value, default)
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"setting {key}: {value!r} is not {_kind(default)} ({origin})",
            hint=f"default: {'off' if default is False else repr(default)}",
        ) from None
    _check_range(key, value, origin)
    return value


def _converted(value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        return value if isinstance(value, bool) else _SWITCH[str(value).strip().casefold()]
    if isinstance(default, tuple):
        items = [value] if isinstance(value, str) else list(value)
        return tuple(str(item) for item in items)
    if isinstance(value, (bool, list, dict)):
        raise TypeError
    if isinstance(default, int):
        if isinstance(value, float) and not value.is_integer():
            raise ValueError
        return int(value)
    return type(default)(value)


def _kind(default: Any) -> str:
    kinds = {
        bool: "on or off",
        int: "a whole number",
        float: "a number",
        tuple: "a list of paths",
    }
    return kinds.get(type(default), "a text")


def _check_range(key: str, value: Any, origin: str) -> None:
    if key in _CHOICES and value not in _CHOICES[key]:
        allowed = ", ".join(choice for choice in _CHOICES[key] if choice)
        raise UsageError(f"setting {key}: {value!r} is not one of {allowed} ({origin})")
    if key in _RANGES:
        low, high = _RANGES[key]
        if not low <= value <= high:
            raise UsageError(
                f"setting {key}: {value} is not between {low:g} and {high:g} ({origin})"
            )
    if key == "gpu_layers" and value != "auto" and not str(value).isdigit():
        raise UsageError(f"setting gpu_layers: {value!r} is not auto or a number ({origin})")
