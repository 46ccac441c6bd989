"""What is typed comes to the commands as it was typed, and numbers as numbers."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import typer

from rag.cli.help.program import Program

GIVEN: dict[str, Any] = {}


def _command(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD")] = None,
    name: Annotated[str | None, typer.Option("--name")] = None,
    places: Annotated[list[str] | None, typer.Option("--in")] = None,
    n: Annotated[int | None, typer.Option("-n", min=1)] = None,
    flag: Annotated[bool | None, typer.Option("--flag/--no-flag")] = None,
) -> None:
    GIVEN.update(words=words, name=name, places=places, n=n, flag=flag)


def _run(*arguments: str) -> dict[str, Any]:
    app = typer.Typer(cls=Program, rich_markup_mode=None, add_completion=False)
    app.callback()(lambda: None)
    app.command("do")(_command)
    GIVEN.clear()
    typer.main.get_command(app).main(["do", *arguments], standalone_mode=False)
    return GIVEN


def test_what_is_not_given_is_none() -> None:
    assert _run() == {"words": None, "name": None, "places": None, "n": None, "flag": None}


def test_texts_come_as_they_were_typed() -> None:
    typed = _run(" a ", "7", "--name", "0x1f ", "--in", "b", "--in", "")
    assert typed == {
        "words": [" a ", "7"],
        "name": "0x1f ",
        "places": ["b", ""],
        "n": None,
        "flag": None,
    }


def test_numbers_and_switches_are_converted() -> None:
    typed = _run("-n", "12", "--no-flag")
    assert (typed["n"], typed["flag"]) == (12, False)


@pytest.mark.parametrize("number", ["0", "x", "1.5"])
def test_what_is_no_such_number_is_refused(number: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"valid|greater"):
        _run("-n", number)
