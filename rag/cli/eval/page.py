"""``rag eval report``: the page of a run, made anew and shown in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.cli import options

EPILOG = """\
\b
Examples:
  rag eval report
  rag eval report 20261120-154600 --open

\b
The path of the page is printed. It is one file that needs no network and no
script; a run writes it by itself when it ends, this command also does it for
a run that was stopped, or after the program was updated.
"""


def report_command(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="Name or folder of the run; default: the newest.",
            show_default=False,
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write the HTML report of a run."""
    from rag.cli.json.output import write_json
    from rag.cli.show.screen import Screen
    from rag.evaluation.html.again import write_page_again
    from rag.evaluation.journal import find_run, newest_run, runs_dir
    from rag.text.terminal import safe

    runs = runs_dir()
    page = write_page_again(find_run(runs, newest_run(runs) if run is None else run)).absolute()
    if as_json:
        write_json({"schema": "rag.eval-report/1", "report": str(page)})
    else:
        Screen(quiet=False, verbose=False).show(safe(str(page)))
    if open_ and typer.launch(page.as_uri()) != 0:
        typer.echo("note: no browser could be started", err=True)
