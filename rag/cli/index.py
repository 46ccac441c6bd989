"""``rag index``: read the articles and bring the index up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.screen import Screen
    from rag.indexing.sync import SyncReport
    from rag.types import Skipped

N_SKIPPED_SHOWN = 10
EPILOG = """\
\b
Examples:
  rag index seeds/
  rag index notes/ ~/articles/letter.html --index ./index
  rag index            (the folders indexed last)
  rag index --rebuild

\b
Only what changed is read and embedded again; stopping it (Ctrl-C) loses
nothing. Exit codes: 0 done, 1 error, 2 usage, 130 interrupted.
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
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Start anew, whatever is there.")
    ] = False,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Index articles, or bring the index up to date.

    Text, Markdown and HTML files are read; what is new, changed, moved or deleted is found out.
    """
    from rag import upkeep
    from rag.cli.json_output import index_record, write_json
    from rag.cli.progress import Activity
    from rag.cli.screen import Screen

    roots = (*(paths or ()), *(articles or ()))
    settings = options.load_settings(corpus=corpus, articles=roots or None, index_dir=index)
    screen = Screen(quiet=quiet, verbose=verbose)
    with Activity(screen) as activity:
        activity.wait("reading the articles")
        report = upkeep.sync_index(settings, roots, progress=activity, rebuild=rebuild)
    if as_json:
        write_json(index_record(report))
        return
    _show_skipped(screen, report.skipped)
    screen.show(summary(report))


def summary(report: SyncReport) -> str:
    """What was done, on one line."""
    moved = f", {report.moved} moved" if report.moved else ""
    return (
        f"{report.added} added, {report.changed} changed, {report.removed} removed{moved}, "
        f"{report.unchanged} unchanged, {len(report.skipped)} skipped: "
        f"{report.n_documents} articles, {report.n_chunks} chunks "
        f"({report.n_embedded} embedded) in {report.seconds:.1f} s"
    )


def _show_skipped(screen: Screen, skipped: Sequence[Skipped]) -> None:
    from rag.cli.paths import shown_path

    n_shown = len(skipped) if screen.verbose else N_SKIPPED_SHOWN
    for item in skipped[:n_shown]:
        screen.notice(f"skipped {shown_path(item.source)}: {item.reason}")
    if len(skipped) > n_shown:
        screen.notice(f"skipped {len(skipped) - n_shown} more files (-v lists all)")
