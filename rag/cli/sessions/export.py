"""``rag sessions export``: a kept chat as a file for others, or for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.export_file import (
    ExportFormat,
    exported,
    format_of,
    kept_conversation,
    place_of,
    write_export,
)

EPILOG = """\
\b
Examples:
  rag sessions export 1 > talk.md
  rag sessions export licence-work -o talk.html
  rag sessions export k3f9a2 --format json | jq -r '.answers[].answer'

\b
Every answer with its sources, quotes, verdicts and scores. A page (.html)
needs no network and runs nothing; JSON is as in docs/json.md. Without
--output it goes to stdout.
"""
_STDOUT = "-"


def export_command(
    session: Annotated[str, typer.Argument(metavar="ID|NAME", help="A chat of the list.")],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A file that ends in .md, .html or .json.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="What to write; default: what FILE ends in, else md.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="A file that is there already gives way.")
    ] = False,
) -> None:
    """Write a chat with all of its evidence: Markdown, a page, or JSON."""
    from rag.chat.store import SessionStore
    from rag.cli.show.screen import Screen
    from rag.text.paths import shown_path

    store, screen = SessionStore(), Screen()
    info = store.find(session)
    path = None if output in (None, _STDOUT) else place_of(output or "")
    kind = format_ or (format_of(path) if path else ExportFormat.MARKDOWN)
    text = exported(kept_conversation(info, store.answers(info.id)), kind)
    if path is None:
        screen.out.file.write(text)
        return
    write_export(path, text, replaces=force, hint="--force writes over it")
    screen.notice(f"written to {shown_path(Path(path))}")
