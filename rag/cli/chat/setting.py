"""Commands that change how it is answered: any setting, and which articles alone are asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rag.cli.chat.altering import with_corpus, with_values
from rag.cli.chat.busy import busy
from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.chat.standing import Row, say_rows
from rag.cli.chat.words import split
from rag.cli.config.report import DEFAULT, setting_rows, value_text
from rag.errors import UsageError
from rag.setting_values import KEYS, LIST_KEYS, Settings, allowed, checked, choices, meaning

_ON_OFF = ("on", "off")


def _quote(chat: Chat, given: str) -> None:
    if given.casefold() not in ("", *_ON_OFF):
        raise UsageError(f"/quote {given} is neither on nor off", hint="/quote on")
    wanted = given.casefold() or _ON_OFF[chat.desk.settings.quote]
    _change(chat, "quote", wanted)


def _set(chat: Chat, given: str) -> None:
    words = split(given)
    if not words:
        _show_changed(chat)
    elif len(words) == 1 and "=" not in given:
        _show_one(chat, words[0])
    else:
        key, values = _key_and_values(words)
        _change(chat, key, values if key in LIST_KEYS else " ".join(values))


def _key_and_values(words: list[str]) -> tuple[str, list[str]]:
    """``key value``, ``key = value`` and ``key=value`` are the same."""
    key, is_equation, value = words[0].partition("=")
    rest = words[1:]
    if is_equation:
        return key, [value, *rest] if value or not rest else rest
    return key, rest[1:] if rest[0] == "=" else rest


def _change(chat: Chat, key: str, value: Any) -> None:
    now = chat.desk.settings
    if key == "corpus":
        changed = with_corpus(now, str(value), first=chat.desk.first_settings)
    else:
        changed = with_values(now, {key: value})
    with busy(chat, f"setting {key}"):
        chat.desk.change(changed)
    chat.screen.notice(f"{key}: {_value(chat.desk.settings, key)}")


def _show_changed(chat: Chat) -> None:
    rows = [row for row in setting_rows(chat.desk.settings) if row.source != DEFAULT]
    shown = [(row.name, f"{value_text(row.value) or 'empty'} ({row.source})") for row in rows]
    say_rows(chat.screen, shown, width=_width(shown))
    others = "every setting has its default; " if not rows else ""
    chat.screen.notice(
        f"{others}/set KEY VALUE changes one for this chat, rag config set KEY VALUE for good"
    )


def _show_one(chat: Chat, key: str) -> None:
    if key not in KEYS:
        checked(key, "", "/set")  # says which one is near
    row = next(row for row in setting_rows(chat.desk.settings) if row.name == key)
    rows: list[Row] = [
        (key, f"{_value(chat.desk.settings, key)} ({row.source})"),
        ("meaning", meaning(key)),
        ("values", allowed(key)),
    ]
    say_rows(chat.screen, rows, width=_width(rows))


def _value(settings: Settings, key: str) -> str:
    return value_text(getattr(settings, key)) or "empty"


def _set_offers(chat: Chat) -> Iterable[str]:
    yield from KEYS
    for key in KEYS:
        is_switch = isinstance(getattr(chat.desk.settings, key), bool)
        for value in _ON_OFF if is_switch else choices(key):
            if value:
                yield f"{key} {value}"


def _in(chat: Chat, given: str) -> None:
    _narrow(chat, in_=(given,) if given else ())


def _since(chat: Chat, given: str) -> None:
    _narrow(chat, since=given)


def _until(chat: Chat, given: str) -> None:
    _narrow(chat, until=given)


def _narrow(chat: Chat, **limits: Any) -> None:
    """Ask only what lies within the limits; an empty one is taken away."""
    with busy(chat, "choosing articles"):
        chat.desk.change(scope=replace(chat.desk.scope, **limits))
    chat.screen.notice(f"asked from now on: {chat.desk.within or 'every article'}")


def _titles(chat: Chat) -> Iterable[str]:
    return chat.desk.titles()


def _width(rows: Iterable[Row]) -> int:
    return max((len(name) for name, _ in rows), default=0) + 2


COMMANDS: tuple[Command, ...] = (
    Command("quote", "[on|off]", "only the articles' own sentences", _quote, lambda _: _ON_OFF),
    Command("set", "[KEY [VALUE]]", "settings; or change one for this chat", _set, _set_offers),
    Command("in", "[TEXT]", "ask only articles with TEXT in title or path", _in, _titles),
    Command("since", "[DATE]", "ask only articles from DATE on", _since),
    Command("until", "[DATE]", "ask only articles up to DATE", _until),
)
