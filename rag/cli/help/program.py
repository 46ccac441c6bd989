"""How the program lists its commands, and the help of one of them: ``rag help COMMAND``."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rag.cli.values import convert_only_what_must_be

SECTIONS = {
    "Ask": ("ask", "chat", "search", "check"),
    "Articles and chats": ("index", "status", "sessions"),
    "Models and settings": ("model", "config", "doctor"),
    "Quality": ("eval",),
    "Help": ("help", "completion"),
}
"""The commands by what they are for, in the order of the help."""
EPILOG = """\
\b
Examples:
  rag help ask
  rag help model pull
"""


class Program(TyperGroup):
    """The program: its commands listed by what they are for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for command in self.commands.values():
            _say_plainly(command)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters in front of the command."""
        return convert_only_what_must_be(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None if there is none."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            convert_only_what_must_be(command.get_params(ctx))
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections; a command that has no place in them comes under ``Others``."""
        placed = {name for names in SECTIONS.values() for name in names}
        others = tuple(name for name in self.commands if name not in placed)
        width = max(map(len, self.commands))
        for title, names in (*SECTIONS.items(), ("Others", others)):
            shown = [name for name in names if name in self.commands]
            rows = [(f"{name:<{width}}", self._summary(name, formatter, width)) for name in shown]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the sections."""
        order = [name for names in SECTIONS.values() for name in names]
        return sorted(
            self.commands, key=lambda name: order.index(name) if name in order else len(order)
        )

    def _summary(self, name: str, formatter: Any, width: int) -> str:
        return self.commands[name].get_short_help_str(formatter.width - 6 - width)


def _say_plainly(command: Any) -> None:
    """Take the names of types away from arguments: typer 0.29 writes ``QUESTION <list[str]>`` in
    the list and ``{QUERY}...`` in the usage line."""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = parameter.metavar + ("..." if parameter.nargs != 1 else "")
            usage = name if parameter.required else f"[{name}]"
            parameter.display_type_rich = lambda **_: ""
            parameter._usage_display_name = lambda usage=usage: usage
    for member in getattr(command, "commands", {}).values():
        _say_plainly(member)


def help_command(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="None: the whole program.", show_default=False),
    ] = None,
) -> None:
    """Show the help of a command."""
    from difflib import get_close_matches

    from rag.errors import UsageError

    root: Any = context.find_root()
    found, path, there = root.command, "rag", root
    for name in command or ():
        members = getattr(found, "commands", {})
        if name not in members:
            near = get_close_matches(name, members, n=1)
            hint = f"rag help {path.removeprefix('rag')} {near[0]}" if near else f"{path} --help"
            raise UsageError(f"{path} has no command {name!r}", hint=" ".join(hint.split()))
        found, path = members[name], f"{path} {name}"
        there = found.make_context(name, [], parent=there, resilient_parsing=True)
    typer.echo(found.get_help(there))
