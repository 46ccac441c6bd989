"""``rag eval``: run the suite of cases, say how good the answers are, and whether the gates hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options
from rag.errors import EvalError, UsageError

if TYPE_CHECKING:
    from rag.cli.progress import Activity
    from rag.cli.screen import Screen
    from rag.evaluation.journal import Journal
    from rag.evaluation.report import Report
    from rag.evaluation.suite import Suite
    from rag.evaluation.types import EvalCase, EvalRun
    from rag.settings import Settings

GATE_FAILED = 4
EPILOG = """\
\b
Examples:
  rag eval
  rag eval --engine extractive --kind unanswerable -v
  rag eval --limit 5 --no-gate
  rag eval --cases my-cases.jsonl -a my-articles/ --index my-index/
  rag eval --resume 20261120-154600

\b
The results stay in the folder of the run (named on stderr): one JSON line a
case, report.md, report.json. Exit codes: 0 done, 1 error, 2 usage, 4 a gate
failed, 130 interrupted (go on with --resume).
"""


def eval_command(
    suite: Annotated[
        Path | None,
        typer.Option("--suite", metavar="FILE", help="Suite to run; default: the program's own."),
    ] = None,
    cases: Annotated[
        list[Path] | None,
        typer.Option(
            "--cases",
            metavar="FILE",
            help="Cases to ask, of the suite's articles or (without --suite) of yours.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="Only this kind of case; repeatable."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="At most N cases of each kind."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="RUN", help="Go on with a run that was stopped."),
    ] = None,
    no_gate: Annotated[bool, typer.Option("--no-gate", help="Judge no thresholds.")] = False,
    articles: options.ArticlesOption = None,
    index: options.IndexOption = None,
    passages: options.PassagesOption = None,
    engine: options.EngineOption = None,
    model: options.ModelOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Ask the questions of a suite, score the answers, and fail if a threshold is missed."""
    from rag.cli.screen import Screen
    from rag.evaluation import cases as case_files
    from rag.evaluation import gate

    settings = options.load_settings(
        articles=articles, index_dir=index, passages=passages, engine=engine, model=model
    )
    screen = Screen(quiet=quiet, verbose=verbose)
    plan = _plan(settings, suite, tuple(cases or ()), has_articles=bool(articles))
    chosen = case_files.choose(case_files.load_cases(plan.cases), kinds=kind or (), n_each=limit)
    whole = not (cases or kind)
    gates = plan.gates if whole else gate.select(plan.gates, {case.kind for case in chosen})
    run, journal = _run(plan, _located(chosen, plan, screen), settings, screen, resume)
    report = _report(run, journal, () if no_gate else gate.judge(gates, run))
    _show(screen, report, as_json=as_json)
    _refuse_all_errors(run)
    raise typer.Exit(0 if report.passed else GATE_FAILED)


def _plan(
    settings: Settings, suite: Path | None, cases: tuple[Path, ...], *, has_articles: bool
) -> Suite:
    """The suite to run: the one named, or the user's cases over the user's articles."""
    from dataclasses import replace

    from rag.evaluation.suite import Suite, load_suite

    if cases and suite is None:
        return Suite("cases", tuple(Path(a).absolute() for a in settings.articles), cases)
    if has_articles:
        raise UsageError("the suite names its articles itself", hint="leave out --articles")
    found = load_suite(suite)
    return replace(found, cases=cases) if cases else found


def _located(cases: tuple[EvalCase, ...], plan: Suite, screen: Screen) -> tuple[EvalCase, ...]:
    from rag.evaluation.gold import verify_gold

    if plan.articles:
        return verify_gold(cases, plan.articles)
    screen.notice("gold quotes were not checked against the articles: name them with --articles")
    return cases


def _run(
    plan: Suite, cases: tuple[EvalCase, ...], settings: Settings, screen: Screen, resume: str | None
) -> tuple[EvalRun, Journal]:
    from rag import wiring
    from rag.cli.progress import Activity
    from rag.evaluation.journal import Journal, runs_dir
    from rag.evaluation.runner import measures_for

    measures = measures_for(plan.gates)
    names = [measure.name for measure in measures]
    with Activity(screen) as activity:
        activity.wait("loading")
        with wiring.open_assistant(
            _settings_of(plan, settings), notice=screen.notice, progress=activity
        ) as assistant:
            if resume:
                journal = Journal.resume(runs_dir(), resume, suite=plan.name, measures=names)
            else:
                journal = Journal.create(runs_dir(), suite=plan.name, measures=names)
            return _ask_all(plan, cases, assistant, journal, activity, screen), journal


def _settings_of(plan: Suite, settings: Settings) -> Settings:
    """A suite has an index of its own, so that it never touches the user's."""
    from dataclasses import replace

    from rag.settings import index_path

    if plan.name == "cases":
        return settings
    folder = index_path(settings) / f"eval-{plan.name}"
    return replace(settings, articles=tuple(map(str, plan.articles)), index_dir=str(folder))
