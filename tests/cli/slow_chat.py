"""A chat with an assistant that takes its time: run by the terminal tests, in a real terminal.

slow_chat.py HISTORY_FILE
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.assistant.events import Event, Finished, Retrieved, Shown
from rag.chat.session import ChatSession
from rag.cli.chat.chat import Chat
from rag.cli.chat.loop import ChatLoop
from rag.cli.chat.prompt import Prompt
from rag.cli.progress import Activity
from rag.cli.screen import Screen
from rag.retrieval.scope import EVERYTHING
from rag.settings import Settings
from rag.types import Answer, Passage, Turn
from tests.cli.answers import answer, evidence, sentence

PAUSE_S = 1.5


class Slow:
    """A desk that says one sentence after a pause, and ends a minute later if asked for "long"."""

    engine_name = "slow"
    settings = Settings()
    scope = EVERYTHING

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        yield Retrieved(question, (), (), ())
        time.sleep(PAUSE_S)
        said = sentence(f"After {len(history)} turns: {question} [1].", evidence())
        yield Shown(said)
        if question == "long":
            time.sleep(60)
        yield Finished(self._whole(said))

    @staticmethod
    def _whole(said) -> Answer:
        return answer(said)


if __name__ == "__main__":
    screen = Screen()
    desk = Slow()
    prompt = Prompt(lambda: chat, Path(sys.argv[1]))
    chat = Chat(ChatSession(desk), screen, Activity(screen), prompt, desk)
    ChatLoop(chat).run(greeting="engine: slow")
