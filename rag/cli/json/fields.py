"""The fields of a record as JSON has them: their types from annotations, what they mean from
docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_ITEM = re.compile(r"^ {8}(?=\w+(?:, \w+)*: )", re.M)
_NAMES = re.compile(r"(?:^|; (?:and )?|, and )(\w+(?:, \w+)*): ")
GLOSSARY = {
    "answerable": "whether it is to be answered",
    "answer_tokens": "tokens of the answer",
    "chunk_id": "id of a chunk",
    "citations": "the markers of the sentence as the engine wrote it",
    "chunk": "the chunk itself",
    "date": "ISO date of the article, or shorter, or empty",
    "dimension": "numbers in a vector",
    "document_id": "path of the article, relative to the folder that was indexed",
    "decision": "whether to answer, as it was decided before the engine was asked",
    "drift": "what has changed in the folders since",
    "embedder": "the model that compares meanings, and its version",
    "end": "where it ends: the number of characters before that",
    "engine": "what wrote the answer, and the form of its model",
    "format": "version of the index's files",
    "evidence": "the stretches of articles that support it",
    "headings": "the headings above it, outermost first",
    "hits": "every chunk that was found, best first",
    "hint": "what to do about it; empty if nothing is",
    "index_id": "what index it is: equal for equal articles, embedder and chunker",
    "index_type": "the search structure",
    "k": "how many neighbours are compared",
    "label": "the number in the markers",
    "model_sha256": "SHA-256 of the model's file, hex; empty without one",
    "missing": "numbers, names or words of it that the passages lack",
    "n_chunks": "chunks in the index",
    "n_documents": "articles in the index",
    "n_files": "files in the index",
    "n_queries": "how many queries were compared",
    "n_vectors": "vectors that were looked at",
    "name": "its name",
    "newest_first": "whether every side is dated and older than the one before it",
    "passage": "the passage",
    "passages": "what was offered to the engine",
    "parts": "its text, in order",
    "place": "where it stands in the source file",
    "prompt_id": "what the prompt's template was, by name and hash",
    "provenance": "how the answer came about",
    "query": "what was searched for",
    "question": "as asked",
    "quote": "the words, verbatim",
    "rank": "from 1",
    "reason": "why, one sentence",
    "retries": "how often a sentence was written again",
    "retriever": "what found it",
    "roots": "the folders that were indexed, absolute paths",
    "sampling": "how the model's words were chosen, and their seed",
    "scope": "which articles alone were looked at, and how many; empty for all",
    "size_bytes": "its size",
    "source": "absolute path of the file",
    "start": "where it begins: the number of characters before it",
    "status": "how it stands",
    "statements": "every sentence of the text, in order",
    "missing_quotes": "quotations of the text's list of sources that no passage holds",
    "span": "where it lies, in characters of the text it refers to",
    "text": "the words",
    "title": "title of the article",
    "unit": "what the numbers count",
    "usage": "what it cost",
    "value": "its value",
    "verdict": "what the check found",
    "verifier": "what checks sentences, and from which score they are supported",
    "chunker": "how articles are cut into chunks",
    "tries": "how often the sentence was written",
    "claim": "the sentence without its markers, and the citations it had",
    "sides": "the answers in which articles differ",
}
"""What fields mean whose docstring takes them for known: equal names mean the same everywhere."""


@dataclass(frozen=True, slots=True)
class JsonField:
    """A field of an object. ``type`` is a Python annotation; ``meaning`` may be empty."""

    name: str
    type: Any
    meaning: str


def fields_of(record: type) -> tuple[JsonField, ...]:
    """The fields of a dataclass, in order."""
    hints = get_type_hints(record)
    told = {name: said for base in reversed(record.__mro__) for name, said in _told(base).items()}
    return tuple(
        JsonField(f.name, hints[f.name], told.get(f.name) or GLOSSARY.get(f.name, ""))
        for f in fields(record)
    )


def summary_of(record: type) -> str:
    """The first paragraph of a record's docstring, on one line."""
    return _one_line((record.__doc__ or "").split("\n\n")[0])


def records_in(kind: Any) -> Iterator[type]:
    """Every dataclass that a type speaks of, and those that their fields speak of, each once."""
    waiting, seen = [kind], set[type]()
    while waiting:
        kind = waiting.pop(0)
        if isinstance(kind, type) and is_dataclass(kind):
            if kind in seen:
                continue
            seen.add(kind)
            yield kind
            waiting += [item.type for item in fields_of(kind)]
        else:
            waiting += get_args(kind)


def type_text(kind: Any) -> str:
    """A type in words, records as links to their section."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(type_text(option) for option in inside)
    if origin is tuple and inside[-1] is Ellipsis:
        return f"list of {type_text(inside[0])}"
    if origin is tuple:
        return f"list of {len(inside)}: {', '.join(map(type_text, inside))}"
    if origin is dict:
        return f"object, each value {type_text(inside[1])}"
    if isinstance(kind, type) and is_dataclass(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f'`"{value}"`' for value in kind)
    return _PLAIN[kind]


def json_schema(kind: Any) -> dict[str, Any]:
    """A type as JSON Schema (draft 2020-12); a record is named below ``$defs``."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [json_schema(option) for option in inside]}
    if origin is tuple and inside[-1] is Ellipsis:
        return {"type": "array", "items": json_schema(inside[0])}
    if origin is tuple:
        items = [json_schema(item) for item in inside]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if origin is dict:
        return {"type": "object", "additionalProperties": json_schema(inside[1])}
    if isinstance(kind, type) and is_dataclass(kind):
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(value) for value in kind]}
    return dict(_SCHEMAS[kind])


def object_schema(items: tuple[JsonField, ...]) -> dict[str, Any]:
    """The schema of an object that holds at least these fields."""
    return {
        "type": "object",
        "required": [item.name for item in items],
        "properties": {
            item.name: json_schema(item.type)
            | ({"description": item.meaning} if item.meaning else {})
            for item in items
        },
    }


_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    NoneType: "null",
    Path: "text",
    Any: "any value",
}
_SCHEMAS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Path: {"type": "string"},
    Any: {},
}


def _told(record: type) -> dict[str, str]:
    """What the section ``Attributes`` of a docstring says of each name."""
    section = (record.__doc__ or "").partition("Attributes:\n")[2].split("\n\n")[0]
    told: dict[str, str] = {}
    for item in _ITEM.split(section):
        parts = _NAMES.split(_one_line(item))
        for names, meaning in zip(parts[1::2], parts[2::2], strict=True):
            told |= dict.fromkeys(names.split(", "), meaning.strip(" .;"))
    return told


def _one_line(text: str) -> str:
    return re.sub(r"\bNone\b", "null", " ".join(text.split()).replace("``", "`"))
