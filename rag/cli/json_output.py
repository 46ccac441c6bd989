"""Machine-readable output: one object on a line, its first key naming its schema."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

from rag.types import Answer, Hit, as_json

if TYPE_CHECKING:
    from rag.assistant.text_report import TextReport
    from rag.indexing.check import IndexCheck
    from rag.indexing.plan import SyncPlan
    from rag.indexing.recall import RecallReport
    from rag.indexing.sync import SyncReport

ANSWER_SCHEMA = "rag.answer/1"
SEARCH_SCHEMA = "rag.search/1"
INDEX_SCHEMA = "rag.index/1"
PLAN_SCHEMA = "rag.plan/1"
RECALL_SCHEMA = "rag.recall/1"
CHECK_SCHEMA = "rag.check/1"
_INVISIBLE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def write_json(record: dict[str, Any]) -> None:
    """Write ``record`` as one line. What a terminal might act on is escaped, never raw."""
    text = json.dumps(record, ensure_ascii=False)
    sys.stdout.write(_INVISIBLE.sub(_escaped, text) + "\n")


def answer_record(answer: Answer) -> dict[str, Any]:
    """The object of ``rag ask --json``: all of the answer, with its text and evidence spelt out."""
    return {
        "schema": ANSWER_SCHEMA,
        "answer": answer.text,
        "evidence": as_json(answer.evidence),
        **as_json(answer),
    }


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


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
