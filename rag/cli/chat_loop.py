"""The loop of a chat: read a line, do what it says, and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from rich.text import Text

from rag.assistant.events import Event
from rag.chat.session import ChatSession
from rag.cli import edge
from rag.cli.ask import show_events
from rag.cli.chat_commands import COMMANDS, LEAVING, nearest_command
from rag.cli.explain import show_usage
from rag.cli.progress import Activity
from rag.cli.render import show_disputes, show_refusal, show_sources
from rag.cli.screen import Screen
from rag.errors import RagError

LEAVE_HINT = "press Ctrl-D or type /quit to leave"


class LineReader(Protocol):
    """Where lines come from.

    Attributes:
        is_interactive: whether somebody sits there, who is greeted and given hints.
    """

    is_interactive: bool

    def read(self) -> str:
        """The next line.

        Raises:
            EOFError: there is none.
            KeyboardInterrupt: Ctrl-C on an empty line.
        """


class PlainLines:
    """The lines of a pipe or a file; blank ones are left out."""

    is_interactive = False

    def __init__(self, stdin: BinaryIO) -> None:
        self._stdin = stdin

    def read(self) -> str:
        """The next line that is not blank; bytes that are no UTF-8 become ``\\ufffd``."""
        while line := self._stdin.readline():
            text = line.decode("utf-8", "replace").lstrip("\ufeff").strip()
            if text:
                return text
        raise EOFError


class ChatLoop:
    """Carries a conversation between a reader and the screen."""

    def __init__(self, session: ChatSession, screen: Screen, activity: Activity) -> None:
        self._session = session
        self._screen = screen
        self._activity = activity
        self._n_failed = 0

    def run(self, reader: LineReader, *, greeting: str) -> int:
        """Talk until the reader ends or the user leaves; how many questions failed."""
        if reader.is_interactive:
            self._screen.notice(f"{greeting}. /help lists the commands, Ctrl-D leaves.")
        while True:
            try:
                line = reader.read().strip()
            except EOFError:
                break
            except KeyboardInterrupt:
                if not reader.is_interactive:
                    raise
                self._screen.notice(LEAVE_HINT)
                continue
            if line.casefold() in LEAVING:
                break
            if line:
                self._turn(line, keeps_going=reader.is_interactive)
        return self._n_failed

    def _turn(self, line: str, *, keeps_going: bool) -> None:
        try:
            if line.startswith("/"):
                self._command(line)
            else:
                self._answer(line, self._session.ask_stream(line))
        except RagError as exc:
            self._n_failed += 1
            edge.show_traceback(exc)
            edge.report(edge.failure_of(exc), as_json=False)
        except KeyboardInterrupt:
            if not keeps_going:
                raise
            self._screen.notice("stopped; the chat goes on")

    def _command(self, line: str) -> None:
        match line.split()[0].casefold():
            case "/help" | "/?":
                self._help()
            case "/sources":
                self._sources()
            case "/retry":
                self._answer(self._session.question, self._session.retry_stream())
            case "/clear":
                self._session.clear()
                self._screen.notice("the conversation is forgotten")
            case unknown:
                self._screen.notice(f"unknown command {unknown}; {nearest_command(unknown)}")

    def _answer(self, question: str, events: Iterator[Event]) -> None:
        screen = self._screen
        self._activity.wait("reading the articles")
        answer = show_events(screen, events, self._activity, question=question)
        if answer.refused:
            show_refusal(screen, answer)
        else:
            show_disputes(screen, answer)
            show_sources(screen, answer)
        if screen.verbose:
            show_usage(screen, answer)
        screen.show()
        screen.out.file.flush()

    def _help(self) -> None:
        for name, meaning in COMMANDS.items():
            self._screen.say(Text.assemble((f"{name:<10}", "bold"), meaning))

    def _sources(self) -> None:
        answer = self._session.last
        if answer is None or answer.refused:
            self._screen.notice("the last question has no sources")
        else:
            show_sources(self._screen, answer)
