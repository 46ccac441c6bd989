"""The commands of a chat: what a line that begins with a slash may say."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rag.cli.chat.chat import Chat


class Offer(str):
    """What the tabulator offers, with a few words beside it that are shown and not typed.

    Attributes:
        meaning: those words, as they come from an article: whoever shows them makes them safe.
    """

    meaning: str

    def __new__(cls, text: str, meaning: str = "") -> Offer:
        offer = super().__new__(cls, text)
        offer.meaning = meaning
        return offer


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: without the slash; aliases: other names of it.
        arguments: what may stand behind the name, as ``/help`` shows it: ``N``, ``[NAME]``.
        meaning: one line for ``/help``.
        run: does it; gets what stood behind the name, without blanks around it.
        complete: what the tabulator offers behind the name, some of it perhaps an ``Offer``; None:
            nothing.
    """

    name: str
    arguments: str
    meaning: str
    run: Callable[[Chat, str], None]
    complete: Callable[[Chat], Iterable[str]] | None = None
    aliases: tuple[str, ...] = ()


class Commands:
    """The commands of a chat by name."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.all = tuple(commands)
        self._by_name = {name: c for c in self.all for name in (c.name, *c.aliases)}

    def find(self, name: str) -> Command | None:
        """The command called ``name`` (without the slash, in any case)."""
        return self._by_name.get(name.casefold())

    def nearest(self, unknown: str) -> str:
        """What to say of a command that does not exist: the nearest one, or where to find all."""
        near = difflib.get_close_matches(unknown.casefold(), list(self._by_name), n=1)
        return f"did you mean /{near[0]}?" if near else "/help lists all"
