"""Makes the page of a run anew from the files in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.asked import read_asked
from rag.evaluation.html.page import render
from rag.evaluation.html.records import gate_of
from rag.evaluation.journal import Journal
from rag.evaluation.report import summarise
from rag.evaluation.types import EvalRun, GateOutcome

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
    report = summarise(run, _gates(folder))
    return journal.write(PAGE, render(report, run, read_asked(folder)))


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


def _gates(folder: Path) -> tuple[GateOutcome, ...]:
    path = folder / "report.json"
    if not path.is_file():
        return ()
    try:
        return tuple(gate_of(item) for item in _json(path)["gates"])
    except (KeyError, TypeError, ValueError) as exc:
        raise EvalError(f"cannot read {path}: no judgement of a gate ({exc!r})") from exc
