"""An answer read back from the JSON that ``rag.types.as_json`` makes of it.

The types come from the annotations of ``rag.types``, so that a new field needs nothing here. A
validator such as pydantic is not used: it refuses a text with a lone surrogate, which the name of
a file may hold, and takes "1" for a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from rag.errors import SessionError
from rag.types import Answer


def answer_from_json(value: Any) -> Answer:
    """The answer whose ``as_json`` is ``value``.

    Keys that this version does not know are passed over; a field that is missing gets its default.

    Raises:
        SessionError: ``value`` is no answer; the message says which part of it is wrong.
    """
    answer: Answer = _read(Answer, value, "answer")
    return answer


def _read(kind: Any, value: Any, where: str) -> Any:
    """``value`` as ``kind``, one of the types that annotate the records of ``rag.types``."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (option for option in get_args(kind) if option is not type(None))
        return None if value is None else _read(inner, value, where)
    if origin is tuple:
        return _tuple(get_args(kind), value, where)
    if origin is dict:
        _require(isinstance(value, dict), where, "an object")
        inner = get_args(kind)[1]
        return {key: _read(inner, item, f"{where}.{key}") for key, item in value.items()}
    if is_dataclass(kind):
        return _record(kind, value, where)
    return _plain(kind, value, where)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _require(isinstance(value, list), where, "a list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    _require(len(value) == len(kinds), where, f"a list of {len(kinds)}")
    pairs = zip(kinds, value, strict=True)
    return tuple(_read(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(pairs))


def _record(kind: Any, value: Any, where: str) -> Any:
    _require(isinstance(value, dict), where, "an object")
    try:
        return kind(**_values(kind, value, where))
    except ValueError as exc:  # what the record itself insists on
        raise _wrong(where, str(exc)) from exc


def _values(kind: Any, value: Mapping[str, Any], where: str) -> dict[str, Any]:
    values = {}
    for name, (inner, is_optional) in _fields(kind).items():
        if name in value:
            values[name] = _read(inner, value[name], f"{where}.{name}")
        else:
            _require(is_optional, f"{where}.{name}", "there")
    return values


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Of each field of a record: its type, and whether it has a default."""
    hints = get_type_hints(kind)
    return {
        f.name: (hints[f.name], f.default is not MISSING or f.default_factory is not MISSING)
        for f in fields(kind)
    }


def _plain(kind: Any, value: Any, where: str) -> Any:
    if issubclass(kind, StrEnum):
        _require(value in list(kind), where, f"one of {', '.join(kind)}")
        return kind(value)
    if kind is float and type(value) is int:  # 1.0 may have been written as 1 by another program
        return float(value)
    _require(type(value) is kind, where, f"of the type {kind.__name__}")
    return value


def _require(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise _wrong(where, f"it is not {what}")


def _wrong(where: str, why: str) -> SessionError:
    return SessionError(f"this is no whole answer ({where}: {why})")
