"""docs/library.md: every example runs, and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import rag

ROOT = Path(rag.__file__).parents[1]
PAGE = ROOT / "docs" / "library.md"
_EXAMPLE = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Code, and what it prints, in the order of the page."""
    return _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


def test_the_examples_of_the_page_run_and_print_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        if name.startswith("RAG_"):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "seeds", "seeds")
    names: dict[str, Any] = {}
    for code, expected in examples():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), names)
        assert printed.getvalue() == expected, code


def test_the_page_shows_every_way_of_asking() -> None:
    code = "".join(code for code, _ in examples())
    for name in ("ask", "stream", "search", "check", "index", "status", "chat", "close"):
        assert f"library.{name}(" in code, name
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"rag.{name}" in page for name in ("ask", "stream", "check", "index", "status"))
