"""What ``rag eval`` does between the command line and the tables: plan, ask, judge, write down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rag import wiring
from rag.cli.progress import Activity
from rag.cli.screen import Screen
from rag.errors import EvalError, UsageError
from rag.evaluation.asked import write_asked
from rag.evaluation.cases import choose, load_cases
from rag.evaluation.gate import judge, select
from rag.evaluation.gold import verify_gold
from rag.evaluation.journal import Journal, runs_dir
from rag.evaluation.report import Report, summarise, write
from rag.evaluation.runner import measures_for, run
from rag.evaluation.suite import Suite, load_suite
from rag.evaluation.types import CaseResult, EvalCase, EvalRun, Gate
from rag.protocols import Answerer
from rag.settings import Settings, index_path


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. ``n_each`` None: all cases."""

    suite: Path | None = None
    cases: tuple[Path, ...] = ()
    kinds: tuple[str, ...] = ()
    n_each: int | None = None
    has_articles: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run: cases with their gold looked up, and the settings to answer them with."""

    suite: str
    cases: tuple[EvalCase, ...]
    gates: tuple[Gate, ...]
    settings: Settings
    seed: int = 0


def make_plan(wish: Wish, settings: Settings, *, notice: Callable[[str], None]) -> Plan:
    """The plan for ``wish``: the named or own suite, or one's own cases over one's own articles.

    Raises:
        EvalError: a suite, case or gold quote that is wrong.
        UsageError: articles given although the suite names its own.
    """
    if wish.cases and wish.suite is None:
        folders = tuple(Path(article).absolute() for article in settings.articles)
        suite = Suite("cases", folders, wish.cases)
    else:
        suite = _named_suite(wish)
        settings = _settings_of(suite, settings)
    cases = choose(load_cases(suite.cases), kinds=wish.kinds, n_each=wish.n_each)
    if suite.articles:
        cases = verify_gold(cases, suite.articles)
    else:
        notice("gold quotes were not looked up: name the articles with --articles")
    is_part = bool(wish.cases or wish.kinds)
    gates = select(suite.gates, {case.kind for case in cases}) if is_part else suite.gates
    return Plan(suite.name, cases, gates, settings, suite.seed)


def _named_suite(wish: Wish) -> Suite:
    if wish.has_articles:
        raise UsageError("the suite names its own articles", hint="leave out --articles")
    suite = load_suite(wish.suite)
    return replace(suite, cases=wish.cases) if wish.cases else suite


def _settings_of(suite: Suite, settings: Settings) -> Settings:
    """A suite has an index of its own, so that it never touches the user's."""
    folder = index_path(settings) / f"eval-{suite.name}"
    return replace(settings, articles=tuple(map(str, suite.articles)), index_dir=str(folder))


def run_plan(plan: Plan, screen: Screen, *, resume: str | None, judges: bool) -> Report:
    """Ask every case, write the run's files, and say what came out. ``judges``: the gates too.

    Raises:
        EvalError: a run that cannot be resumed or written, or in which no case got an answer.
        RagError: if the program cannot be opened.
    """
    names = [measure.name for measure in measures_for(plan.gates)]
    with Activity(screen) as activity:
        activity.wait("loading")
        with wiring.open_assistant(
            plan.settings, notice=screen.notice, progress=activity
        ) as assistant:
            journal = _journal(plan, names, resume)
            write_asked(plan.cases, journal)
            done = _ask_all(plan, assistant, journal, activity, screen)
    report = summarise(done, judge(plan.gates, done) if judges else ())
    write(report, journal)
    _write_page(report, done, plan.cases, journal)
    screen.notice(f"results: {journal.folder}")
    _require_an_answer(done)
    return report


def _journal(plan: Plan, names: list[str], resume: str | None) -> Journal:
    if resume is None:
        return Journal.create(runs_dir(), suite=plan.suite, measures=names, seed=plan.seed)
    return Journal.resume(runs_dir(), resume, suite=plan.suite, measures=names)


def _ask_all(
    plan: Plan, assistant: Answerer, journal: Journal, activity: Activity, screen: Screen
) -> EvalRun:
    n_done = 0

    def on_result(result: CaseResult) -> None:
        nonlocal n_done
        n_done += 1
        activity.advance()
        if not result.passed:
            screen.detail(f"failed: {result.case_id}")

    activity.start("asking", len(plan.cases))
    try:
        return run(
            plan.cases,
            assistant,
            journal=journal,
            suite=plan.suite,
            seed=plan.seed,
            measures=measures_for(plan.gates),
            on_result=on_result,
        )
    except KeyboardInterrupt:
        activity.stop()
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
