"""The loop of a chat: read a line, do what it says, and again."""

from __future__ import annotations

from rag.cli import edge
from rag.cli.chat.chat import Chat, Leave
from rag.cli.chat.registry import COMMANDS
from rag.errors import RagError

LEAVE_HINT = "press Ctrl-D or type /quit to leave"
_LEAVING = frozenset({"quit", "exit"})
"""Words that leave without a slash: nobody asks the articles for them."""


class ChatLoop:
    """Carries a conversation between a reader and the screen."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._n_failed = 0

    def run(self, *, greeting: str) -> int:
        """Talk until the reader ends or the user leaves; how many questions failed."""
        reader, screen = self._chat.reader, self._chat.screen
        if reader.is_interactive:
            screen.notice(f"{greeting}. /help lists the commands, Ctrl-D leaves.")
        while True:
            try:
                line = reader.read().strip()
            except EOFError:
                break
            except KeyboardInterrupt:
                if not reader.is_interactive:
                    raise
                screen.notice(LEAVE_HINT)
                continue
            if line.casefold() in _LEAVING:
                break
            try:
                self._turn(line, keeps_going=reader.is_interactive)
            except Leave:
                break
        return self._n_failed

    def _turn(self, line: str, *, keeps_going: bool) -> None:
        try:
            if line.startswith("/"):
                self._command(line[1:])
            elif line.startswith("!"):
                self._command(f"open {line[1:]}")
            elif line:
                self._chat.answer(line, self._chat.session.ask_stream(line))
        except RagError as exc:
            self._n_failed += 1
            edge.show_traceback(exc)
            corpus = self._chat.desk.settings.corpus
            edge.report(edge.failure_of(exc, corpus=corpus), as_json=False)
        except KeyboardInterrupt:
            if not keeps_going:
                raise
            self._chat.screen.notice("stopped; the chat goes on")

    def _command(self, line: str) -> None:
        name, _, rest = line.strip().partition(" ")
        command = COMMANDS.find(name)
        if command is None:
            self._chat.screen.notice(f"unknown command /{name}; {COMMANDS.nearest(name)}")
        else:
            command.run(self._chat, rest.strip())
