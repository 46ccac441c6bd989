"""The cases of a run, kept beside its results: what was expected can be shown when the suite has
changed or is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.journal import Journal
from rag.evaluation.types import CaseKind, EvalCase, GoldQuote
from rag.types import Span, as_json

SCHEMA = "rag.eval-asked/1"
_FILE = "cases.json"


def write_asked(cases: Iterable[EvalCase], journal: Journal) -> None:
    """Put the cases, their gold as it was looked up, into the run's folder.

    Raises:
        EvalError: if they cannot be written.
    """
    record = {"schema": SCHEMA, "cases": [as_json(case) for case in cases]}
    journal.write(_FILE, json.dumps(record, ensure_ascii=True, allow_nan=False) + "\n")


def read_asked(folder: Path) -> dict[str, EvalCase]:
    """The cases of the run in ``folder`` by id; empty for a run that kept none.

    Raises:
        EvalError: a file that holds something else.
    """
    path = folder / _FILE
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        cases = [_case(item) for item in record["cases"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise EvalError(f"cannot read {path}: {exc}", hint="take the file away") from exc
    return {case.id: case for case in cases}


def _case(record: dict[str, Any]) -> EvalCase:
    return EvalCase(
        id=str(record["id"]),
        kind=CaseKind(record["kind"]),
        question=str(record["question"]),
        history=tuple(map(str, record["history"])),
        gold=tuple(_gold(item) for item in record["gold"]),
        facts=tuple(tuple(map(str, fact)) for fact in record["facts"]),
        forbidden=tuple(map(str, record["forbidden"])),
        tags=tuple(map(str, record["tags"])),
    )


def _gold(record: dict[str, Any]) -> GoldQuote:
    span = record["span"]
    return GoldQuote(
        document=str(record["document"]),
        quote=str(record["quote"]),
        alternatives=tuple(_gold(item) for item in record["alternatives"]),
        span=None if span is None else Span(int(span["start"]), int(span["end"])),
    )
