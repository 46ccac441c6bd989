"""The files of a run: one JSON line a case, written as soon as it is known, read back to resume.

<runs>/<name>/run.json        what is being run
<runs>/<name>/results.jsonl   one line a case; a later line for a case replaces an earlier one
<runs>/<name>/cases.json      what was expected (asked.py)
<runs>/<name>/report.md, report.json, report.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_dir

from rag.errors import EvalError
from rag.evaluation.identity import Identity
from rag.evaluation.provenance import versions
from rag.evaluation.types import CaseKind, CaseResult, Score
from rag.resources import CHECKOUT, in_checkout
from rag.types import as_json

RUN_SCHEMA = "rag.eval-run/1"
CASE_SCHEMA = "rag.eval-case/1"
_NEW_RUN = "start a new run: leave out --resume"


def runs_dir() -> Path:
    """Where runs are kept: ``eval/runs`` of the checkout, else the user's data folder."""
    if in_checkout():
        return CHECKOUT / "eval" / "runs"
    return Path(user_data_dir("rag", appauthor=False)) / "eval" / "runs"


def find_run(runs: Path, name: str) -> Path:
    """The folder of the run of that name in ``runs``, or the folder that ``name`` is the path of.

    Raises:
        EvalError: if there is none.
    """
    # An empty name is no run, although the folder it would be the path of may hold one.
    places = (runs / name, Path(name)) if name else ()
    folder = next((place for place in places if (place / "run.json").is_file()), None)
    if folder is None:
        raise EvalError(f"no run {name!r} in {runs}", hint=_known_runs(runs))
    return folder


def newest_run(runs: Path) -> str:
    """The name of the run that was started last: names are times.

    Raises:
        EvalError: if there is none.
    """
    names = [path.name for path in runs.glob("*") if (path / "run.json").is_file()]
    if not names:
        raise EvalError(f"no run in {runs}", hint="rag eval")
    return max(names)


class Journal:
    """The results of one run on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._results = folder / "results.jsonl"

    @property
    def name(self) -> str:
        return self.folder.name

    @classmethod
    def create(
        cls,
        runs: Path,
        *,
        suite: str,
        measures: Iterable[str],
        seed: int = 0,
        identity: Identity | None = None,
    ) -> Journal:
        """A new run, named after the present time (UTC). ``seed``: of its bootstrap; ``identity``:
        of what is asked of what.

        Raises:
            EvalError: if the folder cannot be made.
        """
        journal = cls(_new_folder(runs))
        started = datetime.now(UTC).isoformat(timespec="seconds")
        record: dict[str, Any] = {"schema": RUN_SCHEMA, "suite": suite, "started": started}
        record["seed"] = seed
        record["measures"] = list(measures)
        journal._describe(record, identity)
        return journal

    @classmethod
    def resume(
        cls,
        runs: Path,
        name: str,
        *,
        suite: str,
        measures: Iterable[str],
        identity: Identity | None = None,
    ) -> Journal:
        """The run of that name in ``runs``, or in the folder that ``name`` is the path of. What is
        asked of what now is written into its run.json.

        Raises:
            EvalError: no such run, or one of another suite or of other measures.
        """
        journal = cls(find_run(runs, name))
        record = journal.record()
        made_of, measured = record["suite"], record["measures"]
        if made_of != suite:
            raise EvalError(f"run {name} is of the suite {made_of!r}, not {suite!r}", hint=_NEW_RUN)
        if measured != list(measures):
            other = ", ".join(map(str, measured))
            raise EvalError(f"run {name} measured other things: {other}", hint=_NEW_RUN)
        journal._describe(record, identity)
        return journal

    def record(self) -> dict[str, Any]:
        """What run.json holds: at least ``suite`` and ``measures``.

        Raises:
            EvalError: if it cannot be read or holds something else.
        """
        path = self.folder / "run.json"
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(record["suite"], str) or not isinstance(record["measures"], list):
                raise ValueError("suite or measures are not what they should be")
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise EvalError(f"cannot read {path}: {exc}", hint=_NEW_RUN) from exc
        return record

    def read(self) -> dict[str, CaseResult]:
        """The results so far by case id. A last line that was cut short is taken off the file.

        Raises:
            EvalError: a line that is no result, other than the last.
        """
        if not self._results.is_file():
            return {}
        lines = self._results.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):  # the program was stopped while writing
            os.truncate(self._results, sum(map(len, lines[:-1])))
            lines.pop()
        results = [self._parsed(line, number) for number, line in enumerate(lines, start=1)]
        return {result.case_id: result for result in results}

    def append(self, result: CaseResult) -> None:
        """Add a result; it is on the disk when this returns.

        Raises:
            EvalError: if it cannot be written.
        """
        line = json.dumps({"schema": CASE_SCHEMA, **as_json(result)}, allow_nan=False)
        try:
            with self._results.open("a", encoding="ascii") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as exc:
            raise EvalError(f"cannot write {self._results}: {exc.strerror}") from exc

    def write(self, name: str, text: str) -> Path:
        """Write a file of the run, whole or not at all.

        Raises:
            EvalError: if it cannot be written.
        """
        path = self.folder / name
        part = path.with_name(path.name + ".part")
        try:
            part.write_text(text, encoding="utf-8", errors="replace")
            os.replace(part, path)
        except OSError as exc:
            raise EvalError(f"cannot write {path}: {exc.strerror}") from exc
        return path

    def _describe(self, record: dict[str, Any], identity: Identity | None) -> None:
        """Write run.json: what is asked of what, by which versions."""
        if identity is not None:
            record["suite_hash"] = identity.digest
            record["articles"] = dict(identity.articles)
        record["versions"] = versions()
        self.write("run.json", json.dumps(record, indent=2) + "\n")

    def _parsed(self, line: bytes, number: int) -> CaseResult:
        try:
            return result_from_json(json.loads(line))
        except (ValueError, KeyError, TypeError) as exc:
            where = f"{self._results}, line {number}"
            raise EvalError(f"{where}: no result ({exc})", hint=_NEW_RUN) from exc


def result_from_json(record: dict[str, Any]) -> CaseResult:
    """The result that a line holds.

    Raises:
        KeyError, TypeError, ValueError: if it holds none.
    """
    return CaseResult(
        case_id=str(record["case_id"]),
        case_key=str(record["case_key"]),
        kind=CaseKind(record["kind"]),
        question=str(record["question"]),
        scores=tuple(Score(s["measure"], s["value"], s["explanation"]) for s in record["scores"]),
        headline=str(record["headline"]),
        answer=_checked_answer(record["answer"]),
        history=tuple(record["history"]),
        tags=tuple(record["tags"]),
        error=str(record["error"]),
        seconds=float(record["seconds"]),
    )


def _checked_answer(answer: Any) -> dict[str, Any] | None:
    """The answer, if it has what a result is read for."""
    if answer is None:
        return None
    if not isinstance(answer["refused"], bool) or not isinstance(answer["reason"], str):
        raise TypeError("an answer without refused and reason")
    for sentence in answer["sentences"]:
        if not isinstance(sentence["text"], str) or not isinstance(sentence["verdict"], str):
            raise TypeError("a sentence without text and verdict")
    return dict(answer)


def _new_folder(runs: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        folder = runs / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as exc:
            raise EvalError(f"cannot make the folder of the run {folder}: {exc.strerror}") from exc
        return folder
    raise EvalError(f"cannot name a new run in {runs}")


def _known_runs(runs: Path) -> str:
    names = sorted((p.name for p in runs.glob("*") if (p / "run.json").is_file()), reverse=True)
    return f"runs there: {', '.join(names[:5])}" if names else "no run has been made yet"
