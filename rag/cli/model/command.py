"""``rag model``: the Llama model files of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen

EPILOG = """\
\b
Examples:
  rag model list
  rag model pull llama-3.2-3b
  rag model use llama-3.2-3b
  rag model use ~/models/my-llama.gguf
  rag model path
"""
PULL_EPILOG = """\
\b
Examples:
  rag model pull llama-3.2-1b
  RAG_MODELS_DIR=/big/disk rag model pull llama-3.1-8b

\b
The file is checked against its pinned size and sha256 before it is used.
Ctrl-C keeps what came; the same command goes on from there.
"""
USE_EPILOG = """\
\b
Examples:
  rag model use llama-3.2-3b
  rag model use ~/models/my-llama.gguf
"""
LIST_EPILOG = """\
\b
Examples:
  rag model list
  rag model list --json
"""
PATH_EPILOG = """\
\b
Examples:
  rag model path
  rag model path llama-3.2-1b
"""

model_app = typer.Typer(
    help="List, fetch and choose Llama models.", epilog=EPILOG, rich_markup_mode=None
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A model of `rag model list`.")]
FileArgument = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A model that was pulled, or a GGUF file.")
]


@model_app.callback(invoke_without_command=True)
def _model(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@model_app.command("list", epilog=LIST_EPILOG)
def list_command(as_json: options.JsonOption = False) -> None:
    """Show the models that are known by name.

    Size, licence, whether the file is here, whether it is the one in use.
    """
    from rag.cli.json.output import write_json
    from rag.cli.model.table import model_rows, show_models
    from rag.cli.show.screen import Screen

    rows = model_rows()
    if as_json:
        write_json({"schema": "rag.models/1", "models": [row.as_record() for row in rows]})
    else:
        show_models(Screen(), rows)


@model_app.command("pull", epilog=PULL_EPILOG)
def pull_command(name: NameArgument, quiet: options.QuietOption = False) -> None:
    """Fetch a model: the only command that uses the network."""
    from rag.cli.model.table import size_text
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen
    from rag.models import catalogue, download, files

    screen = Screen(quiet=quiet)
    entry = catalogue.entry(name)
    if entry not in files.installed():
        screen.notice(f"{entry.name} comes under the {entry.licence}: {entry.licence_url}")
        screen.notice(f"fetching {size_text(entry.size_bytes)} to {files.path_of(entry)}")
    with Activity(screen, in_bytes=True) as activity:
        path = download.pull(entry, progress=activity)
    screen.notice("its size and sha256 are the pinned ones")
    screen.show(_safe_path(str(path)))


@model_app.command("use", epilog=USE_EPILOG)
def use_command(model: FileArgument) -> None:
    """Make a model the one that answers from now on."""
    from rag.cli.show.screen import Screen
    from rag.models import files, trial

    screen = Screen()
    trial.ensure_loadable(files.resolve(model))
    chosen = files.use(model)
    _warn_of_settings(screen)
    screen.show(f"in use: {_safe_path(str(chosen.path))}")


@model_app.command("path", epilog=PATH_EPILOG)
def path_command(
    model: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A model; none: the one in use.", show_default=False),
    ] = None,
) -> None:
    """Print the path of a model's file."""
    from rag.cli.show.screen import Screen
    from rag.engines import PULL_HINT
    from rag.errors import ModelError
    from rag.models import files

    wanted = model or options.load_settings().model or files.active()
    if wanted is None:
        raise ModelError("no model is in use", hint=PULL_HINT)
    Screen().show(_safe_path(str(files.resolve(wanted).path)))


def _warn_of_settings(screen: Screen) -> None:
    """A setting outranks the choice: say so, or it would seem to have had no effect."""
    settings = options.load_settings()
    if settings.model:
        screen.notice(
            f"note: the setting model = {settings.model} ({settings.sources['model']}) goes first"
        )


def _safe_path(path: str) -> str:
    from rag.text.terminal import safe

    return safe(path)
