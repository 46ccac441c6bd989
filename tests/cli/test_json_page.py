"""docs/json.md says what ``--json`` writes, and every command writes what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator

import rag
from rag.chat.export.as_json import session_record
from rag.chat.store import SessionStore
from rag.chat.store_rows import About
from rag.cli.app import app
from rag.cli.json.fields import fields_of, records_in
from rag.cli.json.objects import FILES, OBJECTS, OTHERS
from rag.cli.json.page import EXAMPLES, page, schemas
from tests.chat.conversations import conversation

PACKAGE = Path(rag.__file__).parent
DOCS = PACKAGE.parent / "docs" / "json.md"
_SCHEMA = re.compile(r"""["'](rag\.[a-z-]+/\d+)["']""")


def assert_as_documented(record: dict[str, Any], *, is_whole: bool = True) -> None:
    """The object holds the documented fields (all of them, if whole) and no other; ``schema`` is
    the first."""
    assert next(iter(record)) == "schema"
    (schema,) = schemas([record["schema"]]).values()
    _forbid_more(schema, is_whole=is_whole)
    faults = [f"{error.json_path}: {error.message}" for error in _validator(schema, record)]
    assert not faults


def _validator(schema: dict[str, Any], record: dict[str, Any]) -> Iterator[Any]:
    return Draft202012Validator(schema).iter_errors(record)


def _forbid_more(schema: Any, *, is_whole: bool) -> None:
    """Fields may come later, but not without being documented."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
            schema["required"] = schema["required"] if is_whole else []
        for part in schema.values():
            _forbid_more(part, is_whole=is_whole)
    elif isinstance(schema, list):
        for part in schema:
            _forbid_more(part, is_whole=is_whole)


def one_object(out: str) -> dict[str, Any]:
    assert out.endswith("\n")
    assert out.count("\n") == 1
    return json.loads(out)


def commands_with_json() -> list[tuple[str, ...]]:
    program: Any = typer.main.get_command(app)
    waiting, found = [((), program)], []
    while waiting:
        path, command = waiting.pop()
        if any("--json" in parameter.opts for parameter in command.params):
            found.append(path)
        waiting += [((*path, n), c) for n, c in getattr(command, "commands", {}).items()]
    return sorted(found)


def test_the_page_is_what_the_records_say():
    assert DOCS.read_text(encoding="utf-8") == page(), (
        "run: python -m rag.cli.json.page > docs/json.md"
    )


def test_every_schema_of_the_program_is_on_the_page():
    written = {
        name
        for path in PACKAGE.rglob("*.py")
        if path.name != "objects.py"
        for name in _SCHEMA.findall(path.read_text(encoding="utf-8"))
    }
    assert written == {item.schema for item in OBJECTS} | set(OTHERS) | FILES


def test_every_field_says_what_it_means():
    records = {r for item in OBJECTS for f in item.fields for r in records_in(f.type)}
    fields = [(item.schema, field) for item in OBJECTS for field in item.fields]
    fields += [(record.__name__, field) for record in records for field in fields_of(record)]
    assert [f"{where}.{field.name}" for where, field in fields if not field.meaning] == []


@pytest.mark.parametrize("schema", schemas().values(), ids=schemas())
def test_every_schema_is_one(schema):
    Draft202012Validator.check_schema(schema)


def test_every_object_has_an_example_that_is_as_documented():
    examples = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    assert [example["schema"] for example in examples] == [item.schema for item in OBJECTS]
    for example in examples:
        assert_as_documented(example, is_whole=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answer": 3}, "answer"),
        ({"sentences": [{"text": 3}]}, "sentences"),
        ({"extra": 1}, "extra"),
        ({"decision": "yes"}, "decision"),
    ],
)
def test_an_object_that_is_otherwise_is_found_out(change, told):
    example = json.loads(EXAMPLES.read_text(encoding="utf-8").splitlines()[0])
    with pytest.raises(AssertionError, match=told):
        assert_as_documented(example | change, is_whole=False)


def test_an_object_that_lacks_a_field_is_found_out():
    with pytest.raises(AssertionError, match="'error' is a required property"):
        assert_as_documented({"schema": "rag.error/1"})


def test_the_link_of_each_object_leads_to_its_heading():
    text = DOCS.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    slugs = {re.sub(r"[^\w -]", "", h).replace(" ", "-").lower() for h in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= slugs


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["ask", "How many loaves does the bakery bake?"], 0),
        (["ask", "Who won the chess tournament of 1987?"], 3),
        (["ask", "--dry-run", "How many loaves does the bakery bake?"], 0),
        (["search", "rye bread"], 0),
        (["check", "text.md"], 4),
        (["index", "--dry-run"], 0),
        (["index", "--check-recall"], 0),
        (["index", "--verify"], 0),
        (["status"], 0),
        (["status", "--all"], 0),
    ],
    ids=str,
)
def test_what_a_command_writes_of_an_index_is_as_documented(program, index, arguments, status):
    Path("text.md").write_text("It bakes 340 loaves of rye bread. It bakes 7 cakes.\n")
    done = program(*arguments, "--json")
    assert_as_documented(one_object(done.out))
    assert done.status == status


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["ask", "-c", "nowhere", "Who?"], 2),
        (["check", "no-such-file.md"], 1),
        (["status", "--index", "nowhere"], 1),
        (["sessions", "list"], 0),
        (["sessions", "search", "so"], 0),
        (["model", "list"], 0),
        (["config", "show"], 0),
        (["doctor"], 0),
    ],
    ids=str,
)
def test_what_a_command_writes_without_an_index_is_as_documented(program, arguments, status):
    SessionStore().start(About(corpus="papers"), conversation().answers)
    done = program(*arguments, "--json")
    assert_as_documented(one_object(done.out))
    assert done.status == status


def test_each_line_of_many_questions_is_as_documented(program, index):
    Path("asked.jsonl").write_text('{"id": 7, "question": "How many loaves of bread?"}\n{}\n')
    lines = program("ask", "--jsonl", "asked.jsonl").out.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["schema"] for record in records] == ["rag.answer/1", "rag.error/1"]
    assert [(record.pop("id"), record.pop("line")) for record in records] == [(7, 1), (None, 2)]
    for record in records:
        assert_as_documented(record)


def test_an_exported_chat_is_as_documented_and_so_is_each_of_its_answers():
    record = json.loads(json.dumps(session_record(conversation())))
    assert_as_documented(record)
    for answer in record["answers"]:
        assert_as_documented(answer)


@pytest.mark.parametrize("path", [(), ("nonsense",), *commands_with_json()], ids=" ".join)
def test_a_wrong_command_line_is_an_object_too(program, path):
    done = program(*path, "--json", "--no-such-option")
    record = one_object(done.out)
    assert_as_documented(record)
    assert (record["schema"], record["error"]["exit_code"]) == ("rag.error/1", 2)
    assert (done.status, done.err) == (2, "")
