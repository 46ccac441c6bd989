"""Every way in which text from outside reaches a terminal, with text that tries to steer it.

A new command must be given arguments here, and whatever a command shows must be sound: on a
terminal, in a pipe and as JSON.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import rag.cli
from rag.cli.app import app, main
from rag.cli.chat.registry import COMMANDS
from tests.cli.conftest import Stream
from tests.cli.hostile import ATTACK, CONTROLS, LINE, NAME, SEQUENCES, unsafe
from tests.support.servers import reply, saying

pytestmark = pytest.mark.skipif(os.name == "nt", reason="such names are for POSIX alone")

SOUND = "The bakery of Anselm Quist bakes 340 loaves of rye bread on every working day"
TITLE = f"The bakery {LINE} on the corner"
ARTICLE = {"title": TITLE, "date": "2021-03-04", "text": f"{SOUND} {LINE}. {LINE} It is so."}
"""As JSON, which can hold every character: a text file with many controls is taken for no text."""
FRONT = (
    f"---\ntitle: {SEQUENCES[0]}\u202e[bold]\ndate: 2021\n---\n\n{SOUND} {SEQUENCES[1]}\u202e.\n"
)
QUESTION = f"How many loaves does the bakery bake {ATTACK}?"
PLAIN_QUESTION = "How many loaves does the bakery bake?"
PRINTING = {
    "show/screen.py": "the one place",
    "show/hits.py": "tables, through the console of a screen",
    "eval/report.py": "tables, through the console of a screen",
    "config/report.py": "tables, through the console of a screen",
    "config/file.py": "the settings file",
    "opening/source.py": "through a screen, under a name of its own",
    "sessions/export.py": "an export on stdout, of which the formats escape",
    "chat/prompt.py": "what was typed, made safe",
    "chat/lines.py": "a fixed mark",
    "edge.py": "errors, when there may be no screen; safe",
    "json/output.py": "JSON, escaped",
    "check/text.py": "a fixed hint",
    "eval/page.py": "a fixed note",
    "opening/handover.py": "the modes of the terminal, put back",
    "options.py": "a note; safe",
    "help/completion.py": "for shells; disarmed",
    "app.py": "help and version",
    "help/program.py": "help",
    "model/command.py": "help",
    "sessions/command.py": "help",
    "help/reference.py": "a page for docs/",
    "help/settings_page.py": "a page for docs/",
    "json/page.py": "a page for docs/",
    "help/manual.py": "a page for docs/",
    "chat/live_text.py": "what a console wrote, while there is a prompt",
    "chat/live_output.py": "the terminal itself",
    "chat/live.py": "what a console wrote, while there is a prompt",
}
"""The modules that write to a stream themselves, and why they may."""
RUNS: dict[str, list[list[str]]] = {
    "ask": [
        ["-q", PLAIN_QUESTION],
        ["--explain", "-v", QUESTION],
        ["--json", QUESTION],
        ["--quote", QUESTION],
        ["--in", LINE, PLAIN_QUESTION],
        ["-m", NAME, "--engine", "llama", "x"],
        ["-a", NAME, "x"],
    ],
    "chat": [[]],
    "check": [["-v", "text.md"], ["--json", "text.md"], [NAME]],
    "search": [["rye bread", "-v"], [QUESTION], ["--json", QUESTION], ["--in", LINE, "x"]],
    "index": [["--verify", "-v"], ["--dry-run", "-v"], ["--json"], [NAME], ["--rebuild", "-v"]],
    "status": [["-v"], ["--json"], ["--all"], ["-c", LINE]],
    "doctor": [[], ["--json"], ["-m", NAME]],
    "help": [[LINE]],
    "completion": [[LINE]],
    "sessions list": [[], ["--json"]],
    "sessions search": [["loaves"], [LINE]],
    "sessions show": [["last"], [LINE]],
    "sessions export": [["last"], [LINE]],
    "sessions delete": [[LINE]],
    "sessions path": [[]],
    "model list": [[], ["--json"]],
    "model pull": [[LINE]],
    "model use": [[NAME], ["text.md"], [LINE]],
    "model path": [[LINE]],
    "eval compare": [[NAME, NAME]],
    "eval convert": [[NAME, NAME], ["text.md", "out"]],
    "eval draft": [["-a", NAME], []],
    "eval report": [[NAME], ["text.md"]],
    "config show": [[], ["--json"], [LINE], ["-c", LINE]],
    "config path": [[]],
    "config set": [[LINE, LINE], ["engine", LINE], ["articles", LINE, "--project"]],
    "config unset": [[LINE]],
    "config edit": [[]],
}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that can be typed."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield " ".join(path)
    for name, sub in (inner or {}).items():
        yield from leaves(sub, (*path, name))


@pytest.fixture
def run(monkeypatch) -> Callable[..., str]:
    """Runs the program; what it shows on both streams."""

    def go(*arguments: str, is_terminal: bool, stdin: str = "") -> str:
        streams = [Stream(is_terminal=is_terminal), Stream(is_terminal=is_terminal)]
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        main(list(arguments))
        return "".join(stream.getvalue() for stream in streams)

    return go


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory) -> Path:
    """A hostile folder with hostile files; beside it, ``index`` is one of it."""
    root = tmp_path_factory.mktemp("hostile")
    folder = root / f"folder{NAME}"
    folder.mkdir()
    (folder / f"{NAME}.md").write_text(FRONT.replace("340", "350"), encoding="utf-8")
    (folder / f"{NAME}.jsonl").write_text(json.dumps(ARTICLE), encoding="utf-8")
    (folder / f"{NAME}.docx").write_text("no archive")
    (folder / f"{NAME}.{NAME[:40]}").write_text("unknown")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAG_CONFIG", os.devnull)
        patch.setattr(sys, "stderr", Stream(is_terminal=False))
        patch.setattr(sys, "stdout", Stream(is_terminal=False))
        status = main(["index", str(folder), "--index", str(root / "index")])
        shown = sys.stdout.getvalue() + sys.stderr.getvalue()
    assert status == 0, shown
    assert "2 added" in shown
    return folder


@pytest.fixture
def corpus(hostile_folder, tmp_path, monkeypatch) -> Path:
    """The hostile folder, its index in force; text.md is a text to check."""
    text = f"# {LINE}\n\n{SOUND} {LINE} [1].\n\n{LINE} It flew to Mars.\n"
    Path("text.md").write_text(text, encoding="utf-8")
    monkeypatch.setenv("RAG_INDEX_DIR", str(hostile_folder.parent / "index"))
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    for name in ("EDITOR", "VISUAL", "PAGER"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    return hostile_folder


def test_every_command_is_tried():
    assert set(leaves(typer.main.get_command(app))) == set(RUNS)


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("command", [name for name in RUNS if name not in ("chat", "model pull")])
def test_no_command_lets_anything_through(corpus, run, command, is_terminal):
    if command.startswith("sessions"):
        run("chat", is_terminal=is_terminal, stdin=f"{QUESTION}\n/save {LINE}\n")
    for arguments in RUNS[command]:
        shown = run(*command.split(), *arguments, is_terminal=is_terminal)
        assert unsafe(shown) == [], (command, arguments)
        assert "Traceback" not in shown
        assert "error: unexpected" not in shown, shown


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_no_command_of_a_chat_lets_anything_through(corpus, run, is_terminal):
    typed = [PLAIN_QUESTION]
    for command in COMMANDS.all:
        if command.name not in ("quit", "export"):
            typed += [f"/{command.name}", f"/{command.name} 1", f"/{command.name} {LINE}", QUESTION]
    typed += [f"/{LINE}", f"!{LINE}", "!1", f"/index {NAME}", f"/export {NAME}.html", "/retry"]
    stdin = "".join(f"{line}\n" for line in typed)
    shown = run("chat", "-v", is_terminal=is_terminal, stdin=stdin)
    assert unsafe(shown) == []
    assert "Traceback" not in shown
    assert shown.count("340 loaves") >= 3


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_what_a_model_says_and_a_server_answers_is_shown_not_executed(
    corpus, run, server, is_terminal, monkeypatch
):
    monkeypatch.setenv("RAG_UNSUPPORTED", "flag")
    ask = ["ask", "--engine", "endpoint", "--endpoint", server.url, "-m", "m", "-v", PLAIN_QUESTION]
    server.then(saying(f"{SOUND} {ATTACK.replace('[1]', '')} [1]. It flew {ATTACK} to Mars [1]. "))
    shown = run(*ask, is_terminal=is_terminal)
    assert unsafe(shown) == []
    server.then(reply(500, {"error": {"message": ATTACK}}))
    server.then(reply(404, {"error": {"message": f"model {ATTACK} not found"}}))
    for _ in range(2):
        assert unsafe(run(*ask, is_terminal=is_terminal)) == []


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize(
    "text",
    [
        f"# {LINE}\nengine = 5\n",
        '"x\\u001b[31m" = 1\n',
        'engine = "\\u001b]0;x\\u0007"\n',
        '[corpora."a\\u001b[31m\\u202e"]\narticles = ["\\u009b1m"]\nindex_dir = "\\u001b[2J"\n',
        'index_dir = "\\u001b]52;c;eA==\\u0007"\n',
    ],
)
def test_settings_files_are_shown_not_executed(run, text, is_terminal):
    Path("rag.toml").write_text(text, encoding="utf-8")
    for command in (
        ["config", "show"],
        ["status"],
        ["status", "--all"],
        ["doctor"],
        ["model", "list"],
    ):
        assert unsafe(run(*command, is_terminal=is_terminal)) == [], command
    assert unsafe(run("config", "path", is_terminal=is_terminal)) == []


def test_variables_are_shown_not_executed(run, monkeypatch):
    monkeypatch.setenv("RAG_ENGINE", ATTACK)
    for is_terminal in (True, False):
        shown = run("config", "show", is_terminal=is_terminal)
        assert "is not one of" in " ".join(shown.split())
        assert unsafe(shown) == []


def test_a_screen_bars_what_a_command_forgot_to_make_safe(make_screen):
    from rich.table import Table
    from rich.text import Text

    for is_terminal in (True, False):
        shown = make_screen(is_terminal=is_terminal)
        shown.screen.show("".join(SEQUENCES) + CONTROLS + "\u202e")
        shown.screen.say(Text("".join(SEQUENCES)))
        if is_terminal:
            table = Table("".join(SEQUENCES))
            table.add_row("".join(SEQUENCES))
            shown.screen.out.print(table)
        assert unsafe(shown.out + shown.err) == []
        assert "␛]0;owned" in shown.out


def test_the_sample_is_unsafe_and_would_be_seen():
    for sequence in (*SEQUENCES, *CONTROLS.replace("\t", ""), "\u202e", "\u200b", "\U000e0041"):
        assert unsafe(f"before {sequence} behind"), ascii(sequence)
    assert unsafe("e" + "\u0301" * 9)
    assert not unsafe(
        "\x1b[1;36m[1]\x1b[0m \x1b]8;id=5;file://h/a%1B\x1b\\a:1\x1b]8;;\x1b\\\n\ttab"
    )


def writes_itself(path: Path) -> bool:
    """Whether a module prints, or writes to a stream of the process."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name == "print" or re.search(r"\.echo$|\.write_raw$|\.print$|file\.write$", name):
            return True
        if re.search(r"std(out|err)(\.buffer)?\.write$|^os\.write$|_stream\.write$", name):
            return True
    return False


def test_only_known_modules_write_to_a_stream_themselves():
    package = Path(rag.cli.__file__).parent
    found = {p.relative_to(package).as_posix() for p in package.rglob("*.py") if writes_itself(p)}
    assert found - set(PRINTING) == set(), "print through rag.cli.show.screen, or say here why not"


def test_a_console_is_made_in_one_place():
    package = Path(rag.cli.__file__).parent
    made = [
        p
        for p in package.rglob("*.py")
        if re.search(r"\b(Console|_Barred)\(", p.read_text("utf-8"))
    ]
    assert [path.name for path in made] == ["screen.py"]


def test_json_of_a_hostile_corpus_is_json_and_tells_everything(corpus, run):
    shown = run("search", "--json", "rye bread", is_terminal=True)
    shown = next(line for line in shown.splitlines() if line.startswith("{"))
    assert unsafe(shown) == []
    text = " ".join(hit["chunk"]["text"] for hit in json.loads(shown)["hits"])
    assert "\x1b]52;c;ZXZpbA==" in text
    assert "Z" + "\u0301" * 60 in text or "\u0301" * 59 in text
