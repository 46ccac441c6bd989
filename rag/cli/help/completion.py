"""What the tabulator offers on a command line: ``rag completion SHELL`` and what its script asks.

The command line is walked here and not parsed by typer, which would load a validation library and
check values before every key. Each shell's script runs ``rag __complete SHELL WORD...``, the last
word being the one that is typed, and gets lines of text that it never evaluates: in the first
``words``, ``files`` or ``folders`` (what else may stand there), then a candidate each, value and
meaning with a tab between them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Annotated, Any

import typer

from rag.cli.help.completion_values import NOTHING, Offer, Values, values_of
from rag.text.terminal import disarmed

ASKED = "__complete"
"""The first word of a command line by which a script asks."""
SHELLS = {"bash": "rag.bash", "zsh": "_rag", "fish": "rag.fish", "powershell": "rag.ps1"}
"""Shells, and the files of their scripts."""
EPILOG = """\
\b
Examples:
  eval "$(rag completion bash)"      (a line for ~/.bashrc)
  source <(rag completion zsh)       (for ~/.zshrc, behind compinit)
  rag completion fish > ~/.config/fish/completions/rag.fish
  rag completion powershell >> $PROFILE

\b
Commands, options, settings, and the names of corpora, models and chats are
completed; no index and no model is opened for it. Exit codes: 0 done,
2 usage.
"""


def completion_command(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print a script for your shell: the Tab key then completes."""
    import difflib

    from rag.errors import UsageError

    if shell not in SHELLS:
        near = difflib.get_close_matches(shell, SHELLS, n=1) or ["bash"]
        known = ", ".join(SHELLS)
        raise UsageError(f"no script for {shell!r}: {known}", hint=f"rag completion {near[0]}")
    typer.echo(script(shell), nl=False)


def script(shell: str) -> str:
    """The script for ``shell``, one of ``SHELLS``."""
    folder = resources.files("rag.cli.help") / "completion_scripts"
    return (folder / SHELLS[shell]).read_text(encoding="utf-8")


def answer(program: Any, arguments: Sequence[str]) -> int:
    """Say what could stand in place of the last of ``arguments``, behind the name of the shell.

    Never fails: what goes wrong while somebody types is no error, there is only nothing to offer.
    """
    try:
        shell, *words = arguments
        text = "\n".join(_lines(program, _joined(words) if shell == "bash" else words))
    except Exception:  # a broken settings file, a folder that cannot be read: nothing is offered
        text = "words"
    sys.stdout.write(disarmed(text) + "\n")
    return 0


@dataclass(slots=True)
class _Place:
    """How far a command line was followed.

    Attributes:
        path: the command it has come to, as it is called.
        arguments: given to it so far.
        waiting: the option whose value comes next.
        only_arguments: whether ``--`` was there.
        used: the options that were given.
    """

    command: Any
    path: str = "rag"
    arguments: list[str] = field(default_factory=list)
    waiting: Any = None
    only_arguments: bool = False
    used: set[str] = field(default_factory=set)

    @property
    def members(self) -> dict[str, Any]:
        """The commands of a group, without those that are not shown."""
        members: dict[str, Any] = getattr(self.command, "commands", {})
        return {name: member for name, member in members.items() if not member.hidden}

    @property
    def options(self) -> list[Any]:
        context = typer.Context(self.command, info_name=self.path)
        found = self.command.get_params(context)
        return [item for item in found if item.param_type_name == "option" and not item.hidden]

    def option(self, name: str) -> Any:
        """The option called ``name``; None if there is none."""
        named = (o for o in self.options if name in (*o.opts, *o.secondary_opts))
        return next(named, None)

    def follow(self, word: str) -> None:
        """Go over one whole word."""
        if self.waiting is not None:
            self.waiting = None
        elif word == "--" and not self.only_arguments:
            self.only_arguments = True
        elif word.startswith("-") and len(word) > 1 and not self.only_arguments:
            self._follow_option(word)
        elif self.members:
            self.command = self.members[word]
            self.path, self.used = f"{self.path} {word}", set()
        else:
            self.arguments.append(word)

    def _follow_option(self, word: str) -> None:
        name, equals, _ = word.partition("=")
        if not word.startswith("--"):
            name, equals = f"-{word[-1]}", ""  # letters may stand together: the last takes a value
        option = self.option(name)
        self.used.add(name)
        if option is not None and _takes_value(option) and not equals:
            self.waiting = option


def _lines(program: Any, words: Sequence[str]) -> Iterator[str]:
    *whole, typed = words or [""]
    place = _Place(program)
    for word in whole:
        place.follow(word)
    name, equals, value = typed.partition("=")
    if place.waiting is not None:
        yield from _values(place, place.waiting, typed)
    elif typed.startswith("-") and not place.only_arguments:
        option = place.option(name)
        if equals and option is not None:
            yield from _values(place, option, value, before=f"{name}=")
        else:
            yield from _shown("words", _option_names(place), typed)
    elif place.members:
        members = place.members.items()
        offers = [Offer(key, member.get_short_help_str(60)) for key, member in members]
        yield from _shown("words", offers, typed)
    else:
        yield from _values(place, _argument(place), typed)


def _option_names(place: _Place) -> Iterator[Offer]:
    for option in place.options:
        names = (*option.opts, *option.secondary_opts)
        if option.multiple or not place.used.intersection(names):
            for name in names:
                if name.startswith("--"):
                    yield Offer(name, option.help or "")


def _argument(place: _Place) -> Any:
    """The argument that the next word would be; None if there is no room for one."""
    arguments = [item for item in place.command.params if item.param_type_name == "argument"]
    if len(place.arguments) < len(arguments):
        return arguments[len(place.arguments)]
    return arguments[-1] if arguments and arguments[-1].nargs == -1 else None


def _values(place: _Place, parameter: Any, typed: str, *, before: str = "") -> Iterator[str]:
    values: Values | None = None
    if parameter is not None:
        values = values_of(place.path, parameter.name)
    values = values or NOTHING
    also = "files" if values.takes_files else "folders" if values.takes_folders else "words"
    names = values.names(place.arguments) if values.names is not None else ()
    offers = (Offer(before + offer.value, offer.meaning) for offer in names)
    yield from _shown(also, offers, before + typed)


def _shown(also: str, offers: Iterable[Offer], typed: str) -> Iterator[str]:
    """The lines for a script. A name that could steer a terminal is left out, not changed: it
    would be another name."""
    from rag.text.terminal import safe

    yield also
    for offer in offers:
        if offer.value.startswith(typed) and safe(offer.value) == offer.value:
            yield f"{offer.value}\t{safe(' '.join(offer.meaning.split()))}"


def _takes_value(option: Any) -> bool:
    return not (option.is_flag or getattr(option, "count", False))


def _joined(words: Sequence[str]) -> list[str]:
    """The words of bash, which takes ``--name=value`` for three."""
    kept: list[str] = []
    for word in words:
        if word != "=" or not (kept and kept[-1].startswith("--")):
            kept.append(word)
    return [*kept, ""] if words and words[-1] == "=" else kept
