"""``rag search``: the passages that a question would be answered from, with their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.settings import Settings
    from rag.types import Hit

EPILOG = """\
\b
Examples:
  rag search "licence limits" -k 10
  rag search "700 million users" -a seeds/ --json
  rag search "licence limits" --open 1

\b
score: the two rankings fused (0 to 1); dense: cosine similarity of the
meaning; bm25: shared words. Exit codes: 0 done, 1 error, 2 usage.
"""


N_HITS = 5
"""Hits shown unless another number is set."""


def search_command(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="What to look for.")],
    articles: options.ArticlesOption = None,
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    in_: options.InOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    passages: options.PassagesOption = None,
    open_: Annotated[
        int | None,
        typer.Option(
            "--open",
            metavar="N",
            min=1,
            help="Open the article of hit N at its line, in $VISUAL, $EDITOR or the pager.",
            show_default=False,
        ),
    ] = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Find passages by meaning and by words; no answer is made."""
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen
    from rag.errors import UsageError
    from rag.parts import open_parts

    text = " ".join(query).strip()
    if not text:
        raise UsageError("the query is empty", hint='rag search "licence limits"')
    if open_ and as_json:
        raise UsageError("--open and --json exclude each other", hint="leave one of them out")
    settings = options.load_settings(
        corpus=corpus, articles=articles, index_dir=index, passages=passages
    )
    scope = options.scope_of(in_, since, until)
    screen = Screen(quiet=quiet, verbose=verbose)
    with Activity(screen) as activity:
        activity.wait("searching")
        with open_parts(settings, notice=screen.notice, progress=activity) as parts:
            retriever = parts.retriever(scope)
            hits = retriever.retrieve(text, max(settings.passages or N_HITS, open_ or 0))
            chosen = retriever.scope
    if open_:
        _open(screen, hits, open_, settings)
    elif as_json:
        from rag.cli.json.output import search_record, write_json

        write_json(search_record(text, hits, scope=chosen))
    else:
        from rag.cli.show.hits import show_hits

        if chosen:
            screen.notice(f"only these were looked at: {chosen}")
        show_hits(screen, hits)


def _open(screen: Screen, hits: list[Hit], number: int, settings: Settings) -> None:
    """Open the article of hit ``number``; its place is printed where nobody sits."""
    from rag.cli.opening.source import open_view
    from rag.cli.opening.view import view_of_passage
    from rag.errors import UsageError

    if number > len(hits):
        found = f"{len(hits)} passages were found" if len(hits) != 1 else "1 passage was found"
        raise UsageError(f"there is no hit {number}: {found}", hint="rag search without --open")
    open_view(screen, view_of_passage(settings, hits[number - 1].chunk), interactive=True)
