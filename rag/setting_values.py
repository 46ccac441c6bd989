"""Every setting: its name, default, meaning, and which values it may have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from rag.errors import UsageError

CORPUS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
ENDPOINT_KEY = "RAG_ENDPOINT_KEY"
"""The only place of the endpoint's key: no flag and no file, so that it is in no history."""
_CHOICES = {
    "engine": ("", "llama", "extractive", "endpoint"),
    "unsupported": ("drop", "flag"),
    "kv_type": ("f16", "bf16", "q8_0", "q4_0"),
    "index_type": ("auto", "exact", "compressed"),
    "prefer": ("none", "newest"),
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

    corpus: str = _doc("name of the corpus in use; empty: the default one", "")
    articles: tuple[str, ...] = _doc("folders or files of articles; empty: those indexed last", ())
    index_dir: str = _doc("folder of the index; empty: ./index or the user's data folder", "")
    include: tuple[str, ...] = _doc("only files that match one of these patterns; empty: all", ())
    ignore: tuple[str, ...] = _doc("patterns of files and folders to leave out, as gitignore's", ())
    gitignore: bool = _doc("leave out what the folders' .gitignore files name", False)
    text_key: str = _doc("column or key of the text in CSV and JSON; empty: found by its name", "")
    title_key: str = _doc("column or key of the title there; empty: found by its name", "")
    date_key: str = _doc("column or key of the date there; empty: found by its name", "")
    index_type: str = _doc("search by meaning: auto (by size), exact or compressed", "auto")
    prefer: str = _doc("of articles that differ, say first: none or newest", "none")
    embedder: str = _doc(
        "embedding model: packaged name, folder, or cached model id", "all-MiniLM-L6-v2"
    )
    chunk_tokens: int = _doc("target size of a chunk in the embedder's word pieces", 128)
    passages: int = _doc(
        "passages offered; 0: what suits the engine (llama up to 6, extractive 8)", 0
    )
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
    strict: bool = _doc("refuse the whole answer if one sentence fails its check", False)
    history: bool = _doc("keep chats and what was typed, so that they can be taken up again", True)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


KEYS = tuple(f.name for f in fields(Settings) if f.name != "sources")
LIST_KEYS = tuple(f.name for f in fields(Settings) if isinstance(f.default, tuple))


def checked(key: str, value: Any, origin: str) -> Any:
    """``value`` in the type of the setting ``key``; ``origin`` is named in what is wrong with it.

    Raises:
        UsageError: an unknown key, a value of the wrong kind or out of range.
    """
    if key == "endpoint_key":
        raise UsageError(f"a key is not kept in a file ({origin})", hint=f"export {ENDPOINT_KEY}=…")
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, n=1)
        hint = f"did you mean {near[0]}?" if near else "rag config show lists all settings"
        raise UsageError(f"unknown setting {key!r} ({origin})", hint=hint)
    default = Settings.__dataclass_fields__[key].default
    try:
        value = _converted(value, default)
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"setting {key}: {value!r} is not {_kind(default)} ({origin})",
            hint=f"{allowed(key)}; default: {'off' if default is False else repr(default)}",
        ) from None
    _check_range(key, value, origin)
    return value


def meaning(key: str) -> str:
    """What the setting ``key`` is, in a line."""
    return str(Settings.__dataclass_fields__[key].metadata["doc"])


def choices(key: str) -> tuple[str, ...]:
    """The values of the setting ``key`` that have a name; empty if they cannot be listed."""
    if key in KEYS and isinstance(Settings.__dataclass_fields__[key].default, bool):
        return ("on", "off")
    return tuple(choice for choice in _CHOICES.get(key, ()) if choice)


def allowed(key: str) -> str:
    """Which values the setting ``key`` may have: ``a whole number, 0 to 50``."""
    if key in _CHOICES:
        return ", ".join(choice or "empty" for choice in _CHOICES[key])
    if key == "gpu_layers":
        return "auto or a number"
    kind = _kind(Settings.__dataclass_fields__[key].default)
    if key not in _RANGES:
        return kind
    low, high = _RANGES[key]
    return f"{kind}, {low:,g} to {high:,.15g}"


def _converted(value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        return value if isinstance(value, bool) else _SWITCH[str(value).strip().casefold()]
    if isinstance(default, tuple):
        items = [value] if isinstance(value, str) else list(value)
        if not all(isinstance(item, str) for item in items):
            raise TypeError
        return tuple(items)
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
        tuple: "a list of texts",
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
    if key == "corpus" and value and not CORPUS_NAME.fullmatch(value):
        raise UsageError(
            f"setting corpus: {value!r} is not a name ({origin})",
            hint="up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first",
        )
