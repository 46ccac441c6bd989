"""``rag eval``: run the suite of cases, say how good the answers are, judge the gates.

The group's own work is the run; what else is done with runs and cases are commands below it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.eval import compare as eval_compare
from rag.cli.eval import convert as eval_convert
from rag.cli.eval import draft as eval_draft
from rag.cli.eval import page as eval_page
from rag.cli import options
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.evaluation.types import CaseKind

GATE_FAILED = 4
EPILOG = """\
\b
Examples:
  rag eval
  rag eval --engine extractive --kind unanswerable -v
  rag eval --limit 5 --no-gate
  rag eval --engine extractive --gate --junit results.xml
  rag eval --cases my-cases.jsonl -a my-articles/ --index my-index/
  rag eval --resume 20261120-154600

\b
The results stay in the folder of the run (named on stderr): one JSON line a
case, report.md, report.json, report.html. Exit codes: 0 done, 1 error,
2 usage, 4 a gate failed, 130 interrupted (go on with --resume). Gates are the
suite's thresholds and its baseline: results that must not get worse. Aims are
shown, and nothing fails by them.
"""


eval_app = typer.Typer(
    help="Ask the questions of a suite, score the answers, and fail if a threshold is missed.",
    short_help="Measure the answers with a suite of cases.",
    epilog=EPILOG,
    rich_markup_mode=None,
    subcommand_metavar="[COMMAND [ARGS]...]",
)


@eval_app.callback(invoke_without_command=True)
def eval_command(
    context: typer.Context,
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
        typer.Option(
            "--kind", metavar="KIND", help="Only this kind of case; repeatable.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="At most N cases of each kind."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="RUN", help="Go on with a run that was stopped."),
    ] = None,
    gate: Annotated[
        bool | None,
        typer.Option(
            "--gate/--no-gate",
            help="Require the baseline and fail if the run is worse. Neither: judge by it if it "
            "fits. --no-gate: judge nothing.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Results that must not get worse; default: the suite's.",
            show_default=False,
        ),
    ] = None,
    new_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Make this run the baseline.")
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too."),
    ] = None,
    articles: options.ArticlesOption = None,
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    passages: options.PassagesOption = None,
    engine: options.EngineOption = None,
    model: options.ModelOption = None,
    endpoint: options.EndpointOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Ask the questions of a suite, score the answers, and fail if a threshold is missed."""
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    from rag.cli.eval.judge import judging_of
    from rag.cli.eval.plan import Wish, make_plan
    from rag.cli.eval.report import show_report
    from rag.cli.eval.run import Manner, run_plan
    from rag.cli.show.screen import Screen

    judging = judging_of(gate, writes_baseline=new_baseline)
    settings = options.load_settings(
        corpus=corpus,
        articles=articles,
        index_dir=index,
        passages=passages,
        engine=engine,
        model=model,
        endpoint=endpoint,
    )
    screen = Screen(quiet=quiet, verbose=verbose)
    wish = Wish(
        suite, tuple(cases or ()), _kinds(kind or ()), limit, bool(articles), baseline=baseline
    )
    plan = make_plan(wish, settings, notice=screen.notice)
    report = run_plan(plan, screen, Manner(judging, resume, junit))
    show_report(screen, report, as_json=as_json)
    raise typer.Exit(0 if report.passed else GATE_FAILED)


eval_app.command(
    "compare", epilog=eval_compare.EPILOG, short_help="Show how two runs of a suite differ."
)(eval_compare.compare_command)
eval_app.command("convert", epilog=eval_convert.EPILOG)(eval_convert.convert_command)
eval_app.command("draft", epilog=eval_draft.EPILOG)(eval_draft.draft_command)
eval_app.command("report", epilog=eval_page.EPILOG)(eval_page.report_command)


def _kinds(names: Sequence[str]) -> tuple[CaseKind, ...]:
    """The kinds called ``names``. They are told apart here and not by typer: the records of an
    evaluation are then loaded when one is run, not at each start of the program."""
    from rag.evaluation.types import CaseKind

    known = {kind.value: kind for kind in CaseKind}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "rag eval --help"
            raise UsageError(f"--kind {name}: there is {', '.join(known)}", hint=hint)
    return tuple(known[name] for name in names)


def _refuse_options(context: typer.Context) -> None:
    """An option of the run, given to another command, would be lost without a word."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = "--" + name.removeprefix("as_").replace("_", "-")
            command = f"rag eval {context.invoked_subcommand}"
            raise UsageError(
                f"{option} stands before {context.invoked_subcommand}",
                hint=f"the options of a command come after it: {command} --help",
            )
