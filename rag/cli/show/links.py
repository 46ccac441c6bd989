"""Links that a terminal opens (OSC 8): where they can be shown, and what they point to.

There is no way to ask a terminal; it is known by the variables that it sets.
Source: the note "Hyperlinks in terminal emulators" (OSC 8), and FORCE_HYPERLINK as other tools
read it.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.style import Style
from rich.text import Text

FORCE = "FORCE_HYPERLINK"
_PROGRAMS = frozenset(
    {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "rio", "Tabby"}
)
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour", "rio")
_SET_BY_KNOWN = ("KITTY_WINDOW_ID", "WT_SESSION", "GHOSTTY_RESOURCES_DIR", "DOMTERM")
_VTE_SOUND = 5001
"""VTE 0.50.0 (5000) was the first with links, and crashed on them."""
_KONSOLE_SOUND = 201200
_TMUX_SOUND = (3, 4)
"""From here tmux understands links, and leaves them out where the terminal around it has none."""


def shows_links(console: Console, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether ``console`` is a terminal that is known to have links, or said to by the user."""
    if not console.is_terminal or console.is_dumb_terminal or console.legacy_windows:
        return False
    if environ.get("TERM", "") in ("dumb", "linux"):
        return False
    forced = environ.get(FORCE)
    if forced is not None:
        return forced.strip().casefold() not in ("0", "false", "no", "off")
    return _is_known(environ)


def file_url(path: str) -> str:
    """``file://HOST/...`` for an absolute path, everything but letters and digits encoded; empty
    for what is no absolute path. The host tells a terminal that looks at another machine."""
    if not os.path.isabs(path):
        return ""
    if os.name == "nt":
        return Path(path).as_uri()
    try:
        return f"file://{_host()}{quote(os.fsencode(path), safe='/')}"
    except UnicodeEncodeError:  # no file can be called so
        return ""


def linked(text: Text, path: str) -> Text:
    """``text`` as a link to the file ``path``; as it is for what is no absolute path."""
    url = file_url(path)
    if url:
        text.stylize(Style(link=url))
    return text


def _is_known(environ: Mapping[str, str]) -> bool:
    program = environ.get("TERM_PROGRAM", "")
    term = environ.get("TERM", "")
    if "TMUX" in environ or program == "tmux":
        version = _numbers(environ.get("TERM_PROGRAM_VERSION", "")) if program == "tmux" else ()
        return version >= _TMUX_SOUND
    if "STY" in environ or term.startswith(("screen", "tmux")):
        return False
    return (
        program in _PROGRAMS
        or term.startswith(_TERMS)
        or any(environ.get(name) for name in _SET_BY_KNOWN)
        or _at_least(environ.get("VTE_VERSION", ""), _VTE_SOUND)
        or _at_least(environ.get("KONSOLE_VERSION", ""), _KONSOLE_SOUND)
    )


def _at_least(version: str, wanted: int) -> bool:
    return version.isascii() and version.isdigit() and len(version) < 10 and int(version) >= wanted


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]{1,4}", version)[:2])


@lru_cache
def _host() -> str:
    return quote(platform.node(), safe="")
