"""The manual page rag(1), made from the program's own help: ``python -m rag.cli.help.manual``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import rag
from rag.cli.chat.registry import COMMANDS
from rag.cli.help.reference import commands
from rag.cli.help.roff import bold, escaped, heading, item, quoted, verbatim
from rag.setting_values import KEYS, allowed, meaning

_NAME = "answer questions from a folder of articles, every sentence cited and checked"
_INTRODUCTION = """\
rag reads a folder of articles (text, Markdown, HTML, PDF, Word, EPUB, CSV, JSON lines), makes an
index of them on this machine, and answers questions from it. Each sentence of an answer names the
passages it rests on and is checked against them before it is shown; where the articles do not say,
the question is refused."""
_FILES = (
    ("rag.toml", "Settings of a project, in the working folder or above it."),
    ("~/.config/rag/config.toml", "Settings of the user; RAG_CONFIG names another file."),
    (
        "index/",
        "The index, beside rag.toml or where it was made; otherwise in the user's data "
        "folder. RAG_INDEX_DIR or --index names another.",
    ),
)
_VARIABLES = (
    ("RAG_NAME", "The setting NAME, in capitals: RAG_ENGINE=extractive."),
    ("RAG_CONFIG", "The user's settings file."),
    ("RAG_MODELS_DIR", "Where model files are kept."),
    ("RAG_ENDPOINT_KEY", "The key of the endpoint; it is in no file and no flag."),
    ("RAG_DEBUG", "1: tracebacks and log lines on stderr."),
    ("NO_COLOR", "Set: no colours."),
    ("VISUAL, EDITOR, PAGER", "What opens settings and sources."),
)
_PARAGRAPH_ENDS = re.compile(r"\n\s*\n")


def page() -> str:
    """The whole page, roff."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.\\" made by python -m rag.cli.help.manual; do not edit'
    yield ".nr HY 0"  # words are not divided: some are to be typed
    yield f'.TH RAG 1 "" {quoted(f"rag {rag.__version__}")} "User Commands"'
    yield ".ad l"
    yield heading("NAME")
    yield f"rag \\- {escaped(_NAME)}"
    (_, root, root_context), *others = commands()
    yield heading("SYNOPSIS")
    yield _usage("rag", root, root_context)
    yield heading("DESCRIPTION")
    yield escaped(_INTRODUCTION)
    yield from _parameters(root, root_context)
    yield from _epilog(root)
    yield heading("COMMANDS")
    for path, command, context in others:
        yield from _command(path, command, context)
    yield heading("IN A CHAT")
    for one in COMMANDS.all:
        yield item(f"/{one.name} {one.arguments}".rstrip(), one.meaning)
    yield heading("SETTINGS")
    yield "Flags go before variables, these before rag.toml, that before the user\\(aqs file."
    for key in KEYS:
        yield item(key, f"{meaning(key)} ({allowed(key)})")
    yield heading("ENVIRONMENT")
    yield from (item(name, text) for name, text in _VARIABLES)
    yield heading("FILES")
    yield from (item(name, text) for name, text in _FILES)


def _command(path: str, command: Any, context: Any) -> Iterator[str]:
    yield heading(path, small=True)
    yield _usage(path, command, context)
    for paragraph in _PARAGRAPH_ENDS.split((command.help or "").strip()):
        yield f".PP\n{escaped(' '.join(paragraph.split()))}"
    yield from _parameters(command, context)
    yield from _epilog(command)


def _usage(path: str, command: Any, context: Any) -> str:
    pieces = " ".join(command.collect_usage_pieces(context))
    return f"{bold(path)} {escaped(pieces)}"


def _parameters(command: Any, context: Any) -> Iterator[str]:
    """Arguments and options; that ``--help`` exists is said once, for the whole program."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and ("--help" not in parameter.opts or context.parent is None):
            yield item(record[0], record[1])


def _epilog(command: Any) -> Iterator[str]:
    """The examples as they are typed, and the notes below them."""
    for paragraph in _PARAGRAPH_ENDS.split((command.epilog or "").strip()):
        first, *rest = paragraph.removeprefix("\b").strip("\n").split("\n")
        if first.endswith(":") and rest and rest[0].startswith("  "):
            yield f".PP\n{escaped(first)}"
            yield verbatim("\n".join(line.removeprefix("  ") for line in rest))
        else:
            yield f".PP\n{escaped(' '.join((first, *rest)))}"


if __name__ == "__main__":
    sys.stdout.write(page())
