"""What a question loads: none of the libraries that take seconds to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rag

SLOW = (
    "torch",
    "transformers",
    "sentence_transformers",
    "scipy",
    "sklearn",
    "pandas",
    "trafilatura",
    "lxml",
    "docx",
    "pdfminer",
    "llama_cpp",
    "pydantic",
)
RUN = """
import sys
from rag.cli.app import main
sys.argv = ["rag", *sys.argv[1:]]
try:
    main()
except SystemExit as exc:
    print("exit:", exc.code, file=sys.stderr)
print("loaded:", [name for name in {slow!r} if name in sys.modules], file=sys.stderr)
"""


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN.format(slow=SLOW), *arguments, "--index", str(home / "index")],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env={
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(rag.__file__).parents[1]),
            "RAG_CONFIG": "/dev/null",
        },
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with an index of a few articles."""
    home = tmp_path_factory.mktemp("home")
    (home / "articles").mkdir()
    for name, fact in (
        ("Mill", "The mill of Overwater was built in 1821 by the river."),
        ("Ferry", "The ferry of Overwater sails four times a day. It takes sixty people."),
        ("Tower", "The tower of Netherby is 41 metres high, and nobody lives in it."),
    ):
        (home / "articles" / f"{name.lower()}.md").write_text(f"# {name}\n\n{fact}\n")
    done = _run(home, "index", str(home / "articles"))
    assert "loaded: []" in done.stderr
    page = "<article><h1>Moor</h1><p>The moor of Netherby is open all year.</p></article>"
    (home / "articles" / "moor.html").write_text(page)
    done = _run(home, "index", str(home / "articles"))
    assert "'lxml'" in done.stderr  # what is looked for can be seen
    return home


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "How high is the tower?"],
        ["search", "--json", "ferry"],
        ["ask", "--engine", "extractive", "When was the mill of Overwater built?"],
        ["ask", "--engine", "extractive", "Who was the mayor of Paris in 1999?"],
        ["check", "CLAIMS"],
        ["status"],
    ],
    ids=" ".join,
)
def test_a_question_to_an_index_that_is_up_to_date_loads_no_slow_library(
    home: Path, arguments: list[str]
) -> None:
    claims = home / "claims.txt"
    claims.write_text("The mill was put up by the river in 1830. Ferries carry sixty people.")
    done = _run(home, *(str(claims) if part == "CLAIMS" else part for part in arguments))
    assert "loaded: []" in done.stderr, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert "exit: 2" not in done.stderr  # a command line that is not understood loads nothing


def test_the_answer_is_given_and_cited_all_the_same(home: Path) -> None:
    done = _run(home, "ask", "--engine", "extractive", "When was the mill of Overwater built?")
    assert "1821" in done.stdout, done.stderr[-2000:]
    assert "[1]" in done.stdout
