"""Settings as they are after something was said in a chat: other values, model or corpus."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.corpora import known_corpora
from rag.errors import UsageError
from rag.models import catalogue
from rag.parts import INDEX_KEYS
from rag.setting_values import Settings, checked, choices
from rag.settings import PATH_KEYS, load

CHAT = "chat"
"""Where a setting comes from that was changed in the chat."""
DEFAULT_CORPUS = "default"
"""How the corpus without a name is called where something has to be typed."""
_SAID = ("flag", CHAT)


def with_values(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """``settings`` with ``values``, checked as those of a settings file are.

    Raises:
        UsageError: an unknown key, a value of the wrong kind or out of range.
    """
    given = {key: _expanded(key, checked(key, value, "/set")) for key, value in values.items()}
    sources = {**settings.sources, **dict.fromkeys(given, CHAT)}
    if "engine" in given:
        if settings.engine == "endpoint" and sources.get("model") == "flag":
            # -m named a model of the server, which no other engine knows
            given |= {"endpoint_model": settings.model, "model": ""}
            sources |= {"endpoint_model": CHAT, "model": CHAT}
        if sources.get("endpoint") == "flag":
            sources["endpoint"] = CHAT  # it was meant for the engine that answered then
    return replace(settings, **given, sources=sources)


def with_model(settings: Settings, name: str) -> Settings:
    """``settings`` in which the engine or the model called ``name`` answers.

    A name that is no engine means a model on this machine; where a server answers, it means one
    of the server's unless it is known here.
    """
    if name.casefold() in choices("engine"):
        return with_values(settings, {"engine": name.casefold()})
    is_here = catalogue.find(name) is not None or Path(name).expanduser().is_file()
    if settings.engine == "endpoint" and not is_here:
        return with_values(settings, {"endpoint_model": name, "model": ""})
    changed = with_values(settings, {"engine": "llama"})
    return with_values(changed, {"model": name})


def with_corpus(settings: Settings, name: str, *, first: Settings) -> Settings:
    """``settings`` for the corpus ``name``: what was said on the command line and in the chat
    still holds, but for what is in the index, which is the corpus's affair.

    Args:
        first: those that the chat began with: which articles the command line named then.

    Raises:
        UsageError: a settings file that cannot be used, or a default corpus that is none.
    """
    name = "" if name == DEFAULT_CORPUS and not _is_known(name) else name
    if name == first.corpus:
        return _as_at_first(settings, first)
    if not name and not _is_known(""):
        raise UsageError("there is no index without a name", hint="rag index FOLDER")
    said = {key: getattr(settings, key) for key in _said_in(settings)}
    found = load({**said, "corpus": name})
    sources = {**found.sources, **{key: settings.sources[key] for key in said}, "corpus": CHAT}
    return replace(found, sources=sources)


def _as_at_first(settings: Settings, first: Settings) -> Settings:
    said = _said_in(settings)
    values = {key: getattr(settings, key) for key in said}
    sources = {**first.sources, **{key: settings.sources[key] for key in said}}
    return replace(first, **values, sources=sources)


def _said_in(settings: Settings) -> list[str]:
    """The settings that the command line or the chat said, without those of an index."""
    of_an_index = {*INDEX_KEYS, "embedder"}
    return [
        key
        for key, source in settings.sources.items()
        if source in _SAID and key not in of_an_index
    ]


def _is_known(name: str) -> bool:
    return any(corpus.name == name for corpus in known_corpora())


def _expanded(key: str, value: Any) -> Any:
    """Paths with a ``~`` written out: no shell does it in a chat."""
    if key not in PATH_KEYS:
        return value
    if isinstance(value, str):
        return os.path.expanduser(value)
    return tuple(os.path.expanduser(item) for item in value)
