"""``rag sessions``: the chats that were kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options
from rag.cli.sessions import export as sessions_export

if TYPE_CHECKING:
    from rag.chat.store_rows import SessionInfo
    from rag.cli.show.screen import Screen

EPILOG = """\
\b
Examples:
  rag chat --continue
  rag sessions list
  rag sessions search licence
  rag sessions show 1
  rag sessions export 1 -o talk.html
  rag sessions delete k3f9a2

\b
Chats are kept in one file that only you can read, unless the setting history
is off (rag config set history off; or rag chat --no-history). A chat is named
by its id, its name (/save NAME in the chat), its number in the list, or the
beginning of id or name.
"""
LIST_EPILOG = """\
\b
Examples:
  rag sessions list
  rag sessions list --json
  rag sessions list | cut -f 1,7

\b
In a pipe, tabs stand between: id, last use (UTC), questions, corpus, engine,
name, first question.
"""
SEARCH_EPILOG = """\
\b
Examples:
  rag sessions search licence
  rag sessions search "trained on" --json

\b
Every word must begin a word of the question, the answer or the chat's name.
Exit codes: 0 found, 1 nothing found or error, 2 usage.
"""
SHOW_EPILOG = """\
\b
Examples:
  rag sessions show 1
  rag sessions show licence-work | less
"""
DELETE_EPILOG = """\
\b
Examples:
  rag sessions delete k3f9a2 licence-work
  rag sessions delete --all --yes

\b
What is deleted is overwritten in the file. Without a terminal, --yes is
needed.
"""
PATH_EPILOG = """\
\b
Examples:
  rag sessions path
"""

sessions_app = typer.Typer(
    help="List, search, show, export and delete kept chats.",
    epilog=EPILOG,
    rich_markup_mode=None,
)
NOTHING_FOUND = 1


@sessions_app.callback(invoke_without_command=True)
def _sessions(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@sessions_app.command("list", epilog=LIST_EPILOG)
def list_command(as_json: options.JsonOption = False) -> None:
    """Show the kept chats, the one used last first."""
    from rag.chat.store import SessionStore
    from rag.cli.json.output import write_json
    from rag.cli.sessions.table import sessions_record, show_sessions
    from rag.cli.show.screen import Screen

    infos, screen = SessionStore().infos(), Screen()
    if as_json:
        write_json(sessions_record(infos))
        return
    show_sessions(screen, infos)
    if not infos and screen.out.is_terminal:
        screen.notice("no chat is kept yet; rag chat begins one")


@sessions_app.command("search", epilog=SEARCH_EPILOG)
def search_command(
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="Words to look for.")],
    as_json: options.JsonOption = False,
) -> None:
    """Find the questions and answers that hold some words, best first."""
    from rag.chat.store import SessionStore
    from rag.cli.json.output import write_json
    from rag.cli.sessions.table import found_record, show_found
    from rag.cli.show.screen import Screen

    found, screen = SessionStore().search(" ".join(text)), Screen()
    if as_json:
        write_json(found_record(found))
    else:
        show_found(screen, found)
        if not found:
            screen.notice("no kept chat holds that")
    raise typer.Exit(0 if found else NOTHING_FOUND)


@sessions_app.command("show", epilog=SHOW_EPILOG)
def show_command(
    session: Annotated[str, typer.Argument(metavar="ID|NAME", help="A chat of the list.")],
) -> None:
    """Print a chat: its questions, answers and sources."""
    from rag.chat.store import SessionStore
    from rag.cli.sessions.show import show_chat
    from rag.cli.show.screen import Screen

    store = SessionStore()
    info = store.find(session)
    show_chat(Screen(quiet=not sys.stdout.isatty()), info, store.answers(info.id))


sessions_app.command("export", epilog=sessions_export.EPILOG)(sessions_export.export_command)


@sessions_app.command("delete", epilog=DELETE_EPILOG)
def delete_command(
    sessions: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID|NAME", help="Chats of the list.", show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every kept chat.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete chats for good."""
    from rag.chat.store import SessionStore
    from rag.cli.show.counted import counted
    from rag.cli.show.screen import Screen
    from rag.errors import UsageError

    store, screen = SessionStore(), Screen()
    if bool(sessions) == all_:
        raise UsageError("name the chats to delete, or give --all", hint="rag sessions list")
    chosen = store.infos() if all_ else [store.find(given) for given in sessions or ()]
    if chosen and not yes and not _is_wanted(screen, chosen):
        screen.notice("nothing was deleted")
        raise typer.Exit(1)
    n_deleted = store.delete([info.id for info in chosen])
    screen.notice(f"{counted(n_deleted, 'chat')} deleted")


def _is_wanted(screen: Screen, chosen: Sequence[SessionInfo]) -> bool:
    """Show what is to be deleted, and ask whoever sits there.

    Raises:
        UsageError: nobody sits there.
    """
    from rag.cli.sessions.table import show_sessions
    from rag.cli.show.counted import counted
    from rag.errors import UsageError

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked whether to delete", hint="--yes deletes unasked")
    show_sessions(screen, chosen, on_stderr=True)
    return typer.confirm(f"Delete {counted(len(chosen), 'chat')} for good?", err=True)


@sessions_app.command("path", epilog=PATH_EPILOG)
def path_command() -> None:
    """Print the path of the file that holds the kept chats."""
    from rag.chat.store import SessionStore
    from rag.cli.show.screen import Screen
    from rag.text.terminal import safe

    Screen().show(safe(str(SessionStore().path)))
