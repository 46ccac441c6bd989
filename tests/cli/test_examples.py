"""The examples of every help text run, over a small folder and with real parts.

Each finds the same home and working folder, with everything in it that the examples name.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.programs import ARTICLES
from tests.cli.test_documented import LINES
from tests.support.transcripts import ENVIRONMENT, ROOT, new_home, type_line

MODEL = "needs a Llama model file"
NETWORK = "uses the network"
SUITE = "asks the whole suite, or goes on with a run of it"
EDITOR = "opens an editor or a browser"
NOT_RUN = {
    "rag model pull llama-3.2-3b": NETWORK,
    "rag model pull llama-3.2-1b": NETWORK,
    "RAG_MODELS_DIR=/big/disk rag model pull llama-3.1-8b": NETWORK,
    "rag model use llama-3.2-3b": MODEL,
    "rag model use ~/models/my-llama.gguf": MODEL,
    "rag model path": MODEL,
    "rag model path llama-3.2-1b": MODEL,
    "rag doctor --index ./index -m llama-3.2-1b": MODEL,
    "rag eval": SUITE,
    "rag eval --engine extractive --kind unanswerable -v": SUITE,
    "rag eval --limit 5 --no-gate": SUITE,
    "rag eval --engine extractive --gate --junit results.xml": SUITE,
    "rag eval --cases my-cases.jsonl -a my-articles/ --index my-index/": SUITE,
    "rag eval --suite squad/suite.toml": SUITE,
    "rag eval --resume 20261120-154600": SUITE,
    "rag eval compare 20261120-154600 20261120-171500": SUITE,
    "rag eval compare 20261120-154600 20261120-171500 --json": SUITE,
    "rag eval compare runs/before runs/after -v": SUITE,
    "rag eval report": SUITE,
    "rag eval report 20261120-154600 --open": SUITE,
    "rag eval convert dev-v2.0.json -o squad/ -n 200": "needs a file of SQuAD; test_eval_convert",
    "rag eval convert en.json -o rejection/ --negatives-only": "test_seldom_options",
    "rag config edit": EDITOR,
    "EDITOR=nano rag config edit --project": EDITOR,
    "rag index --watch": "goes on until Ctrl-C; tests/indexing follows folders",
    "pbpaste | rag check -": "pbpaste is a program of macOS",
    "rag sessions delete k3f9a2": "the id of somebody's chat; test_sessions_command",
    "rag sessions delete k3f9a2 licence-work": "the id of somebody's chat",
    "rag sessions export k3f9a2 --format json | jq -r '.answers[].answer'": "needs jq",
    'rag ask --strict -q "When was it released?" || echo "no sure answer"': "|| is the shell's",
    "rag sessions show licence-work | less": "opens a pager",
    'eval "$(rag completion bash)"': "a script for the shell: test_completion",
    "source <(rag completion zsh)": "a script for the shell: test_completion",
    "rag completion powershell >> $PROFILE": "no PowerShell",
}
EXPECTED = {
    "rag check": (0, 4),  # whether the text is supported
    "rag ask": (0, 3),  # whether the articles say
    "rag chat": (0, 3),
    "rag doctor": (0, 1),  # whether something is broken on this machine
    "rag status": (0, 1),
    "rag sessions search": (0, 1),  # whether something is found
}
EXAMPLES = [(line, where) for line, where in LINES if where.endswith("--help")]


SETTINGS = 'engine = "extractive"\n[corpora.papers]\n'
PROJECT = 'passages = 5\n[corpora.work]\narticles = ["notes"]\n'
CHAT = "printf 'Who may use Llama 3 commercially?\\n/save licence-work\\n' | rag chat"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home with everything that the examples name: articles, settings, indexes, a kept chat."""
    home = tmp_path_factory.mktemp("h") / "home"
    with new_home(home) as work:
        shutil.rmtree(work / "seeds")
        for folder in ("notes", "articles", "pdf", "my-articles", "../articles", "../notes"):
            fill(work / folder)
        fill(home / "papers")
        (work / "seeds").mkdir()
        shutil.copy(ROOT / "seeds" / "llama-community-licence.md", work / "seeds")
        (home / "articles" / "letter.html").write_text("<p>The mill was built in 1911.</p>")
        (home / ".config" / "fish" / "completions").mkdir(parents=True)
        (home / ".config" / "rag").mkdir()
        (home / ".config" / "rag" / "config.toml").write_text(SETTINGS)
        (work / "rag.toml").write_text(PROJECT)
        for name in ("answer.md", "answer.txt", "notes.md"):
            (work / name).write_text("The bakery of Anselm Quist opened in 2019.\n")
        (work / "question.txt").write_text("Who may use Llama 3 commercially?\n")
        (work / "questions.jsonl").write_text('{"question": "Who built the oven?"}\n')
        (work / "other.toml").write_text('engine = "extractive"\n')
        for line in ("rag index seeds notes", "rag index -c papers pdf", CHAT):
            done = type_line(line)
            assert done.status == 0, done.shown
    shutil.copytree(home, home.with_name("kept"))
    return home


@pytest.fixture
def anew(prepared, monkeypatch):
    """The home as it was prepared, whatever earlier examples did to it."""
    shutil.rmtree(prepared)
    shutil.copytree(prepared.with_name("kept"), prepared)
    for name in [name for name in os.environ if name.startswith(("RAG_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name, value in (ENVIRONMENT | {"HOME": str(prepared), "PYTHONPATH": str(ROOT)}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(prepared / "texts")


def fill(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("line", sorted({line for line, _ in EXAMPLES}))
def test_an_example_of_the_help_does_what_it_says(line, anew):
    if line in NOT_RUN:
        pytest.skip(NOT_RUN[line])
    done = type_line(line)
    allowed = next((codes for start, codes in EXPECTED.items() if start in line), (0,))
    assert done.status in allowed, done.shown
    assert "Traceback" not in done.shown
    assert "unexpected" not in done.shown


def test_what_is_not_run_is_an_example_of_the_help():
    assert set(NOT_RUN) <= {line for line, _ in EXAMPLES}
