"""Where settings come from, and which one wins.

    flag  >  environment (RAG_*)  >  rag.toml (this folder or above)  >  user file  >  default

Relative paths in a file are meant from that file's folder. A table ``[corpora.NAME]`` in a file
lies on top of that file's own keys when the corpus NAME is chosen. Which articles, and where their
index is, are then the corpus's affair: neither the files' own keys nor the environment say it.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_dir, user_data_dir

from rag.errors import UsageError
from rag.setting_values import CORPUS_NAME, LIST_KEYS, checked
from rag.setting_values import ENDPOINT_KEY as ENDPOINT_KEY
from rag.setting_values import KEYS as KEYS
from rag.setting_values import Settings as Settings

PROJECT_FILE = "rag.toml"
ENV_PREFIX = "RAG_"
CORPORA = "corpora"
"""The table of the corpora in a settings file, and the folder of their indexes."""
_STORE = "index.sqlite3"
PATH_KEYS = ("articles", "index_dir")
"""Settings whose relative paths are meant from the folder of the file they stand in."""
_ENVIRONMENT = "environment"
_Layer = tuple[str, Mapping[str, Any]]
"""Where values come from, and the values."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file as it was read and checked.

    Attributes:
        values: its own keys; corpora: those of each of its tables, by name.
    """

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    corpora: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force. ``flags`` with the value None are taken as not given.

    With a corpus, ``index_dir`` is always set: the folder of its index.

    Raises:
        UsageError: an unknown key, a value of the wrong kind or out of range, an unreadable file.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    files = settings_files(cwd=cwd, environ=environ)
    outside: list[_Layer] = [
        (_ENVIRONMENT, _all_checked(_from_environ(environ), _ENVIRONMENT)),
        ("flag", _all_checked({k: v for k, v in (flags or {}).items() if v is not None}, "flag")),
    ]
    own: list[_Layer] = [(str(file.path), file.values) for file in files]
    corpus = next((v["corpus"] for _, v in reversed(own + outside) if "corpus" in v), "")
    layers = _layers_of(corpus, files, outside) if corpus else own + outside
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for origin, layer in layers:
        for key, value in layer.items():
            values[key] = value
            sources[key] = f"{ENV_PREFIX}{key.upper()}" if origin == _ENVIRONMENT else origin
    if corpus and not values.get("index_dir"):
        values["index_dir"] = str(_corpus_dir(corpus, files, cwd=cwd, environ=environ))
        sources["index_dir"] = f"corpus {corpus}"
    return replace(Settings(**values), sources=sources)


def settings_files(
    *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> list[SettingsFile]:
    """The settings files that are there, the weaker first: the user's, the project's.

    Raises:
        UsageError: one that cannot be read, or holds what it may not.
    """
    project = find_project_file(Path.cwd() if cwd is None else cwd)
    paths = (user_file(environ), project)
    return [_read_file(path) for path in paths if path is not None and path.is_file()]


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
    return _local_index(cwd) or _user_index()


def index_homes(
    files: list[SettingsFile], *, cwd: Path, environ: Mapping[str, str]
) -> tuple[Path, ...]:
    """Where indexes are kept without a corpus: the project's place first, the user's last.

    Those of corpora lie in ``corpora/`` inside. ``RAG_INDEX_DIR`` is then the only place.
    """
    if named := environ.get(f"{ENV_PREFIX}INDEX_DIR"):
        return (Path(named),)
    project = find_project_file(cwd)
    named_in = {file.path: file.values.get("index_dir") for file in files}
    local = named_in.get(project) if project is not None else None
    own = named_in.get(user_file(environ))
    homes = (Path(local) if local else _local_index(cwd), Path(own) if own else _user_index())
    return tuple(dict.fromkeys(home for home in homes if home is not None))


def _local_index(cwd: Path) -> Path | None:
    project = find_project_file(cwd)
    if project is not None:
        return project.parent / "index"
    if (cwd / "index" / ".gitignore").is_file() or (cwd / "index" / _STORE).is_file():
        return cwd / "index"
    return None


def _user_index() -> Path:
    return Path(user_data_dir("rag", appauthor=False)) / "index"


def _layers_of(corpus: str, files: list[SettingsFile], outside: list[_Layer]) -> list[_Layer]:
    """The layers in force for ``corpus``: only its tables and flags say what it is made of."""
    layers: list[_Layer] = []
    for file in files:
        layers.append((str(file.path), _without_paths(file.values)))
        layers.append((f"{file.path} [{CORPORA}.{corpus}]", file.corpora.get(corpus, {})))
    (variables, values), flags = outside
    return [*layers, (variables, _without_paths(values)), flags]


def _without_paths(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in PATH_KEYS}


def _corpus_dir(
    corpus: str, files: list[SettingsFile], *, cwd: Path, environ: Mapping[str, str]
) -> Path:
    """Where the index of ``corpus`` is, or will be made.

    A corpus that only the user's file describes is the user's, whatever the working folder; one
    that no file describes is where an index of it is.
    """
    places = [home / CORPORA / corpus for home in index_homes(files, cwd=cwd, environ=environ)]
    telling = [file.path for file in files if corpus in file.corpora]
    if telling:
        return places[-1] if telling == [user_file(environ)] else places[0]
    return next((place for place in places if (place / _STORE).is_file()), places[0])


def _read_file(path: Path) -> SettingsFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise _unreadable(path, exc) from exc
    return parsed_file(path, text)


def _unreadable(path: Path, why: Exception) -> UsageError:
    return UsageError(f"cannot read the settings file {path}: {why}", hint=f"edit {path}")


def parsed_file(path: Path, text: str) -> SettingsFile:
    """What the settings file ``path`` says if it holds ``text``.

    Raises:
        UsageError: it is no TOML, or holds what it may not.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _unreadable(path, exc) from exc
    tables = values.pop(CORPORA, {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise UsageError(f"{CORPORA} is not made of tables ({path})", hint=f"[{CORPORA}.NAME]")
    corpora: dict[str, Mapping[str, Any]] = {}
    for name, table in tables.items():
        origin = f"{path} [{CORPORA}.{name}]"
        if not CORPUS_NAME.fullmatch(name):
            checked("corpus", name or " ", origin)  # says what a name is
        if "corpus" in table:
            raise UsageError(f"a corpus cannot choose a corpus ({origin})")
        corpora[name] = _from_file(table, path, origin)
    return SettingsFile(path, _from_file(values, path, str(path)), corpora)


def _from_file(values: Mapping[str, Any], path: Path, origin: str) -> dict[str, Any]:
    return {
        key: _resolved(value, path.parent) if key in PATH_KEYS else value
        for key, value in _all_checked(values, origin).items()
    }


def _all_checked(values: Mapping[str, Any], origin: str) -> dict[str, Any]:
    return {key: checked(key, value, origin) for key, value in values.items()}


def _resolved(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return str(folder / Path(value).expanduser()) if value else value
    return tuple(_resolved(item, folder) for item in value)


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in KEYS:
        raw = environ.get(ENV_PREFIX + key.upper())
        if raw is not None:
            values[key] = [p for p in raw.split(os.pathsep) if p] if key in LIST_KEYS else raw
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
