"""Machine-readable output: one object on a line, its first key naming its schema."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rag.chat.export.as_json import ANSWER_SCHEMA as ANSWER_SCHEMA
from rag.chat.export.as_json import SESSION_SCHEMA as SESSION_SCHEMA
from rag.chat.export.as_json import answer_record as answer_record
from rag.chat.export.as_json import session_record as session_record
from rag.text.json_line import in_ascii, json_line
from rag.types import Hit, as_json

if TYPE_CHECKING:
    from rag.assistant.text_report import TextReport
    from rag.indexing.check import IndexCheck
    from rag.indexing.plan import SyncPlan
    from rag.indexing.recall import RecallReport
    from rag.indexing.sync import SyncReport

SEARCH_SCHEMA = "rag.search/1"
INDEX_SCHEMA = "rag.index/1"
PLAN_SCHEMA = "rag.plan/1"
RECALL_SCHEMA = "rag.recall/1"
CHECK_SCHEMA = "rag.check/1"


def write_json(record: dict[str, Any]) -> None:
    """Write ``record`` as one line. What a terminal might act on is escaped, never raw."""
    line = json_line(record)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not encoding.lower().startswith("utf"):  # escapes of Python's own would not be JSON
        line = in_ascii(line)
    sys.stdout.write(line + "\n")


def search_record(query: str, hits: list[Hit], *, scope: str = "") -> dict[str, Any]:
    """The object of ``rag search --json``; ``scope`` says which articles alone were searched."""
    return {"schema": SEARCH_SCHEMA, "query": query, "scope": scope, "hits": as_json(hits)}


def index_record(report: SyncReport, check: IndexCheck | None = None) -> dict[str, Any]:
    """The object of ``rag index --json``: the counts, every file that was skipped, and what was
    checked if it was (else null)."""
    checked = None if check is None else {"sound": check.is_sound, **as_json(check)}
    return {"schema": INDEX_SCHEMA, **as_json(report), "check": checked}


def plan_record(plan: SyncPlan) -> dict[str, Any]:
    """The object of ``rag index --dry-run --json``."""
    return {"schema": PLAN_SCHEMA, "empty": plan.is_empty, **as_json(plan)}


def recall_record(report: RecallReport | None) -> dict[str, Any]:
    """The object of ``rag index --check-recall --json``; null for an index that holds nothing."""
    return {"schema": RECALL_SCHEMA, "measured": as_json(report)}


def check_record(report: TextReport) -> dict[str, Any]:
    """The object of ``rag check --json``: the counts and every statement with what was found."""
    return {
        "schema": CHECK_SCHEMA,
        "sound": report.sound,
        "n_claims": report.n_claims,
        "n_supported": report.n_supported,
        "n_wrong_citations": report.n_wrong_citations,
        **as_json(report),
    }
