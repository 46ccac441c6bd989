"""How ``rag eval`` judges a run: thresholds, aims, and the baseline when there is one that fits."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from rag.cli.eval.plan import Plan
from rag.errors import EvalError, UsageError
from rag.evaluation.baseline import Baseline, read_baseline, require_comparable
from rag.evaluation.gate import judge
from rag.evaluation.provenance import (
    decisive_differences,
    provenance_of,
    told_differences,
    versions,
)
from rag.evaluation.regression import judge_against
from rag.evaluation.report import Report, summarise
from rag.evaluation.types import Against, CaseResult, EvalRun

_WRITE = "rag eval --write-baseline"


class Judging(Enum):
    """What is judged: the thresholds and, if one fits, the baseline (``USUAL``); both, and it is an
    error if the baseline cannot be used (``STRICT``); the thresholds alone, because the baseline is
    being written (``NEW``); nothing (``NOTHING``)."""

    USUAL = "usual"
    STRICT = "strict"
    NEW = "new"
    NOTHING = "nothing"


def judging_of(gate: bool | None, *, writes_baseline: bool) -> Judging:
    """What the flags ask for: ``gate`` None if neither --gate nor --no-gate was given.

    Raises:
        UsageError: a new baseline cannot be judged by the one that it replaces.
    """
    if writes_baseline:
        if gate:
            raise UsageError(
                "--gate and --write-baseline exclude each other", hint="write it, or judge by it"
            )
        return Judging.NEW
    return {None: Judging.USUAL, True: Judging.STRICT, False: Judging.NOTHING}[gate]


class Judge:
    """Judges a run by its plan. The baseline is read at once, so that one that cannot be used is
    said before anything is asked."""

    def __init__(self, plan: Plan, judging: Judging, *, notice: Callable[[str], None]) -> None:
        """
        Raises:
            EvalError: STRICT, and there is no baseline or one of other cases or articles.
            UsageError: STRICT or NEW, and only a part of the cases is asked, or no file is named.
        """
        self._plan = plan
        self._judging = judging
        self._notice = notice
        self._is_first = True
        if judging in (Judging.STRICT, Judging.NEW):
            _require_whole(plan)
        self._baseline = self._read()

    def see(self, result: CaseResult) -> None:
        """Look at a result as it comes, to stop a run in vain at its first.

        Raises:
            EvalError: STRICT, and the baseline is of another engine, model or embedder.
        """
        if self._judging is not Judging.STRICT or not result.provenance or not self._is_first:
            return
        self._is_first = False
        assert self._baseline is not None
        problems = decisive_differences(self._baseline.provenance, result.provenance)
        if problems:
            raise EvalError(
                f"the baseline is of something else: {'; '.join(problems)}", hint=_WRITE
            )

    def judged(self, run: EvalRun) -> Report:
        """The report of the run with what became of aims, thresholds and baseline.

        Raises:
            EvalError: STRICT, and the baseline is of something else.
        """
        if self._judging is Judging.NOTHING:
            return summarise(run, aims=judge(self._plan.aims, run))
        return summarise(
            run,
            judge(self._plan.gates, run),
            aims=judge(self._plan.aims, run),
            against=self._against(run),
        )

    def _read(self) -> Baseline | None:
        plan = self._plan
        if self._judging is Judging.STRICT:
            baseline = read_baseline(baseline_path(plan))
            problems = baseline.identity.differences(plan.identity)
            if problems:
                raise EvalError(
                    f"the baseline is of something else: {'; '.join(problems)}", hint=_WRITE
                )
            return baseline
        usual = self._judging is Judging.USUAL and not plan.is_part
        if not usual or plan.baseline is None or not plan.baseline.is_file():
            return None
        return read_baseline(plan.baseline)

    def _against(self, run: EvalRun) -> Against | None:
        baseline = self._baseline
        if baseline is None:
            return None
        try:
            require_comparable(baseline, self._plan.identity, run)
        except EvalError as exc:
            if self._judging is Judging.STRICT:
                raise
            self._notice(f"not compared with the baseline: {exc.message}")
            return None
        told = told_differences(baseline.provenance, provenance_of(run.results))
        told += told_differences(baseline.versions, versions())
        return Against(
            f"of {baseline.written}",
            judge_against(baseline, run, self._plan.tolerance),
            tuple(told),
        )


def baseline_path(plan: Plan) -> Path:
    """Where the plan's baseline is or shall be.

    Raises:
        UsageError: if neither the suite nor the command line names a file.
    """
    if plan.baseline is None:
        raise UsageError("no baseline is named", hint="name one: --baseline FILE")
    return plan.baseline


def _require_whole(plan: Plan) -> None:
    if plan.is_part:
        raise UsageError(
            "a baseline is for the whole suite, not for a part of it",
            hint="leave out --kind, --limit and --cases, or --gate and --write-baseline",
        )
    baseline_path(plan)
