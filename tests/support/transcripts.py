"""Command lines as they stand in the documentation, typed on a terminal of 80 columns.

``rag`` runs in this process, so that its libraries load once; anything else in a line is run by
bash. Pages are filled with what is really said by ``python -m tests.support.transcripts PAGE...``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.cli.app import main

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
"""The only page that speaks of the checkout."""
ENVIRONMENT = {
    "COLUMNS": "80",
    "LINES": "24",
    "NO_COLOR": "1",
    "TERM": "xterm",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
}
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_STAGE = re.compile(r"^(?:[A-Z_]+=\S+ )*rag(?: |$)")


class Screen(io.TextIOWrapper):
    """A stream over bytes that says whether it is a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def shown(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined]


@dataclass
class Typed:
    """What a line left: the status of its last command, and what was shown."""

    status: int
    shown: str


def type_line(line: str) -> Typed:
    """Run ``line`` as a shell would: pipes and redirections, no more; ``make ask`` by what it runs
    once everything is set up."""
    stages = _split(line.replace("make ask", f'rag ask "{_question_of_make()}"'))
    data, told, status = b"", "", 0
    for number, stage in enumerate(stages):
        is_last = number == len(stages) - 1
        target = re.search(r" (>>?) (\S+)$", stage) if is_last else None
        if target:
            stage = stage[: target.start()]
        if source := re.search(r" < (\S+)$", stage):
            data, stage = Path(source[1]).read_bytes(), stage[: source.start()]
        if _STAGE.match(stage):
            status, out, err = _rag(stage, data, is_terminal=is_last and not target)
        else:
            done = subprocess.run(["bash", "-c", stage], input=data, capture_output=True)
            status, out, err = done.returncode, done.stdout.decode(), done.stderr.decode()
        told += err
        data = out.encode()
    if target:
        with open(os.path.expanduser(target[2]), "ab" if target[1] == ">>" else "wb") as file:
            file.write(data)
        data = b""
    return Typed(status, told + data.decode())


def _question_of_make() -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^Q +\?= (.*)$", makefile, re.MULTILINE)
    assert found, "the Makefile asks nothing"
    return found[1]


def _split(line: str) -> list[str]:
    words = shlex.shlex(line, posix=False, punctuation_chars="|")
    words.whitespace_split, words.commenters = True, "#"
    stages: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    return [" ".join(stage) for stage in stages]


def _rag(stage: str, data: bytes, *, is_terminal: bool) -> tuple[int, str, str]:
    words = [os.path.expanduser(word) for word in shlex.split(stage)]
    before = dict(os.environ)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        os.environ[name] = value
    out, err = Screen(is_terminal=is_terminal), Screen(is_terminal=False)
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words[1:])
    finally:
        sys.stdin = stdin
        os.environ.clear()
        os.environ.update(before)
    return status, out.shown(), err.shown()


def lines_of(block: str) -> Iterator[tuple[str, str]]:
    """Command and what it shows, for each ``$`` line of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@contextlib.contextmanager
def new_home(folder: Path, *, in_checkout: bool = False) -> Iterator[Path]:
    """A home of its own, and a working folder with the sample articles in ``seeds/``: the checkout,
    its index elsewhere, or a new one."""
    before, cwd = dict(os.environ), Path.cwd()
    for name in [name for name in os.environ if name.startswith(("RAG_", "XDG_"))]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT, HOME=str(folder), PYTHONPATH=str(ROOT))
    work = ROOT if in_checkout else folder / "texts"
    if in_checkout:
        os.environ["RAG_INDEX_DIR"] = str(folder / "index")
    else:
        shutil.copytree(ROOT / "seeds", work / "seeds")
    os.chdir(work)
    try:
        yield work
    finally:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(before)


def plain(text: str, home: Path) -> str:
    """``text`` without what differs from run to run: folders, times, speeds."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text).replace(str(home), "~")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(?!\d)", "2026-11-20 10:00", text)
    text = re.sub(r"[\d.]+ chunks/s\)\s+in\s+[\d.]+\s+s", "18 chunks/s) in 2.0 s", text)
    text = re.sub(r"\(0\s+embedded\)\s+in\s+[\d.]+\s+s", "(0 embedded) in 0.1 s", text)
    text = re.sub(r"(\b[\d.]+ (?:kB|MB)\b)", "100 kB", text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def filled(page: str) -> str:
    """``page`` with what its commands really show."""

    def fill(block: re.Match[str]) -> str:
        parts = []
        for command, _ in lines_of(block[1]):
            shown = plain(type_line(command).shown, Path(os.environ["HOME"]))
            parts.append(f"$ {command}\n{shown}\n" if shown else f"$ {command}\n")
        return "```console\n" + "".join(parts) + "```"

    return CONSOLE.sub(fill, page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name).absolute()
        with (
            tempfile.TemporaryDirectory() as folder,
            new_home(Path(folder), in_checkout=path == README),
        ):
            text = filled(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
