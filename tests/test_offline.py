"""Nothing leaves the machine: with every socket refused, the program does its work."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag

CHECKOUT = Path(rag.__file__).parents[1]

GUARD = """
import socket, sys

def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")

class Refused(socket.socket):
    def __init__(self, family=socket.AF_INET, *args, **kwargs):
        if family in (socket.AF_INET, socket.AF_INET6):
            refuse()
        super().__init__(family, *args, **kwargs)

socket.socket = Refused
socket.create_connection = socket.getaddrinfo = refuse
from rag.cli.app import main
sys.exit(main(sys.argv[1:]))
"""

ARTICLE = """---
title: A new oven
date: 2024-05-01
---
The bakery in Lyon bought a stone oven in May 2024. The oven cost 9,000 euros and bakes 120 loaves
an hour. Marie Dupont has run the bakery since 2011.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "oven.md").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The program in its own process, with no way out."""
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(CHECKOUT),
        "RAG_INDEX_DIR": str(folder / "index"),
        "OMP_NUM_THREADS": "2",
    }
    return subprocess.run(
        [sys.executable, "-c", GUARD, *arguments],
        cwd=folder,
        env=environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_guard_refuses_sockets(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARD.replace("from rag", "socket.socket()\nfrom rag")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "a socket was opened" in done.stderr


def test_index_ask_and_chat_work_without_a_network(folder: Path) -> None:
    indexed = run(folder, "index", "articles")
    assert indexed.returncode == 0, indexed.stderr
    asked = run(folder, "ask", "How much did the stone oven of the bakery in Lyon cost?")
    assert asked.returncode == 0, asked.stderr
    assert "9,000 euros" in asked.stdout
    assert "articles/oven.md" in asked.stdout
    talked = run(folder, "chat", stdin="Who runs the bakery in Lyon?\n")
    assert talked.returncode == 0, talked.stderr


def test_only_two_modules_can_open_a_socket() -> None:
    """Whoever imports something that connects is either the download or the endpoint engine."""
    connects = {"socket", "http", "urllib.request", "httpcore2", "httpx2", "requests", "ssl"}
    found = set()
    for path in sorted((CHECKOUT / "rag").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(n in connects or n.split(".")[0] in connects for n in names):
                found.add(path.relative_to(CHECKOUT).as_posix())
    assert found == {"rag/models/download.py", "rag/generation/endpoint/transport.py"}


def test_an_endpoint_in_the_settings_is_not_asked_by_another_engine(folder: Path) -> None:
    (folder / "rag.toml").write_text('engine = "extractive"\nendpoint = "http://127.0.0.1:9"\n')
    asked = run(folder, "ask", "-a", "articles", "How much did the stone oven cost?")
    assert asked.returncode == 0, asked.stderr
    chosen = run(folder, "ask", "--engine", "endpoint", "How much did the stone oven cost?")
    assert "a socket was opened" in chosen.stderr


def test_the_eval_suite_works_without_a_network(folder: Path) -> None:
    done = run(folder, "eval", "--limit", "1", "--no-gate", "--engine", "extractive")
    assert done.returncode == 0, done.stderr
    assert "answerable" in done.stdout
