"""What ``rag eval`` does between the command line and the tables: ask, judge, write down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag import parts
from rag.cli.eval.judge import Judge, Judging, baseline_path
from rag.cli.eval.plan import Plan
from rag.cli.show.progress import Activity
from rag.cli.show.screen import Screen
from rag.errors import EvalError
from rag.evaluation.asked import write_asked
from rag.evaluation.baseline import baseline_of, write_baseline
from rag.evaluation.journal import Journal, runs_dir
from rag.evaluation.junit import write_junit
from rag.evaluation.measures.base import Measure
from rag.evaluation.report import Report, write
from rag.evaluation.runner import measures_for, run
from rag.evaluation.types import CaseResult, EvalCase, EvalRun
from rag.protocols import Answerer, Verifier


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is carried out.

    Attributes:
        resume: name or folder of a run to go on with; None for a new one.
        junit: file for the results as JUnit XML.
    """

    judging: Judging = Judging.USUAL
    resume: str | None = None
    junit: Path | None = None


def run_plan(plan: Plan, screen: Screen, manner: Manner) -> Report:
    """Ask every case, write the run's files, and say what came out.

    Raises:
        EvalError: a run that cannot be resumed or written, in which no case got an answer, or that
            the baseline does not fit.
        UsageError: a baseline wanted for a part of the suite.
        RagError: if the program cannot be opened.
    """
    judge = Judge(plan, manner.judging, notice=screen.notice)
    with Activity(screen) as activity:
        activity.wait("loading")
        with parts.open_assistant(
            plan.settings, notice=screen.notice, progress=activity
        ) as assistant:
            measures = _measures(plan, assistant)
            journal = _journal(plan, measures, manner.resume)
            write_asked(plan.cases, journal)
            seen = _on_result(judge, activity, screen)
            activity.start("asking", len(plan.cases))
            done = _ask_all(plan, assistant, journal, measures, seen, screen)
    report = judge.judged(done)
    write(report, journal)
    _write_page(report, done, plan.cases, journal)
    screen.notice(f"results: {journal.folder}")
    _require_an_answer(done)
    _hand_out(plan, manner, done, report, screen)
    return report


def _hand_out(plan: Plan, manner: Manner, done: EvalRun, report: Report, screen: Screen) -> None:
    """The files that were asked for beside those of the run."""
    if manner.junit is not None:
        write_junit(done, report, manner.junit)
    if manner.judging is Judging.NEW:
        write_baseline(baseline_of(done, plan.identity), baseline_path(plan))
        screen.notice(f"baseline: {baseline_path(plan)}")


def _measures(plan: Plan, assistant: Answerer) -> tuple[Measure, ...]:
    """Citations are measured with the program's own verifier, if it shows one."""
    shown = getattr(assistant, "verifier", None)
    verifier = shown if isinstance(shown, Verifier) else None
    return measures_for((*plan.gates, *plan.aims), verifier=verifier)


def _journal(plan: Plan, measures: tuple[Measure, ...], resume: str | None) -> Journal:
    names = [measure.name for measure in measures]
    if resume is not None:
        return Journal.resume(
            runs_dir(), resume, suite=plan.suite, measures=names, identity=plan.identity
        )
    return Journal.create(
        runs_dir(), suite=plan.suite, measures=names, seed=plan.seed, identity=plan.identity
    )


def _on_result(judge: Judge, activity: Activity, screen: Screen) -> Callable[[CaseResult], None]:
    def on_result(result: CaseResult) -> None:
        activity.advance()
        judge.see(result)
        if not result.passed:
            screen.detail(f"failed: {result.case_id}")

    return on_result


def _ask_all(
    plan: Plan,
    assistant: Answerer,
    journal: Journal,
    measures: tuple[Measure, ...],
    on_result: Callable[[CaseResult], None],
    screen: Screen,
) -> EvalRun:
    try:
        return run(
            plan.cases,
            assistant,
            journal=journal,
            suite=plan.suite,
            seed=plan.seed,
            measures=measures,
            on_result=on_result,
        )
    except KeyboardInterrupt:
        n_done = len(journal.read())
        screen.notice(f"{n_done} of {len(plan.cases)} cases are done; go on with")
        screen.notice(f"  rag eval --resume {journal.name}")
        raise


def _write_page(
    report: Report, done: EvalRun, cases: tuple[EvalCase, ...], journal: Journal
) -> None:
    from rag.evaluation.html.page import render

    journal.write("report.html", render(report, done, {case.id: case for case in cases}))


def _require_an_answer(done: EvalRun) -> None:
    """A run in which nothing worked says nothing about quality: that is an error, not a score."""
    if all(result.error for result in done.results):
        raise EvalError(
            f"not one of {len(done.results)} cases got an answer: {done.results[0].error}",
            hint=f"rag doctor; the errors are in {done.folder}",
        )
