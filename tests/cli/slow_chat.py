"""A chat with an assistant that takes its time: run by the terminal tests, in a real terminal.

slow_chat.py FOLDER [KEY=VALUE...]

The folder takes the history; an answer waits for a file ``go`` in it, which is taken away. The
rest are settings.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rag.assistant.events import Event, Finished, Retrieved, Shown
from rag.chat.session import ChatSession
from rag.cli.chat import live
from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.chat.loop import ChatLoop
from rag.cli.chat.prompt import Prompt
from rag.cli.chat.registry import COMMANDS
from rag.cli.show.progress import Activity
from rag.cli.show.screen import Screen
from rag.errors import EngineError
from rag.retrieval.scope import EVERYTHING
from rag.settings import Settings
from rag.types import Answer, Passage, Turn
from tests.cli.answers import answer, evidence, sentence

STORY = 40


class Slow:
    """A desk that waits for a file before each answer; some questions make it behave otherwise."""

    engine_name = "slow"
    scope = EVERYTHING

    def __init__(self, folder: Path, screen: Screen) -> None:
        self._go = folder / "go"
        self._screen = screen
        self.settings = Settings()

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        yield Retrieved(question, (), (), ())
        said = sentence(f"After {len(history)} turns: {question} [1].", evidence())
        match question.split()[0]:
            case "begun":  # it has begun to speak before it waits
                yield Shown(said)
            case "story":
                for number in range(STORY):
                    yield Shown(sentence(f"This is sentence {number} of a story [1].", evidence()))
                said = sentence("So it ends [1].", evidence())
            case "stray":
                yield Shown(sentence("It begins [1].", evidence()))
                print("a stray line", file=sys.stderr)  # noqa: T201
                self._screen.notice("a notice")
            case "count":
                chat.activity.start("counting", 5, "beans")
                chat.activity.advance(3)
            case "broken":
                live.clipped = _broken
        self._wait()
        if question.startswith("crash"):
            raise MemoryError
        if question.startswith("error"):
            raise EngineError("the engine broke", hint="mend it")
        yield Shown(said)
        yield Finished(self._whole(said))

    def _wait(self) -> None:
        while not self._go.exists():
            time.sleep(0.01)
        self._go.unlink()

    @staticmethod
    def _whole(said) -> Answer:
        return answer(said)


def _broken(*_: object) -> str:
    raise ZeroDivisionError("in the thread of the prompt")


def _names(_: Chat) -> Iterable[str]:
    return ("bakery.md", "rye and wheat.md", "evil\x1b[2J.md")


if __name__ == "__main__":
    home, *values = sys.argv[1:]
    COMMANDS.__init__(  # type: ignore[misc]
        (
            *COMMANDS.all,
            Command("pick", "NAME", "for the tests", lambda c, s: c.screen.notice(s), _names),
        )
    )
    (Path(home) / "pid").write_text(str(os.getpid()))
    screen = Screen(quiet="quiet" in values)
    desk = Slow(Path(home), screen)
    if "forget" in values:
        desk.settings = Settings(history=False)
    prompt = Prompt(lambda: chat, Path(home) / "state" / "chat-history")
    chat = Chat(ChatSession(desk), screen, Activity(screen), prompt, desk)
    ChatLoop(chat).run(greeting="engine: slow")
