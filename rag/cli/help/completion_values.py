"""What the tabulator offers behind an option or as an argument: names that are known on this
machine.

Everything is looked up where it lies and nothing is opened that costs time: no index, no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could stand there. ``meaning``: a line about it; may be empty."""

    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """What may stand in a place.

    Attributes:
        names: finds the names that are known, by the arguments before; None: there are none.
        takes_files: whether the path of a file may stand there.
        takes_folders: whether the path of a folder may stand there (and no file).
    """

    names: Callable[[Sequence[str]], Iterable[Offer]] | None = None
    takes_files: bool = False
    takes_folders: bool = False


def _corpora(_: Sequence[str]) -> Iterable[Offer]:
    from rag.corpora import known_corpora

    for corpus in known_corpora():
        if corpus.name:
            yield Offer(corpus.name, ", ".join(corpus.settings.articles))


def _known_models(_: Sequence[str]) -> Iterable[Offer]:
    from rag.models.catalogue import CATALOGUE

    return [Offer(entry.name, f"{entry.size_bytes / 1e9:.1f} GB") for entry in CATALOGUE]


def _pulled_models(_: Sequence[str]) -> Iterable[Offer]:
    from rag.models.files import installed

    return [Offer(entry.name) for entry in installed()]


def _settings(_: Sequence[str]) -> Iterable[Offer]:
    from rag.setting_values import KEYS, meaning

    return [Offer(key, meaning(key)) for key in KEYS if key != "corpus"]


def _engines(_: Sequence[str]) -> Iterable[Offer]:
    from rag.setting_values import choices

    return [Offer(name) for name in choices("engine")]


def _setting_values(given: Sequence[str]) -> Iterable[Offer]:
    """What the setting may be that the first argument names, if that can be listed."""
    from rag.setting_values import choices

    key = given[0].rpartition(".")[2]
    return [Offer(value) for value in choices(key)]


def _shells(_: Sequence[str]) -> Iterable[Offer]:
    from rag.cli.help.completion import SHELLS

    return [Offer(name) for name in SHELLS]


def _kinds(_: Sequence[str]) -> Iterable[Offer]:
    from rag.evaluation.types import CaseKind

    return [Offer(kind.value) for kind in CaseKind]


def _commands(given: Sequence[str]) -> Iterable[Offer]:
    """The commands behind those that were named."""
    import typer

    from rag.cli.app import app

    place: Any = typer.main.get_command(app)
    for name in given:
        place = place.commands[name]
    return [Offer(name, member.get_short_help_str(60)) for name, member in place.commands.items()]


def _runs(_: Sequence[str]) -> Iterable[Offer]:
    """Runs of ``rag eval``, the newest first."""
    from rag.evaluation.journal import runs_dir

    return [Offer(folder.name) for folder in sorted(runs_dir().iterdir(), reverse=True)]


def _chats(_: Sequence[str]) -> Iterable[Offer]:
    """The kept chats, by name where they have one, the one used last first."""
    from rag.chat.store import SessionStore

    return [Offer(info.name or info.id, info.title) for info in SessionStore().infos()]


FILES = Values(takes_files=True)
FOLDERS = Values(takes_folders=True)
NOTHING = Values()

VALUES: dict[str, Values] = {
    "articles": FILES,
    "cases": FILES,
    "context": NOTHING,
    "corpus": Values(_corpora),
    "endpoint": NOTHING,
    "engine": Values(_engines),
    "gpu_layers": Values(lambda _: [Offer("auto"), Offer("0")]),
    "ignore": FILES,
    "in_": FILES,
    "include": FILES,
    "index": FOLDERS,
    "kind": Values(_kinds),
    "model": Values(_pulled_models, takes_files=True),
    "passages": NOTHING,
    "since": NOTHING,
    "suite": FILES,
    "threads": NOTHING,
    "until": NOTHING,
    "n_cases": NOTHING,
    "seed": NOTHING,
    "rag ask question": NOTHING,
    "rag chat resume": Values(_chats),
    "rag check file": FILES,
    "rag check threshold": NOTHING,
    "rag completion shell": Values(_shells),
    "rag config show key": Values(_settings),
    "rag config set key": Values(_settings),
    "rag config set values": Values(_setting_values, takes_files=True),
    "rag config unset key": Values(_settings),
    "rag eval baseline": FILES,
    "rag eval compare after": Values(_runs, takes_folders=True),
    "rag eval compare before": Values(_runs, takes_folders=True),
    "rag eval convert out": FOLDERS,
    "rag eval convert source": FILES,
    "rag eval draft out": FILES,
    "rag eval junit": FILES,
    "rag eval limit": NOTHING,
    "rag eval report run": Values(_runs, takes_folders=True),
    "rag eval resume": Values(_runs),
    "rag help command": Values(_commands),
    "rag index paths": FILES,
    "rag model pull name": Values(_known_models),
    "rag search query": NOTHING,
    "rag search open_": NOTHING,
    "rag ask jsonl": FILES,
    "rag sessions export format_": Values(lambda _: map(Offer, ("md", "html", "json"))),
    "rag sessions export output": FILES,
    "rag sessions export session": Values(_chats),
    "rag sessions delete sessions": Values(_chats),
    "rag sessions search text": NOTHING,
    "rag sessions show session": Values(_chats),
    "rag model path model": Values(_pulled_models),
}
"""By the name of the parameter; with the path of its command before it where that matters."""


def values_of(path: str, parameter: str) -> Values | None:
    """What may stand for ``parameter`` of the command ``path`` (``rag model pull``); None if
    nobody has said."""
    return VALUES.get(f"{path} {parameter}", VALUES.get(parameter))
