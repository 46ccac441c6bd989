"""The program: its commands, and the way every error leaves it.

Importing this module loads nothing heavy: the commands import what they need when they run.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from copy import copy
from typing import Annotated, Any

import typer

import rag
from rag.cli import doctor, edge, search
from rag.cli.ask import command as ask
from rag.cli.chat import command as chat
from rag.cli.check import command as check
from rag.cli.config.command import config_app
from rag.cli.eval.command import eval_app
from rag.cli.help import completion, program
from rag.cli.index import command as index
from rag.cli.model.command import model_app
from rag.cli.sessions.command import sessions_app
from rag.cli.status import command as status

EPILOG = """\
\b
Examples:
  rag index ~/articles                  (later only what changed is read)
  rag ask "What did the council decide about the bridge?"
  rag chat
  rag ask "Who may use Llama 3 commercially?" -a seeds/
  rag model pull llama-3.2-3b           (a Llama model writes the answers)

\b
Exit codes:
  0    answered (or done)
  1    error
  2    usage: the command line or a setting is wrong
  3    refused: the articles do not say
  4    something is not supported (check), or an eval gate failed
  130  interrupted

\b
Settings come from flags, RAG_* variables, rag.toml and the user's file,
in this order. Nothing leaves this machine, except by "rag model pull" and,
with --engine endpoint, to the server that you name.
"""

app = typer.Typer(
    name="rag",
    rich_markup_mode=None,  # plain help: starts twice as fast, and "[1]" is not markup
    cls=program.Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
    add_completion=False,  # `rag completion` prints scripts that evaluate nothing and load less
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rag {rag.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Answer questions from a folder of articles, with every sentence cited and checked."""
    if context.invoked_subcommand is None:
        from rag.cli.help.next_step import next_step
        from rag.text.terminal import safe

        typer.echo(f"{context.get_help()}\n\n{safe(next_step(), keep_newlines=True)}")


app.command("ask", epilog=ask.EPILOG)(ask.ask_command)
app.command("chat", epilog=chat.EPILOG)(chat.chat_command)
app.command(
    "check",
    epilog=check.EPILOG,
    short_help="Check each sentence of a text against the articles.",
)(check.check_command)
app.command("search", epilog=search.EPILOG)(search.search_command)
app.command("index", epilog=index.EPILOG)(index.index_command)
app.command(
    "status",
    epilog=status.EPILOG,
    short_help="Show what is indexed, what has changed, what was left out.",
)(status.status_command)
app.add_typer(sessions_app, name="sessions")
app.add_typer(model_app, name="model")
app.add_typer(eval_app, name="eval")
app.add_typer(config_app, name="config")
app.command("doctor", epilog=doctor.EPILOG)(doctor.doctor_command)
app.command("help", epilog=program.EPILOG)(program.help_command)
app.command("completion", epilog=completion.EPILOG)(completion.completion_command)


_OF_ALL = ("help", "completion")
"""Commands that are about all of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` (default: those of the process); the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _make_streams_forgiving()
    if arguments[:1] == [completion.ASKED]:
        return completion.answer(typer.main.get_command(app), arguments[1:])
    _calm_libraries()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        code = 1
    return code


def _run(arguments: Sequence[str]) -> int:
    try:
        result = _program(arguments).main(arguments, prog_name="rag", standalone_mode=False)
        code = result if isinstance(result, int) else 0
        if code != edge.INTERRUPTED:
            return code
        error: BaseException = KeyboardInterrupt()  # typer turned it into a status
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as exc:
        edge.show_traceback(exc)
        error = exc
    failure = edge.failure_of(error, corpus=_corpus_of(arguments))
    edge.report(failure, as_json=_wants_json(arguments))
    return failure.exit_code


def _program(arguments: Sequence[str]) -> Any:
    """The program with the one command that comes first, if it is one that knows nothing of the
    others; else with all of them, which take twenty times as long to make."""
    named = [made for made in app.registered_commands if [made.name] == arguments[:1]]
    if not named or named[0].name in _OF_ALL:
        return typer.main.get_command(app)
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = named, []
    return typer.main.get_command(alone)


def _corpus_of(arguments: Sequence[str]) -> str:
    """The corpus in use, as well as can be told of a command line that may be wrong."""
    from rag.errors import RagError
    from rag.settings import load

    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    named = [value for option, value in pairs if option in ("-c", "--corpus")]
    named += [a.partition("=")[2] for a in arguments if a.startswith("--corpus=")]
    try:
        return load({"corpus": named[-1] if named else None}).corpus
    except (RagError, OSError):  # it is what is wrong, or cannot be told
        return ""


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether ``--json`` or ``--jsonl`` was given: known even when the rest of the command line is
    wrong."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(option in ("--json", "--jsonl") or option[:8] == "--jsonl=" for option in options)


def _make_streams_forgiving() -> None:
    """A stream that is closed takes everything and gives nothing; a character that the terminal's
    encoding lacks is written escaped."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for good
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _calm_libraries() -> None:
    """Warnings and log lines of libraries are for developers: RAG_DEBUG shows them."""
    if edge.is_debugging():
        logging.basicConfig(level=logging.DEBUG)
    else:
        logging.getLogger().addHandler(logging.NullHandler())
        if not sys.warnoptions:
            warnings.simplefilter("ignore")


def _silence_stdout() -> None:
    """The reader has gone: what is still buffered goes nowhere, without a complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
