"""``rag eval convert``: a question set of another project as articles and cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli import options

EPILOG = """\
\b
Examples:
  rag eval convert dev-v2.0.json -o squad/ -n 200
  rag eval --suite squad/suite.toml
  rag eval convert en.json -o rejection/ --negatives-only

\b
Both formats carry their own passages: they are written as articles, which the
suite indexes apart from yours. Every passage of every question is searched,
which is harder than the few passages that such a set hands over.
"""


def convert_command(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A SQuAD or RGB file.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="New folder for what is made.")
    ],
    n_cases: Annotated[
        int | None,
        typer.Option("-n", metavar="N", min=1, help="At most N cases, drawn from all."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the drawing.")] = 0,
    negatives_only: Annotated[
        bool,
        typer.Option(
            "--negatives-only", help="RGB: leave out what answers; every question is to be refused."
        ),
    ] = False,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Make articles and cases of a SQuAD or RGB file."""
    from rag.cli.json.output import write_json
    from rag.cli.show.screen import Screen
    from rag.evaluation.foreign.convert import convert
    from rag.text.terminal import safe
    from rag.types import as_json as plain

    made = convert(source, out, n_cases=n_cases, seed=seed, negatives_only=negatives_only)
    if as_json:
        record = plain(made) | {"folder": str(made.folder), "suite": str(made.suite)}
        write_json({"schema": "rag.eval-convert/1", **record})
        return
    screen = Screen(quiet=quiet)
    for reason, n in made.left_out.items():
        screen.notice(f"{n} questions left out: {reason}")
    screen.show(f"{made.format}: {made.n_cases} cases over {made.n_articles} articles")
    screen.show(safe(f"rag eval --suite {made.suite}"))
