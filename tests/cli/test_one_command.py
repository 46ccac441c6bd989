"""Of the commands only the one that is asked for is made; nobody can tell."""

from __future__ import annotations

import pytest

from rag.cli.app import _program

COMMANDS = ("ask", "chat", "check", "search", "index", "status", "doctor")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_made_alone_is_the_same(name: str) -> None:
    alone, among_all = _program([name, "words"]), _program([])
    assert set(alone.commands) == {name} < set(among_all.commands)
    helps = []
    for program in (alone, among_all):
        context = program.make_context("rag", [name], resilient_parsing=True)
        command = program.commands[name]
        helps.append(
            command.get_help(command.make_context(name, [], parent=context, resilient_parsing=True))
        )
    assert helps[0] == helps[1]


@pytest.mark.parametrize(
    "arguments",
    [[], ["--help"], ["help", "ask"], ["completion", "bash"], ["model", "list"], ["asj"]],
)
def test_what_is_about_other_commands_gets_all_of_them(arguments: list[str]) -> None:
    assert set(COMMANDS) < set(_program(arguments).commands)
