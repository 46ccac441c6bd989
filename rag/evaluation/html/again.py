"""Makes the page of a run anew from the files in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.asked import read_asked
from rag.evaluation.html.page import render
from rag.evaluation.html.records import against_of, gate_of
from rag.evaluation.journal import Journal
from rag.evaluation.report import Report, summarise
from rag.evaluation.types import Against, EvalRun, GateOutcome

PAGE = "report.html"


def write_page_again(folder: Path) -> Path:
    """Write report.html of the run in ``folder`` from its results; where it is.

    Thresholds are shown as they were judged when the run ended; a run that was stopped has none.

    Raises:
        EvalError: a file of the run that cannot be read, a run without a result, or a page that
            cannot be written.
    """
    journal = Journal(folder)
    results = tuple(journal.read().values())
    if not results:
        raise EvalError(f"run {journal.name} has no result yet", hint="rag eval")
    record = _json(folder / "run.json")
    run = EvalRun(
        journal.name, str(record.get("suite", "")), str(folder), results, _seed(record, folder)
    )
    report = _judged(run, folder)
    return journal.write(PAGE, render(report, run, read_asked(folder)))


def _judged(run: EvalRun, folder: Path) -> Report:
    """The figures anew, and what was said of them when the run ended."""
    gates, aims, against = _judgements(folder)
    try:
        return summarise(run, gates, aims=aims, against=against)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        where = folder / "results.jsonl"
        raise EvalError(f"{where}: an answer lacks what the program writes ({exc!r})") from exc


def _judgements(
    folder: Path,
) -> tuple[list[GateOutcome], list[GateOutcome], Against | None]:
    path = folder / "report.json"
    if not path.is_file():
        return [], [], None
    record = _json(path)
    try:
        gates = [gate_of(item) for item in record["gates"]]
        aims = [gate_of(item) for item in record.get("aims", ())]
        return gates, aims, against_of(record.get("against"))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise EvalError(f"cannot read {path}: no judgement ({exc!r})") from exc


def _json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        raise EvalError(f"cannot read {path}: {exc}") from exc
    if not isinstance(record, dict):
        raise EvalError(f"cannot read {path}: not a JSON object")
    return record


def _seed(record: dict[str, Any], folder: Path) -> int:
    seed = record.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise EvalError(f"{folder / 'run.json'}: seed: {seed!r} is not a whole number from 0")
    return seed
