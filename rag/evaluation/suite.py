"""A suite: which articles are indexed, which cases are asked, which thresholds must hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.measures import registry
from rag.evaluation.regression import Tolerance
from rag.evaluation.types import CaseKind, Gate
from rag.resources import data_dir

SUITE_FILE = "suite.toml"
ALL_KINDS = "all"
_KEYS = ("name", "articles", "cases", "seed", "gate", "aim", "baseline")
_GATE_KEYS = ("kind", "measure", "minimum", "maximum")
_BASELINE_KEYS = ("file", "tolerance_of_kind", "tolerance_of_all")


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite as its file states it.

    Attributes:
        articles: folders or files to index; cases: files of cases; both absolute.
        gates: thresholds, in order: the run fails if one is missed.
        aims: what is wanted, in the same form: shown as reached or missed.
        baseline: file of the results that must not get worse; None if the suite names none.
        tolerance: by how much they may.
        seed: of everything drawn by chance (the bootstrap).
    """

    name: str
    articles: tuple[Path, ...]
    cases: tuple[Path, ...]
    gates: tuple[Gate, ...] = ()
    aims: tuple[Gate, ...] = ()
    baseline: Path | None = None
    tolerance: Tolerance = Tolerance()  # noqa: RUF009 - frozen
    seed: int = 0


def load_suite(path: Path | None = None) -> Suite:
    """The suite of that file; of the program itself if none is given.

    Raises:
        EvalError: a file that cannot be read, an unknown or wrong entry, an article folder that is
            missing, or a pattern of cases that matches no file.
    """
    path = (data_dir("eval") / SUITE_FILE if path is None else path).absolute()
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise EvalError(f"cannot read the suite {path}: {exc}") from exc
    _known(values, _KEYS, path, "")
    seed = values.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise EvalError(f"{path}: seed: {seed!r} is not a whole number from 0")
    return Suite(
        name=_name(values, path),
        articles=tuple(_article(item, path) for item in _texts(values, "articles", path)),
        cases=tuple(file for item in _texts(values, "cases", path) for file in _files(item, path)),
        gates=_gates(values, "gate", path),
        aims=_gates(values, "aim", path),
        baseline=_baseline(values, path),
        tolerance=_tolerance(values, path),
        seed=seed,
    )


def _name(values: Mapping[str, Any], path: Path) -> str:
    name = values.get("name", path.parent.name)
    # The name becomes part of folder names.
    if not isinstance(name, str) or not name.replace("-", "").replace("_", "").isalnum():
        raise EvalError(f"{path}: name: {name!r} is not made of letters, digits, - and _")
    return name


def _texts(values: Mapping[str, Any], key: str, path: Path) -> list[str]:
    items = values.get(key)
    if not isinstance(items, list) or not items or not all(isinstance(i, str) and i for i in items):
        raise EvalError(f"{path}: {key}: {items!r} is not a list of paths with at least one entry")
    return items


def _article(item: str, path: Path) -> Path:
    article = (path.parent / item).resolve()
    if not article.exists():
        raise EvalError(f"{path}: articles: {article} does not exist")
    return article


def _files(pattern: str, path: Path) -> list[Path]:
    try:
        found = sorted(p for p in path.parent.glob(pattern) if p.is_file())
    except (ValueError, NotImplementedError):
        found = [Path(pattern)] if Path(pattern).is_file() else []
    if not found:
        raise EvalError(f"{path}: cases: {pattern!r} matches no file in {path.parent}")
    return found


def _gates(values: Mapping[str, Any], key: str, path: Path) -> tuple[Gate, ...]:
    items = values.get(key, [])
    if not isinstance(items, list):
        raise EvalError(f"{path}: {key}: {items!r} is not a list of tables", hint=_write(key))
    return tuple(_gate(item, key, path) for item in items)


def _write(key: str) -> str:
    return f"write [[{key}]]"


def _gate(item: Any, key: str, path: Path) -> Gate:
    if not isinstance(item, dict):
        raise EvalError(f"{path}: {key}: {item!r} is not a table", hint=_write(key))
    _known(item, _GATE_KEYS, path, f"{key}.")
    kind = item.get("kind", ALL_KINDS)
    known = (ALL_KINDS, *CaseKind)
    if kind not in known:
        raise EvalError(f"{path}: {key}.kind: {kind!r} is not one of {', '.join(known)}")
    measure = registry.parse(str(item.get("measure", "")))
    try:
        return Gate(measure.name, str(kind), _bound(item, "minimum"), _bound(item, "maximum"))
    except ValueError as exc:
        raise EvalError(f"{path}: {key} {kind} {measure.name}: {exc}") from exc


def _baseline_table(values: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    table = values.get("baseline", {})
    if not isinstance(table, dict):
        raise EvalError(f"{path}: baseline: {table!r} is not a table", hint="write [baseline]")
    _known(table, _BASELINE_KEYS, path, "baseline.")
    return table


def _baseline(values: Mapping[str, Any], path: Path) -> Path | None:
    name = _baseline_table(values, path).get("file")
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        raise EvalError(f"{path}: baseline.file: {name!r} is not a path")
    return path.parent / name


def _tolerance(values: Mapping[str, Any], path: Path) -> Tolerance:
    table = _baseline_table(values, path)
    found = {}
    for name in ("of_kind", "of_all"):
        value = table.get(f"tolerance_{name}")
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
            where = f"{path}: baseline.tolerance_{name}"
            raise EvalError(f"{where}: {value!r} is not a number of cases from 0")
        found[name] = float(value)
    return Tolerance(**found)


def _bound(item: Mapping[str, Any], key: str) -> float | None:
    value = item.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"{key}: {value!r} is not a number from 0 to 1")
    return float(value)


def _known(values: Mapping[str, Any], keys: tuple[str, ...], path: Path, under: str) -> None:
    for key in values:
        if key not in keys:
            raise EvalError(f"{path}: unknown entry {under}{key}", hint=f"known: {', '.join(keys)}")
