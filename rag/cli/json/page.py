"""The page docs/json.md, made from the records themselves: ``python -m rag.cli.json.page``.

``python -m rag.cli.json.page --schema [NAME]`` writes the objects as JSON Schema instead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import rag
from rag.cli.app import EPILOG
from rag.cli.json.fields import (
    JsonField,
    fields_of,
    object_schema,
    records_in,
    summary_of,
    type_text,
)
from rag.cli.json.objects import OBJECTS, OTHERS, JsonObject

EXAMPLES = Path(rag.__file__).parents[1] / "docs" / "examples" / "json.jsonl"
"""Real objects, shortened by hand: one on a line."""
_WIDTH = 96
_BREAK = ",\n"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_HEAD = """\
# JSON

This page is made by `python -m rag.cli.json.page > docs/json.md`.

With `--json` a command writes one object on one line to stdout, and nothing else there; what it has
to say besides goes to stderr. The first field is `schema`. An error is an object too
(`rag.error/1`), also when the command line is wrong.

```sh
rag ask --json "When was Llama 3 released?" | jq -r '.sentences[] | "\\(.score)  \\(.text)"'
```

What a terminal might act on (control, bidirectional and invisible characters) is written as
`\\u....`, so that a line can be looked at. Texts of articles, titles and file names are otherwise
as they are: whoever shows them elsewhere has to escape them there.

## What the number promises

The number behind the slash rises when a field is taken away, gets another name, another type or
another meaning. New fields may come at any time and leave it as it is: take the fields you know,
pass over the others. A list of words (verdicts, units) may grow in the same way. Only that `schema`
is the first field is promised of their order.

`python -m rag.cli.json.page --schema` writes all objects as JSON Schema (draft 2020-12), with
`--schema rag.answer/1` the one.
"""


def page() -> str:
    """The whole page, Markdown."""
    examples = {record["schema"]: record for record in _examples()}
    sections = [_HEAD, "## Exit codes\n", f"```text\n{_exit_codes()}\n```\n", "## Objects\n"]
    sections += [
        f"- [`{item.schema}`](#{_anchor(item.schema)}): `{item.commands}`" for item in OBJECTS
    ]
    sections += ["", *(_object(item, examples.get(item.schema)) for item in OBJECTS)]
    sections += ["## Objects of the harness\n", _harness(), "\n## Records\n", *_records()]
    return "\n".join(sections)


def schemas(names: Sequence[str] = ()) -> dict[str, Any]:
    """JSON Schemas of the objects called ``names`` (all if there are none), by name."""
    return {item.schema: _schema(item) for item in OBJECTS if not names or item.schema in names}


def _schema(item: JsonObject) -> dict[str, Any]:
    found = object_schema(item.fields)
    used = {record.__name__: record for f in item.fields for record in records_in(f.type)}
    return {
        "$schema": _DRAFT,
        "title": item.schema,
        "description": item.meaning,
        **found,
        "required": ["schema", *found["required"]],
        "properties": {"schema": {"const": item.schema}, **found["properties"]},
        "$defs": {name: object_schema(fields_of(record)) for name, record in used.items()},
    }


def _object(item: JsonObject, example: dict[str, Any] | None) -> str:
    shown = ""
    if example is not None:
        shown = f"\n```json\n{_pretty(example)}\n```\n"
    head = f"### {item.schema}\n\n`{item.commands}`\n\n{item.meaning}\n"
    return f"{head}\n{_table(item.fields)}{shown}"


def _records() -> Iterator[str]:
    used = {r.__name__: r for o in OBJECTS for f in o.fields for r in records_in(f.type)}
    for name, record in sorted(used.items()):
        yield f"### {name}\n\n{summary_of(record)}\n\n{_table(fields_of(record))}"


def _table(items: Sequence[JsonField]) -> str:
    rows = [f"| `{f.name}` | {type_text(f.type)} | {f.meaning} |\n" for f in items]
    return f"| field | type | meaning |\n|---|---|---|\n{''.join(rows)}"


def _pretty(value: Any, margin: str = "", lead: str = "") -> str:
    """``value`` as JSON, broken into lines only where one line would be too long."""
    line = lead + json.dumps(value, ensure_ascii=False)
    if len(margin + line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return margin + line
    is_object = isinstance(value, dict)
    pairs = value.items() if isinstance(value, dict) else (("", item) for item in value)
    inside = [
        _pretty(item, f"{margin}  ", f"{json.dumps(key)}: " if is_object else "")
        for key, item in pairs
    ]
    opening, closing = "{}" if is_object else "[]"
    return f"{margin}{lead}{opening}\n{_BREAK.join(inside)}\n{margin}{closing}"


def _harness() -> str:
    rows = [f"- `{schema}`: `{command}`" for schema, command in OTHERS.items()]
    return "\n".join(["Their figures are named as the measures are; see `eval/`.\n", *rows])


def _anchor(schema: str) -> str:
    """What a renderer makes of a heading: dots and slashes are left out."""
    return schema.replace(".", "").replace("/", "")


def _exit_codes() -> str:
    """The lines of the program's help that say what its exit status means."""
    lines = EPILOG.partition("Exit codes:\n")[2].partition("\n\n")[0]
    return "\n".join(line.strip() for line in lines.splitlines())


def _examples() -> Iterator[dict[str, Any]]:
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--schema"]:
        sys.stdout.write(json.dumps(schemas(sys.argv[2:]), indent=2) + "\n")
    else:
        sys.stdout.write(page())
