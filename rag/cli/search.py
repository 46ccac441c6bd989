"""``rag search``: the passages that a question would be answered from, with their scores."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli import options

EPILOG = """\
\b
Examples:
  rag search "licence limits" -k 10
  rag search "700 million users" -a seeds/ --json

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
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Find passages by meaning and by words; no answer is made."""
    from rag.cli.hits import show_hits
    from rag.cli.json_output import search_record, write_json
    from rag.cli.progress import Activity
    from rag.cli.screen import Screen
    from rag.errors import UsageError
    from rag.parts import open_parts

    text = " ".join(query).strip()
    if not text:
        raise UsageError("the query is empty", hint='rag search "licence limits"')
    settings = options.load_settings(
        corpus=corpus, articles=articles, index_dir=index, passages=passages
    )
    scope = options.scope_of(in_, since, until)
    screen = Screen(quiet=quiet, verbose=verbose)
    with Activity(screen) as activity:
        activity.wait("searching")
        with open_parts(settings, notice=screen.notice, progress=activity) as parts:
            retriever = parts.retriever(scope)
            hits = retriever.retrieve(text, settings.passages or N_HITS)
            chosen = retriever.scope
    if as_json:
        write_json(search_record(text, hits, scope=chosen))
    else:
        if chosen:
            screen.notice(f"only these were looked at: {chosen}")
        show_hits(screen, hits)
