"""The one direction of imports, read from the code, and what starting the program loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag

PACKAGE = Path(rag.__file__).parent
LAYERS = (
    ("__main__",),
    ("cli", "library"),
    ("doctor", "parts"),
    ("wiring",),
    ("freshness",),
    ("upkeep",),
    ("engines", "corpora"),
    ("chat", "evaluation"),
    ("assistant", "settings"),
    ("retrieval", "generation", "grounding"),
    ("indexing",),
    ("ingest", "chunking", "embedding", "store", "models"),
    ("protocols", "text"),
    ("types", "logistic", "resources", "setting_values", "held"),
    ("errors",),
)
RANK = {name: len(LAYERS) - i for i, layer in enumerate(LAYERS) for name in layer}
HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "faiss",
    "llama_cpp",
    "tantivy",
    "scipy",
    "trafilatura",
    "lxml",
    "docx",
    "httpcore2",
    "pdfminer",
    "openvino",
    "watchfiles",
)


def imports_of(path: Path) -> set[str]:
    """The parts of ``rag`` that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rag."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "rag":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(a.name.split(".")[1] for a in node.names if a.name.startswith("rag."))
    return found & set(RANK)


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert part in RANK, f"{part} has no place in the layers of docs/architecture.md"
    upwards = {name for name in imports_of(path) - {part} if RANK[name] >= RANK[part]}
    assert not upwards, f"rag.{part} imports {upwards}, which do not lie below it"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["ask", "--help"],
        ["--version"],
        ["model", "list"],
        ["ask", ""],
        ["sessions", "list"],
        ["status"],
        ["status", "--all"],
        ["config", "show"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_starting_the_program_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from rag.cli.app import main\n"
        f"sys.argv = ['rag', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"loaded = [n for n in {HEAVY!r} if n in sys.modules]\n"
        "print('loaded:', loaded, file=sys.stderr)\n"
        "sys.stderr.flush()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert "loaded: []" in done.stderr, done.stderr[-2000:]


LIGHT = {"rag", "typer", "annotated_doc", "platformdirs", "shellingham"}
"""What completion may load besides the standard library: it runs at each press of a key."""


@pytest.mark.parametrize(
    "words",
    [[""], ["ask", "--"], ["status", "-c", ""], ["ask", "-m", ""], ["config", "set", ""]],
    ids=" ".join,
)
def test_completion_loads_little_more_than_the_standard_library(
    words: list[str], tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from rag.cli.app import main\n"
        f"main(['__complete', 'zsh', *{words!r}])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}\n" + code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGE.parent)},
    )
    outside = set(done.stderr.split()) - sys.stdlib_module_names - {"__main__"}
    assert not outside - LIGHT
    assert done.stdout.startswith(("words", "files"))


UNUSED = ("torch", "transformers", "openvino", "sentence_transformers", "numpy.ma")
"""What takes long to import, and neither a search nor a question needs with the packaged model."""


def test_a_search_and_a_question_import_only_what_they_use(tmp_path: Path) -> None:
    (tmp_path / "harbour.md").write_text("# Harbour\n\nThe harbour was rebuilt in 1953.\n", "utf-8")
    code = (
        "import sys\n"
        "from rag.cli.app import main\n"
        "where = ['--index', 'index']\n"
        "main(['search', 'harbour', *where])\n"
        "main(['ask', 'When was the harbour rebuilt?', '--engine', 'extractive', *where])\n"
        f"print('loaded:', [n for n in {UNUSED!r} if n in sys.modules])\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    environment["PYTHONPATH"] = str(PACKAGE.parent)
    prepare = [sys.executable, "-m", "rag", "index", "harbour.md", "--index", "index"]
    for command in (prepare, [sys.executable, "-c", code]):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            cwd=tmp_path,
            env=environment,
        )
    assert "rebuilt in 1953 [1]" in done.stdout
    assert "loaded: []" in done.stdout
