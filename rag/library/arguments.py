"""What a caller says, as settings: arguments > environment > settings files > defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict

from rag.errors import UsageError
from rag.setting_values import KEYS, Settings, checked
from rag.settings import PATH_KEYS, index_path, load

if TYPE_CHECKING:
    from rag.indexing.progress import Progress

StrPath = str | os.PathLike[str]
Paths = StrPath | Sequence[StrPath]
_ORIGIN = "argument"
_FLAG = "flag"
"""What an argument counts as: where a setting came from decides what some of them mean."""


class SettingArguments(TypedDict, total=False):
    """Every setting but ``articles``, which comes first, by its name: see ``docs/settings.md``."""

    corpus: str
    index_dir: StrPath
    include: str | Sequence[str]
    ignore: str | Sequence[str]
    gitignore: bool
    text_key: str
    title_key: str
    date_key: str
    index_type: str
    prefer: str
    embedder: StrPath
    chunk_tokens: int
    passages: int
    engine: str
    model: StrPath
    context_tokens: int
    max_answer_tokens: int
    temperature: float
    seed: int
    threads: int
    gpu_layers: str | int
    kv_type: str
    prefix_cache_mb: int
    retries: int
    endpoint: str
    endpoint_model: str
    endpoint_timeout_s: float
    verifier: StrPath
    unsupported: str
    quote: bool
    strict: bool
    history: bool


class OpenArguments(SettingArguments, total=False):
    """What ``rag.open`` takes besides the articles.

    Attributes:
        settings: used in place of environment and files; other arguments still go first.
        isolated: whether environment and settings files are left alone; ``index_dir`` is needed.
        notice: told in one line what is done and why; without it the logger ``rag`` is.
        progress: told how far indexing is.
    """

    settings: Settings | None
    isolated: bool
    notice: Callable[[str], None] | None
    progress: Progress | None


def settings_of(
    articles: Paths | None,
    arguments: Mapping[str, Any],
    *,
    settings: Settings | None = None,
    isolated: bool = False,
) -> Settings:
    """The settings in force, every path absolute: the working folder may change later.

    Raises:
        UsageError: an unknown name, a value of the wrong kind or out of range, a settings file
            that cannot be used, or no place for the index.
    """
    named = {**arguments, "articles": articles}
    given = {key: _checked(key, value) for key, value in named.items() if value is not None}
    if settings is not None:
        merged = _on_top(_validated(settings), given)
    elif isolated:
        merged = _on_top(Settings(), given)
    else:
        merged = load(given)
    if not merged.index_dir and (isolated or merged.corpus):
        raise UsageError("nothing says where the index is", hint='index_dir="FOLDER"')
    return replace(
        merged,
        index_dir=_absolute(str(index_path(merged))),
        articles=tuple(_absolute(path) for path in merged.articles),
    )


def _on_top(below: Settings, given: Mapping[str, Any]) -> Settings:
    sources = {**below.sources, **dict.fromkeys(given, _FLAG)}
    return replace(below, **given, sources=sources)


def _validated(settings: Settings) -> Settings:
    """Settings that a caller made: what differs from the defaults counts as set."""
    values = {key: checked(key, getattr(settings, key), "settings") for key in KEYS}
    default = Settings()
    set_here = {key: "settings" for key in KEYS if values[key] != getattr(default, key)}
    return replace(settings, **values, sources={**set_here, **settings.sources})


def _checked(key: str, value: Any) -> Any:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif isinstance(value, (list, tuple)):
        value = [os.fspath(item) if isinstance(item, os.PathLike) else item for item in value]
    value = checked(key, value, _ORIGIN)
    if key not in PATH_KEYS:
        return value
    return _absolute(value) if isinstance(value, str) else tuple(_absolute(item) for item in value)


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else path
