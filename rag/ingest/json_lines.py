"""Articles as JSON: an object a line (JSON Lines), or a list of objects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.ingest.collection import Collection, numbered
from rag.ingest.decoding import decode
from rag.ingest.row import Row, RowArticles
from rag.ingest.table_keys import FoundKeys, TableKeys, found_keys, no_text_key
from rag.text.terminal import safe
from rag.types import Document

MAX_OBJECT_CHARS = 10_000_000
"""Parsed, an object of nothing but brackets takes forty times its size in memory."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
_BLANK = re.compile(r"[\s,]*")
_WRAPPERS = ("_source", "article", "document", "doc", "data", "attributes", "fields", "item")
"""Names under which exports put the whole article."""
_LISTS = ("articles", "documents", "data", "items", "results", "posts", "records", "rows")
_HINT = "It should hold one JSON object for each article, on lines or in a list."


@dataclass(frozen=True, slots=True)
class _Object:
    """A value of the file, the line it begins on, and its source; None: it could not be read."""

    line: int
    value: Any
    source: str = ""


class JsonReader:
    """Reads ``.jsonl``, ``.ndjson`` and ``.json``; what the file holds decides, not its name.

    Lines that are no JSON, and objects without text, are left out and noted.
    """

    suffixes: tuple[str, ...] = (".jsonl", ".ndjson", ".json")

    def __init__(self, keys: TableKeys | None = None) -> None:
        self._keys = keys or TableKeys()

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The articles in ``data``, a ``Collection`` with notes.

        Raises:
            InputError: if the bytes are not text, hold no JSON object, or none with a text.
        """
        name = safe(str(path))
        text = decode(data, name=str(path)).text
        made = RowArticles(path, document_id, hashlib.sha256(data).hexdigest())
        documents: list[Document] = []
        empty: list[int] = []
        broken: list[int] = []
        seen: list[str] = []
        for number, found in enumerate(_objects(text), 1):
            if not isinstance(found.value, dict):
                broken.append(found.line)
                continue
            flat = _flat(found.value)
            seen = seen or list(flat)
            row = _row(found, flat, self._keys)
            document = made.document(row, number) if row else None
            if document is not None and document.blocks:
                documents.append(document)
            else:
                empty.append(found.line)
        if not documents:
            raise _nothing(name, self._keys, seen, broken)
        return Collection(documents, notes=_notes(broken, empty))


def _nothing(name: str, keys: TableKeys, seen: Sequence[str], broken: Sequence[int]) -> InputError:
    if seen:
        return no_text_key(name, keys, seen, what="key")
    where = f"line {broken[0]} is not a JSON object" if broken else "there is no JSON in it"
    return InputError(f"{name} holds no articles: {where}.", hint=_HINT)


def _notes(broken: Sequence[int], empty: Sequence[int]) -> list[str]:
    notes = []
    if broken:
        notes.append(
            numbered(broken, one="one line is not a JSON object", many="{} are not JSON objects")
        )
    if empty:
        notes.append(numbered(empty, one="one object has no text", many="{} objects have no text"))
    return notes


def _objects(text: str) -> Iterator[_Object]:
    """The objects of the file in order."""
    body = text.lstrip()
    start = len(text) - len(body)
    if body.startswith("["):
        yield from _listed(text, start + 1)
        return
    whole = _whole(body)
    if whole is None:
        yield from _by_line(text)
        return
    key = next((key for key in _LISTS if isinstance(whole.get(key), list)), "")
    if not key or found_keys(TableKeys(), list(_flat(whole))).text:
        yield _Object(text.count("\n", 0, start) + 1, whole, text)
        return
    opened = list(re.finditer(rf'"{key}"\s*:\s*\[', text))
    if len(opened) == 1:
        yield from _listed(text, opened[0].end())
    else:
        first_line = text.count("\n", 0, start) + 1
        yield from (_Object(first_line, value) for value in whole[key])


def _whole(body: str) -> dict[str, Any] | None:
    """The file as one object; None if it is several, or none."""
    if not body.startswith("{") or len(body) > MAX_OBJECT_CHARS:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _by_line(text: str) -> Iterator[_Object]:
    for number, match in enumerate(_LINE.finditer(text), 1):
        line = match.group()
        if line.strip():
            yield _Object(number, _parsed(line), line)


def _parsed(line: str) -> Any:
    if len(line) > MAX_OBJECT_CHARS:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _listed(text: str, at: int) -> Iterator[_Object]:
    """The items of a list whose first begins at or behind ``at``.

    Only a window of the text is shown to the parser, so that no item can take all memory.
    """
    decoder = json.JSONDecoder()
    base, window = at, text[at : at + 2 * MAX_OBJECT_CHARS]
    line, counted = text.count("\n", 0, at) + 1, at
    while True:
        at = _behind_blank(text, at)
        if at >= len(text) or text[at] == "]":
            return
        if at - base > MAX_OBJECT_CHARS:
            base, window = at, text[at : at + 2 * MAX_OBJECT_CHARS]
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = decoder.raw_decode(window, at - base)
        except (ValueError, RecursionError):
            yield _Object(line, None)  # where the next item begins cannot be told
            return
        yield _Object(line, value, text[at : base + end])
        at = base + end


def _behind_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    """The keys of an object, and those of an object that wraps the article."""
    found = dict(value)
    for wrapper in _WRAPPERS:
        inner = value.get(wrapper)
        if isinstance(inner, dict):
            found.pop(wrapper, None)
            for key, item in inner.items():
                found.setdefault(f"{wrapper}.{key}", item)
    return found


def _row(found: _Object, flat: dict[str, Any], keys: TableKeys) -> Row | None:
    """The article of an object; None if no key holds text."""
    told = {key: _at(found.value, key) for key in (keys.text, keys.title, keys.date) if key}
    values = {key: value for key, value in {**flat, **told}.items() if _as_text(value)}
    chosen = _found(keys, values)
    if not chosen.text:
        return None
    return Row(
        line=_line_of(found, chosen.text),
        text=_as_text(values[chosen.text]),
        title=_as_text(values.get(chosen.title)),
        date=_as_text(values.get(chosen.date)),
        row_id=_as_text(values.get(chosen.id)),
        meta={key.rpartition(".")[2]: _as_text(values[key]) for key in chosen.meta},
        is_verbatim=False,
    )


def _found(keys: TableKeys, values: dict[str, Any]) -> FoundKeys:
    """The keys by their own names, or by their names inside a wrapper."""
    short: dict[str, str] = {}
    for key in values:
        wrapper, _, inner = key.partition(".")
        short.setdefault(inner if wrapper in _WRAPPERS and inner else key, key)
        short.setdefault(key, key)
    chosen = found_keys(keys, list(short))
    return FoundKeys(
        text=short.get(chosen.text, ""),
        title=short.get(chosen.title, ""),
        date=short.get(chosen.date, ""),
        id=short.get(chosen.id, ""),
        meta=tuple(short[key] for key in chosen.meta),
    )


def _at(value: Any, key: str) -> Any:
    """What lies under ``key``, else under its parts between dots; None if nothing does."""
    if isinstance(value, dict) and key in value:
        return value[key]
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _as_text(value: Any) -> str:
    """Strings and numbers as they are, a list of strings as paragraphs; else empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if abs(value) < 1e18 else ""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "\n\n".join(value)
    return ""


def _line_of(found: _Object, key: str) -> int:
    """The line of the text, if its key stands once in the object; else that of the object."""
    name = re.escape(json.dumps(key.rpartition(".")[2], ensure_ascii=False))
    matches = list(re.finditer(rf"{name}\s*:\s*", found.source))
    if len(matches) != 1:
        return found.line
    return found.line + found.source.count("\n", 0, matches[0].end())
