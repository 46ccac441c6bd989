"""From a citation to its place in the article: in the user's editor, else in the pager.

Nothing here is handed to ``xdg-open`` or ``open``: they choose a program by what a file says it is,
and a file of articles may come from anybody. An editor is the user's own choice, and gets an
absolute path. What has no lines an editor could go to (PDF, DOCX, EPUB) is shown in the pager, as
the text that was read.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from rag.cli.opening import handover, pager
from rag.cli.opening.editors import EDITOR_HINT, at_line, chosen_editor, program_name
from rag.cli.opening.kept_articles import FileState
from rag.cli.opening.view import MARGIN, Page, View, page_of
from rag.cli.show.screen import Screen, write
from rag.cli.show.wrapping import wrapped
from rag.text.paths import shown_path
from rag.types import PlaceUnit

_MAX_BYTES = 64 * 1024 * 1024
"""In a changed file larger than this a quote is not looked for."""

_MOST_FOLDED = 400_000
"""Characters from which the pager breaks the lines itself: nobody waits for neat ones."""
_LINES_ABOVE = 5
"""Lines above the passage for a pager that cannot be told where to begin."""


def open_view(screen: Screen, view: View, *, interactive: bool) -> None:
    """Open what is looked at and wait until it is closed; where nobody sits, print its place.

    Raises:
        UsageError: $VISUAL, $EDITOR or $PAGER is no command, or cannot be started.
    """
    if not (interactive and sys.stdin.isatty() and screen.out.is_terminal):
        _say_state(screen, view)
        screen.show(view.where)
        return
    editor = chosen_editor() if view.unit is PlaceUnit.LINE else None
    if editor is None or view.state is FileState.GONE:
        _say_state(screen, view)
        _show(screen, view)
    else:
        _edit(screen, view, editor)


def _edit(screen: Screen, view: View, editor: list[str]) -> None:
    line = view.place.first
    if view.state is FileState.CHANGED:
        moved_to = _line_now(view)
        if moved_to is None:
            _say_state(screen, view)
            _print(screen, page_of(view))
        else:
            line = moved_to
            screen.notice(f"{_name(view)} has changed since it was read; this is line {line} now")
    path = str(Path(view.source).absolute())
    status = handover.run(at_line(editor, path, line), hint=EDITOR_HINT)
    _say_status(screen, editor[0], status)


def _show(screen: Screen, view: View) -> None:
    page = page_of(view)
    command = None if screen.out.is_dumb_terminal else pager.chosen_pager()
    if command is None:
        _print(screen, page)
        return
    above = _folded(page.lines[: page.first], screen.out.width)
    below = _folded(page.lines[page.first :], screen.out.width)
    if not pager.goes_to_line(command):
        above = above[-_LINES_ABOVE:]
    text = "\n".join((*page.head, *above, *below, ""))
    status = pager.page(command, text, line=len(page.head) + len(above) + 1)
    _say_status(screen, command[0], status)


def _folded(lines: Sequence[str], width: int) -> list[str]:
    """``lines`` broken between words: a pager breaks them anywhere."""
    if sum(map(len, lines)) > _MOST_FOLDED:
        return list(lines)
    folded = (wrapped(Text(line), width, hanging=MARGIN) for line in lines)
    margin = " " * MARGIN
    return [
        margin + part.plain if number else part.plain
        for parts in folded
        for number, part in enumerate(parts)
    ]


def _print(screen: Screen, page: Page) -> None:
    for line in (*page.head[:-1], *page.around):
        write(screen.out, Text(line), hanging=MARGIN)


def _say_state(screen: Screen, view: View) -> None:
    if view.state is FileState.GONE:
        screen.notice(f"{_name(view)} is gone; this is what was read of it")
    elif view.state is FileState.CHANGED:
        screen.notice(f"{_name(view)} has changed since it was read; this is as it was")


def _say_status(screen: Screen, program: str, status: int) -> None:
    if status < 0:
        if screen.err.is_terminal and not screen.err.is_dumb_terminal:
            screen.err.file.write(handover.LEFT_BY_FORCE)
        name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
        screen.notice(f"{program_name(program)} was ended by {name}")
    elif status:
        screen.notice(f"{program_name(program)} ended with status {status}")


def _line_now(view: View) -> int | None:
    """The line on which the quote stands in the changed file; None if it does not, once."""
    try:
        path = Path(view.source)
        if path.stat().st_size > _MAX_BYTES:
            return None
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    found = text.find(view.quote) if view.quote.strip() else -1
    return text.count("\n", 0, found) + 1 if found >= 0 else None


def _name(view: View) -> str:
    return shown_path(view.source)
