"""``rag status``: what is indexed, what has changed since, what was left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen

EPILOG = """\
\b
Examples:
  rag status
  rag status -c papers -v
  rag status --all
  rag status --json

\b
Files are told apart by size and times; none is read, no model is loaded.
Exit codes: 0 the index can be used (also when articles have changed since),
1 there is none or it is damaged, 2 usage.
"""


def status_command(
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    all_corpora: Annotated[bool, typer.Option("--all", help="A line for each corpus.")] = False,
    as_json: options.JsonOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Say what is indexed, what has changed since, and what was left out and why."""
    from rag.cli.show.screen import Screen

    if all_corpora:
        _refuse_with_all(corpus, index)
        is_usable = _show_all(Screen(verbose=verbose), as_json=as_json)
    else:
        is_usable = _show_one(corpus, index, Screen(verbose=verbose), as_json=as_json)
    raise typer.Exit(0 if is_usable else 1)


def _refuse_with_all(corpus: str | None, index: str | None) -> None:
    from rag.errors import UsageError

    if corpus is not None or index is not None:
        raise UsageError("--all goes with neither --corpus nor --index", hint="rag status --all")


def _show_one(corpus: str | None, index: str | None, screen: Screen, *, as_json: bool) -> bool:
    from rag import upkeep
    from rag.cli.json.output import write_json
    from rag.cli.status.report import show_status, status_record
    from rag.corpora import require_known

    settings = options.load_settings(corpus=corpus, index_dir=index)
    require_known(settings)
    status = upkeep.index_status(settings)
    if as_json:
        write_json(status_record(settings.corpus, status))
    else:
        show_status(screen, settings.corpus, status)
    return not status.problem


def _show_all(screen: Screen, *, as_json: bool) -> bool:
    from rag import upkeep
    from rag.cli.json.output import write_json
    from rag.cli.status.report import corpora_record, show_corpora
    from rag.corpora import known_corpora

    corpora = known_corpora()
    found = [(item.name, upkeep.index_status(item.settings)) for item in corpora]
    if as_json:
        write_json(corpora_record(found))
    elif found:
        show_corpora(screen, found)
    else:
        screen.notice("no corpus and no index yet: rag index FOLDER")
    # a corpus that is described and was never indexed is no fault
    made = [status for item, (_, status) in zip(corpora, found, strict=True) if item.has_index]
    return not any(status.problem for status in made)
