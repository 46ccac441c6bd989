"""Every object that ``--json`` writes: who writes it, and which records its fields come from."""

from __future__ import annotations

from dataclasses import dataclass

from rag.assistant.text_report import TextReport
from rag.chat.export.as_json import ANSWER_SCHEMA, SESSION_SCHEMA
from rag.cli.config.report import CONFIG_SCHEMA
from rag.cli.edge import ERROR_SCHEMA
from rag.cli.json import index_shapes, output, shapes
from rag.cli.json.fields import JsonField, fields_of
from rag.cli.sessions.table import FOUND_SCHEMA, SESSIONS_SCHEMA
from rag.cli.status.report import CORPORA_SCHEMA, STATUS_SCHEMA
from rag.indexing.plan import SyncPlan
from rag.indexing.progress import SyncReport
from rag.indexing.status import IndexStatus
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of ``--json``.

    Attributes:
        schema: its first field.
        commands: what writes it; meaning: what it is, one sentence.
        parts: records whose fields are its fields, in order.
        leaves_out: fields of theirs that it has not.
    """

    schema: str
    commands: str
    meaning: str
    parts: tuple[type, ...]
    leaves_out: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[JsonField, ...]:
        """Its fields behind ``schema``, in order."""
        found = {item.name: item for part in self.parts for item in fields_of(part)}
        return tuple(item for name, item in found.items() if name not in self.leaves_out)


OBJECTS = (
    JsonObject(
        ANSWER_SCHEMA,
        "rag ask --json",
        "An answer: what is shown, what was left out, and all that it rests on. `rag ask --jsonl` "
        "writes one for each line it reads, with two more fields: `id`, as the line has it, and "
        "`line`, the number of the line; so it does with errors.",
        (shapes.Whole, Answer),
    ),
    JsonObject(
        "rag.ask-plan/1",
        "rag ask --dry-run --json",
        "What a question would be answered from, and the prompt that a model would get.",
        (Answer, shapes.Planned),
        frozenset({"sentences", "dropped", "usage", "conflicts", "denial"}),
    ),
    JsonObject(
        ERROR_SCHEMA,
        "any command with --json",
        "An error, also one of the command line itself. The exit status is that of the object.",
        (shapes.Failed,),
    ),
    JsonObject(
        output.SEARCH_SCHEMA,
        "rag search --json",
        "The passages that a question would be answered from.",
        (shapes.Searched,),
    ),
    JsonObject(
        output.CHECK_SCHEMA,
        "rag check --json",
        "A text of yours, each statement with what the articles say of it.",
        (shapes.Counted, TextReport),
    ),
    JsonObject(
        output.INDEX_SCHEMA,
        "rag index --json",
        "What a run did to the index; with `--watch` one for each run.",
        (SyncReport, index_shapes.AlsoChecked),
    ),
    JsonObject(
        output.PLAN_SCHEMA,
        "rag index --dry-run --json",
        "What a run would do to the index.",
        (index_shapes.Emptiness, SyncPlan),
    ),
    JsonObject(
        output.RECALL_SCHEMA,
        "rag index --check-recall --json",
        "What the search by meaning misses.",
        (index_shapes.Measured,),
    ),
    JsonObject(
        STATUS_SCHEMA,
        "rag status --json",
        "An index as it is found, and what has changed since it was made.",
        (index_shapes.Usable, IndexStatus),
        frozenset({"path", "manifest"}),
    ),
    JsonObject(
        CORPORA_SCHEMA,
        "rag status --all --json",
        "Every corpus.",
        (index_shapes.Corpora,),
    ),
    JsonObject(
        SESSION_SCHEMA,
        "rag sessions export ID --format json; /export FILE.json",
        "A chat, with every answer as `rag ask --json` writes it.",
        (shapes.Session,),
    ),
    JsonObject(
        SESSIONS_SCHEMA,
        "rag sessions list --json",
        "The kept chats, the one used last first.",
        (shapes.Sessions,),
    ),
    JsonObject(
        FOUND_SCHEMA,
        "rag sessions search TEXT --json",
        "Answers of kept chats that hold some words, best first.",
        (shapes.FoundSessions,),
    ),
    JsonObject(
        "rag.models/1",
        "rag model list --json",
        "The models that can be used by name.",
        (shapes.Models,),
    ),
    JsonObject(
        CONFIG_SCHEMA,
        "rag config show --json",
        "The settings in force, and where each comes from.",
        (shapes.Configuration,),
    ),
    JsonObject(
        "rag.doctor/1",
        "rag doctor --json",
        "What was looked at, and what is wrong.",
        (shapes.Findings,),
    ),
)
OTHERS = {
    "rag.eval/1": "rag eval --json",
    "rag.eval-compare/1": "rag eval compare --json",
    "rag.eval-convert/1": "rag eval convert --json",
    "rag.eval-draft/1": "rag eval draft --json",
    "rag.eval-report/1": "rag eval report --json",
}
"""Objects of the harness: figures whose names are those of the measures."""
FILES = frozenset({"rag.eval-baseline/1", "rag.eval-asked/1", "rag.eval-run/1", "rag.eval-case/1"})
"""Schemas of the harness's own files, which no command writes to stdout."""
