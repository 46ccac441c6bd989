"""``rag index``: read the articles and bring the index up to date, once or again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.settings import Settings

EPILOG = """\
\b
Examples:
  rag index seeds/
  rag index notes/ ~/articles/letter.html --index ./index
  rag index -c papers pdf/ --ignore drafts/
  rag index            (the folders indexed last)
  rag index --watch
  rag index --dry-run
  rag index --verify

\b
Only what changed is read and embedded again; stopping it (Ctrl-C) loses
nothing. Folders and patterns are remembered until others are given. Exit
codes: 0 done, 1 error or damage, 2 usage, 130 interrupted.
"""


def index_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Folders or files of articles; none: those indexed last.",
            show_default=False,
        ),
    ] = None,
    articles: options.ArticlesOption = None,
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            metavar="PATTERN",
            help="Only files that match, as in .gitignore; repeatable.",
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="PATTERN",
            help="Leave out what matches, as in .gitignore; repeatable.",
            show_default=False,
        ),
    ] = None,
    gitignore: Annotated[
        bool | None,
        typer.Option(
            "--gitignore/--no-gitignore",
            help="Leave out what .gitignore files name.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and what it would cost.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and follow every change until Ctrl-C.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Compare the bytes of every file, and check the index."),
    ] = False,
    check_recall: Annotated[
        bool,
        typer.Option(
            "--check-recall", help="Measure, on this index, what the search by meaning misses."
        ),
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Start anew, whatever is there.")
    ] = False,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Index articles, or bring the index up to date.

    What is new, changed, moved or deleted is found out; every file that cannot be read is named
    with the reason.
    """
    from rag.cli.show.screen import Screen

    _require_one(dry_run=dry_run, watch=watch, verify=verify, check_recall=check_recall)
    roots = (*(paths or ()), *(articles or ()))
    settings = options.load_settings(
        corpus=corpus,
        articles=roots or None,
        index_dir=index,
        include=include,
        ignore=ignore,
        gitignore=gitignore,
    )
    screen = Screen(quiet=quiet, verbose=verbose)
    if dry_run:
        _plan(settings, screen, rebuild=rebuild, as_json=as_json)
    elif check_recall:
        _measure(settings, screen, as_json=as_json)
    elif watch:
        from rag.cli.index.watch import watch_articles

        watch_articles(settings, screen, rebuild=rebuild, as_json=as_json)
    else:
        is_sound = _sync(settings, screen, verify=verify, rebuild=rebuild, as_json=as_json)
        raise typer.Exit(0 if is_sound else 1)


def _require_one(**chosen: bool) -> None:
    from rag.errors import UsageError

    names = [f"--{name.replace('_', '-')}" for name, is_on in chosen.items() if is_on]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} do not go together", hint="rag index --help")


def _sync(
    settings: Settings, screen: Screen, *, verify: bool, rebuild: bool, as_json: bool
) -> bool:
    """Sync, and with ``verify`` check the index; whether nothing was wrong with it."""
    from rag import upkeep
    from rag.cli.index.report import show_check, show_report
    from rag.cli.show.progress import Activity

    check = None
    with Activity(screen) as activity:
        activity.wait("reading the articles")
        report = upkeep.sync_index(
            settings,
            progress=activity,
            notice=screen.notice,
            rebuild=rebuild,
            verify=verify,
        )
        if verify:
            activity.wait("checking the index")
            check = upkeep.check_index(settings)
    if as_json:
        from rag.cli.json.output import index_record, write_json

        write_json(index_record(report, check))
    else:
        show_report(screen, report)
        if check is not None:
            show_check(screen, check)
    return check is None or check.is_sound


def _plan(settings: Settings, screen: Screen, *, rebuild: bool, as_json: bool) -> None:
    from rag import upkeep
    from rag.cli.index.report import show_plan
    from rag.cli.show.progress import Activity

    with Activity(screen) as activity:
        activity.wait("looking at the articles")
        plan = upkeep.plan_index(settings, rebuild=rebuild)
    if as_json:
        from rag.cli.json.output import plan_record, write_json

        write_json(plan_record(plan))
    else:
        show_plan(screen, plan)


def _measure(settings: Settings, screen: Screen, *, as_json: bool) -> None:
    from rag import upkeep
    from rag.cli.index.report import show_recall
    from rag.cli.show.progress import Activity

    with Activity(screen) as activity:
        activity.wait("measuring")
        measured = upkeep.measure_recall(settings)
    if as_json:
        from rag.cli.json.output import recall_record, write_json

        write_json(recall_record(measured))
    else:
        show_recall(screen, measured)
