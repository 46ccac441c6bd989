"""docs/commands.md says what the program's help says."""

from __future__ import annotations

from pathlib import Path

import pytest

import rag
from rag.cli.app import main
from rag.cli.help.reference import page

DOCS = Path(rag.__file__).parents[1] / "docs" / "commands.md"


def test_the_page_is_what_the_program_says():
    assert DOCS.read_text(encoding="utf-8") == page(), (
        "run: python -m rag.cli.help.reference > docs/commands.md"
    )


@pytest.mark.parametrize("arguments", [[], ["ask"], ["model"], ["model", "pull"]])
def test_the_page_holds_the_help_as_it_is_printed(capsys, monkeypatch, arguments):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*arguments, "--help"]) == 0
    assert capsys.readouterr().out.strip() in page()
