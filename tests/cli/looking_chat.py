"""A chat about two files in a folder: run by the tests of opening, in a real terminal.

looking_chat.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from rag.chat.session import ChatSession
from rag.cli.chat.chat import Chat
from rag.cli.chat.loop import ChatLoop
from rag.cli.chat.prompt import Prompt
from rag.cli.show.progress import Activity
from rag.cli.show.screen import Screen
from tests.cli.test_looking import Desk

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    screen = Screen()
    desk = Desk(folder)
    prompt = Prompt(lambda: chat, folder / "history")
    chat = Chat(ChatSession(desk), screen, Activity(screen), prompt, desk)
    ChatLoop(chat).run(greeting="engine: scripted")
