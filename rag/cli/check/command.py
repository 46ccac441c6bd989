"""``rag check``: any text held against the articles, sentence by sentence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.assistant.prose import GivenText
    from rag.assistant.text_report import TextReport
    from rag.cli.show.screen import Screen
    from rag.retrieval.scope import Scope
    from rag.settings import Settings

UNSUPPORTED = 4
EPILOG = """\
\b
Examples:
  rag check answer.md
  rag check answer.txt -a articles/ --json
  rag ask "Who may use Llama 3?" | rag check
  pbpaste | rag check -

\b
Plain text, Markdown, or what "rag ask" prints (also with --json). Headings,
code and lists of sources are not checked. A list of sources with titles of
the articles is used: each sentence is then held against what it cites first.
Exit codes: 0 every sentence is supported (and by what it cites), 1 error,
2 usage, 4 something is not supported, 130 interrupted.
"""


def check_command(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="The text to check; - reads it from stdin.", show_default=False
        ),
    ] = None,
    articles: options.ArticlesOption = None,
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    in_: options.InOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    passages: options.PassagesOption = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            metavar="P",
            min=0.0,
            max=1.0,
            help="Score from which a sentence is supported; default: the verifier's.",
            show_default=False,
        ),
    ] = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Say for each sentence of a text which article supports it, or that none does."""
    from rag.cli.check.report import show_report
    from rag.cli.check.text import parse_text, read_text
    from rag.cli.json.output import check_record, write_json
    from rag.cli.show.screen import Screen

    settings = options.load_settings(
        corpus=corpus, articles=articles, index_dir=index, passages=passages
    )
    scope = options.scope_of(in_, since, until)
    given = parse_text(read_text(file, sys.stdin.buffer, is_terminal=sys.stdin.isatty()))
    screen = Screen(quiet=quiet, verbose=verbose)
    report = _report(given, settings, screen, threshold, scope)
    if as_json:
        write_json(check_record(report))
    else:
        show_report(screen, report)
        if report.scope:
            screen.notice(f"only these were looked at: {report.scope}")
    raise typer.Exit(0 if report.sound else UNSUPPORTED)


def _report(
    given: GivenText, settings: Settings, screen: Screen, threshold: float | None, scope: Scope
) -> TextReport:
    from rag.cli.show.progress import Activity
    from rag.parts import open_parts

    with Activity(screen) as activity:
        activity.wait("loading")
        with open_parts(settings, notice=screen.notice, progress=activity) as parts:
            return parts.checker(scope, threshold).check(given, progress=activity)
