"""Pictures of real runs: each command is typed into a terminal, and its screen becomes an SVG.

    python docs/images/take.py                     all pictures, with the engine that needs no model
    python docs/images/take.py answer chat         some
    python docs/images/take.py --engine llama      with the model in use
    python docs/images/take.py --columns 40        narrower; the files are called NAME-40.svg

Needs tmux. The articles are those in ``seeds/``; index, settings and kept chats are in a
folder that is thrown away.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROWS = 60
PATIENCE_S = 300.0
STILL_S = 1.5
"""How long a screen stays as it is before it counts as complete."""
SHELL = re.compile(r"^\$ *$")
CHAT = re.compile(r"^> *$")
RC = "PS1='$ '; rag() { {python} -m rag \"$@\"; }; stty -echoctl; clear\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is typed, line by line; what the last line of the screen looks like between them."""

    title: str
    typed: tuple[str, ...]
    ready: re.Pattern[str] = SHELL


DRAFT = "Meta released Llama 3 in April 2024. Mistral was founded by Arthur Mensch in 1999.\n"
PICTURES: Mapping[str, Picture] = {
    "answer": Picture(
        "an answer and its sources", ('rag ask "Who needs a licence from Meta to use Llama 3?"',)
    ),
    "refusal": Picture(
        "what the articles do not say", ('rag ask "Who won the football cup in Brazil?"',)
    ),
    "differ": Picture(
        "articles that differ",
        ('rag ask -q -a {differ} "How many visitors does the Old Mill have each month?"',),
    ),
    "check": Picture("a text held against the articles", ("cat {draft}", "rag check {draft}")),
    "chat": Picture(
        "a chat",
        ("rag chat", "Who needs a licence from Meta to use Llama 3?", "/why"),
        CHAT,
    ),
}
DIFFER = {
    "guide.md": ("A guide to the mill", "2019-05-02", "The Old Mill has 300 visitors a month."),
    "paper.md": ("The mill in numbers", "2023-11-20", "The Old Mill has 450 visitors a month."),
}
"""Two made-up articles of which one is out of date."""


class Pane:
    """A shell in a tmux of its own."""

    def __init__(self, folder: Path, columns: int, environ: Mapping[str, str]) -> None:
        self._tmux = ["tmux", "-L", f"pictures-{os.getpid()}"]
        rc = folder / "rc"
        rc.write_text(RC.replace("{python}", shlex.quote(sys.executable)), encoding="utf-8")
        size = ["-x", str(columns), "-y", str(ROWS)]
        shell = shlex.join(["bash", "--noprofile", "--rcfile", str(rc), "-i"])
        command = [*self._tmux, "-f", os.devnull, "new-session", "-d", *size, shell]
        subprocess.run(command, env=dict(environ), cwd=ROOT, check=True)
        self._run("set-option", "-g", "status", "off")

    def type(self, line: str) -> None:
        self._run("send-keys", "-l", "--", line)
        self._run("send-keys", "Enter")

    def settled(self, ready: re.Pattern[str]) -> str:
        """The screen with its colours, once its last line is ``ready`` and it changes no more."""
        end, before, since = time.monotonic() + PATIENCE_S, "", time.monotonic()
        while time.monotonic() < end:
            shown = self._run("capture-pane", "-e", "-p", "-J", "-S", "-")
            if shown != before:
                before, since = shown, time.monotonic()
            lines = Text.from_ansi(shown).plain.rstrip().splitlines()
            is_ready = bool(lines) and ready.match(lines[-1].rstrip()) is not None
            if is_ready and time.monotonic() - since > STILL_S:
                return shown
            time.sleep(0.2)
        raise SystemExit(f"the screen never became ready:\n{before}")

    def close(self) -> None:
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        command = [*self._tmux, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def pane(columns: int, engine: str) -> Iterator[tuple[Pane, Path]]:
    """A shell in which ``rag`` knows the articles of ``seeds/`` and nothing of this machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, (title, date, text) in DIFFER.items():
            (folder / "differ").mkdir(exist_ok=True)
            header = f"---\ntitle: {title}\ndate: {date}\n---\n\n"
            (folder / "differ" / file).write_text(f"{header}{text}\n", encoding="utf-8")
        (folder / "draft").write_text(DRAFT, encoding="utf-8")
        environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("RAG_")},
            "RAG_CONFIG": os.devnull,
            "RAG_ARTICLES": "seeds",
            "RAG_INDEX_DIR": str(folder / "index"),
            "RAG_ENGINE": engine,
            "XDG_STATE_HOME": str(folder / "state"),
            "FORCE_HYPERLINK": "0",
            "COLORTERM": "truecolor",
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
            "PYTHONPATH": str(ROOT),
        }
        index = [sys.executable, "-m", "rag", "index", "-q", "seeds"]
        subprocess.run(index, env=environ, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        opened = Pane(folder, columns, environ)
        try:
            opened.settled(SHELL)
            yield opened, folder
        finally:
            opened.close()


def take(picture: Picture, columns: int, engine: str) -> str:
    """The SVG of ``picture``."""
    with pane(columns, engine) as (shell, folder):
        for line in picture.typed:
            shell.type(re.sub(r"\{(\w+)\}", lambda match: str(folder / match[1]), line))
            shown = shell.settled(picture.ready)
        return as_svg(
            shown.replace(f"{folder}/", "").replace(f"{ROOT}/", ""), columns, picture.title
        )


def as_svg(shown: str, columns: int, title: str, theme: TerminalTheme = DIMMED_MONOKAI) -> str:
    """A screen as a picture that fetches nothing: fonts are those of who looks at it."""
    text = Text.from_ansi(shown.rstrip())
    lines = text.split("\n", allow_blank=True)
    while lines and (SHELL.match(lines[-1].plain) or CHAT.match(lines[-1].plain)):
        lines.pop()
    console = Console(
        record=True, width=columns, file=io.StringIO(), force_terminal=True, highlight=False
    )
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title=f"rag: {title}", theme=theme, unique_id="rag")
    return re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of real runs.")
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], help="default: all")
    parser.add_argument("--engine", default="extractive")
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--out", type=Path, default=HERE)
    asked = parser.parse_args()
    if shutil.which("tmux") is None:
        raise SystemExit("tmux is needed to take pictures")
    suffix = "" if asked.columns == 80 else f"-{asked.columns}"
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.names or PICTURES:
        path = asked.out / f"{name}{suffix}.svg"
        path.write_text(take(PICTURES[name], asked.columns, asked.engine), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
