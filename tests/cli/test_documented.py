"""What is documented exists and is exercised: command lines parse, commands and options have tests.

Coverage is read from the tests themselves: a command or option counts as exercised if a test module
(other than those about help) has its words among its strings.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import rag
from rag.cli.app import app
from rag.cli.chat.registry import COMMANDS
from rag.cli.help.reference import commands
from tests.support.transcripts import _split

ROOT = Path(rag.__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "index" / "README.md", ROOT / "eval" / "README.md")
ABOUT_HELP = {"test_documented", "test_completion", "test_help", "test_manual", "test_reference"}
_BLOCK = re.compile(r"^```(?:sh|console|)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^(?:\$ )?((?:[A-Z_]+=\S+ )*rag(?: .*)?|.*\| rag .*)$")
_NOTE = re.compile(r"\s{2,}\(.*\)$")
NOT_EXERCISED: dict[str, str] = {}
"""Commands and options that no test exercises, each with the reason."""


def examples() -> Iterator[tuple[str, str]]:
    """Where a command line stands, and the line: of every page and every help text."""
    for page in (*PAGES, *sorted((ROOT / "docs").rglob("*.md"))):
        if page.name == "commands.md":  # the help texts, which come below
            continue
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                if found := _LINE.match(line):
                    yield str(page.relative_to(ROOT)), found[1]
    for path, command, _ in commands():
        _, _, rest = (command.epilog or "").partition("Examples:\n")
        for line in rest.partition("\n\n")[0].splitlines():
            if re.search(r"(^|[ (])rag ", line.strip()):
                yield f"{path} --help", _NOTE.sub("", line.strip())


def calls(line: str) -> Iterator[list[str]]:
    """The arguments of each ``rag`` in a line of a shell."""
    line = re.sub(r"\$\((rag [^)]*)\)", r"\1", re.sub(r" (\|\||&&|>>?|<) .*", "", line))
    line = (
        re.sub(r"^(?:if \w+=|eval |source <\()\"?", "", line).rstrip(');"then ')
        if (line.startswith(("if ", "eval ", "source ")))
        else line
    )
    for stage in _split(line):
        words = shlex.split(stage)
        while words and "=" in words[0]:
            words.pop(0)
        if words[:1] == ["rag"]:
            yield words[1:]


def parse(arguments: list[str]) -> None:
    """Have typer parse the command line, and run nothing."""
    command: Any = typer.main.get_command(app)
    context = None
    name = "rag"
    while True:
        context = command.make_context(name, list(arguments), parent=context)
        arguments = [*context._protected_args, *context.args]
        if not hasattr(command, "commands") or not arguments:
            return
        name, command, arguments = command.resolve_command(context, arguments)


LINES = sorted({(line, where) for where, line in examples()})


@pytest.mark.parametrize(("line", "where"), LINES, ids=[line for line, _ in LINES])
def test_a_documented_command_line_is_one_that_the_program_takes(line: str, where: str) -> None:
    found = list(calls(line))
    assert found, f"{where}: no rag in {line}"
    for arguments in found:
        try:
            parse(arguments)
        except typer.TyperException as exc:
            pytest.fail(f"{where}: {line}: {exc.format_message()}")


@cache
def words_of_tests() -> dict[str, frozenset[str]]:
    """The words of all strings of each test module (docstrings and names left out)."""
    found = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.stem in ABOUT_HELP:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        strings = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documents
        ]
        found[path.stem] = frozenset(
            word.partition("=")[0].rstrip("\r\n") for text in strings for word in text.split()
        )
    return found


def is_exercised(path: list[str], names: list[str]) -> bool:
    return any(
        all(word in words for word in path) and (not names or any(n in words for n in names))
        for words in words_of_tests().values()
    )


def documented() -> Iterator[tuple[str, list[str], list[str]]]:
    """What it is called, the words of its command, and the names of an option (none: itself)."""
    for path, command, context in commands():
        words = path.split()[1:]
        yield path, words, []
        for option in command.get_params(context):
            if option.param_type_name == "option" and "--help" not in option.opts:
                for names in ([*option.opts], [*option.secondary_opts]):
                    if names:
                        yield f"{path} {names[0]}", words, names
    for one in COMMANDS.all:
        yield f"/{one.name}", [], [f"/{one.name}", *(f"/{alias}" for alias in one.aliases)]


ALL = list(documented())


@pytest.mark.parametrize(("name", "path", "names"), ALL, ids=[name for name, _, _ in ALL])
def test_what_is_documented_is_exercised_by_a_test(
    name: str, path: list[str], names: list[str]
) -> None:
    if name in NOT_EXERCISED:
        assert not is_exercised(path, names), f"take {name} out of NOT_EXERCISED"
        pytest.skip(NOT_EXERCISED[name])
    assert is_exercised(path, names), f"no test module exercises {name}"


def test_the_list_of_what_is_not_exercised_names_only_what_there_is() -> None:
    assert set(NOT_EXERCISED) <= {name for name, _, _ in ALL}
