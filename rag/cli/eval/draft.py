"""``rag eval draft``: cases proposed from the user's own articles, for a person to correct."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen
    from rag.evaluation.draft.draft import Drafted
    from rag.settings import Settings
    from rag.types import Document

EPILOG = """\
\b
Examples:
  rag eval draft -a my-articles/
  rag eval draft -a my-articles/ -n 60 -o my-cases.jsonl
  rag eval --cases my-cases.jsonl -a my-articles/ --index my-index/

\b
Read the cases before you trust their figures: correct the questions, delete
what nobody would ask, check that those to be refused have no answer, and take
the tag "unreviewed" away. A report says how many still have it. Without a
model the questions are made by rule and keep close to the article's words,
which flatters any search. Equal articles, -n and --seed give equal cases.
"""


def draft_command(
    articles: options.ArticlesOption = None,
    n_cases: Annotated[
        int, typer.Option("-n", metavar="N", min=1, max=10_000, help="At most N cases.")
    ] = 30,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File of the cases.")
    ] = Path("draft-cases.jsonl"),
    force: Annotated[bool, typer.Option("--force", help="Write over FILE.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the choice.")] = 0,
    engine: options.EngineOption = None,
    model: options.ModelOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Propose cases from your own articles."""
    from rag.cli.json.output import write_json
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen
    from rag.evaluation.case_file import require_free, write_cases

    settings = options.load_settings(articles=articles, engine=engine, model=model)
    require_free(out, force=force)
    screen = Screen(quiet=quiet)
    with Activity(screen) as activity:
        activity.wait("reading the articles")
        documents = _documents(settings, screen)
        made = _draft(documents, settings, screen, activity, n_cases=n_cases, seed=seed)
    write_cases(out, made.cases, force=force)
    if as_json:
        counts = {"n_cases": len(made.cases), "n_unanswerable": made.n_unanswerable}
        counts |= {"n_by_model": made.n_by_model, "n_articles": made.n_articles}
        write_json({"schema": "rag.eval-draft/1", "cases": str(out), **counts})
        return
    _show(made, out, settings, screen)


def _documents(settings: Settings, screen: Screen) -> list[Document]:
    from rag.evaluation.draft.draft import read_articles
    from rag.resources import data_dir

    roots = [Path(article).expanduser().absolute() for article in settings.articles]
    if not roots:
        roots = [data_dir("seeds")]
        screen.notice("no articles named: drafting from the sample articles (-a FOLDER)")
    return read_articles(
        roots, on_skipped=lambda s: screen.notice(f"skipped {s.source}: {s.reason}")
    )


def _draft(
    documents: list[Document],
    settings: Settings,
    screen: Screen,
    activity: Activity,
    *,
    n_cases: int,
    seed: int,
) -> Drafted:
    from rag import engines
    from rag.evaluation.draft.by_model import ModelAsker
    from rag.evaluation.draft.draft import draft

    with engines.open_writer(settings, notice=screen.notice) as write_line:
        if write_line is None:
            screen.notice("the questions are made by rule, not by a model")
        ask = ModelAsker(write_line) if write_line else None
        activity.wait("drafting")
        return draft(documents, n_wanted=n_cases, seed=seed, ask=ask)


def _show(made: Drafted, out: Path, settings: Settings, screen: Screen) -> None:
    from rag.text.terminal import safe

    screen.show(
        f"{len(made.cases)} cases from {made.n_articles} articles, {made.n_unanswerable} of them "
        f"to be refused: {safe(str(out))}"
    )
    named = " ".join(f"-a {article}" for article in settings.articles) or "-a seeds/"
    screen.notice(f"read and correct them, then: rag eval --cases {out} {named}")
