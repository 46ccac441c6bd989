"""How long indexing takes here and elsewhere: ``python -m bench.peers FOLDER --cache DIR``.

Every program indexes the .txt files of one folder with the same MiniLM, in a process of its own,
in turn, for some rounds. Two figures: seconds once the model is loaded, and seconds of the whole
process' work, imports included. Chunks differ, and LlamaIndex's default chunks are longer than the
embedder reads, so the fair rate is tokens embedded in a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.peers.environments import HERE, python_of
from rag.embedding.weights import locate

OURS = "rag"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "true",
}


@dataclass(frozen=True, slots=True)
class Program:
    """One program in one configuration."""

    name: str
    environment: str
    options: tuple[str, ...] = ()


PROGRAMS = (
    Program(OURS, ""),
    Program("LlamaIndex, 1,024 tokens (its default)", "llamaindex", ("1024",)),
    Program("LlamaIndex, 256 tokens", "llamaindex", ("256",)),
    Program("LangChain, 1,000 characters", "langchain"),
    Program("txtai, paragraphs", "txtai"),
    Program("Haystack, 200 words", "haystack"),
)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="articles as .txt files")
    parser.add_argument("--cache", type=Path, required=True, help="for the environments")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("bench/results"))
    options = parser.parse_args()
    pythons = {p.environment: python_of(p.environment, options.cache) for p in PROGRAMS[1:]}
    runs: dict[str, list[dict[str, Any]]] = {program.name: [] for program in PROGRAMS}
    for number in range(options.rounds):
        for program in PROGRAMS:
            python = pythons.get(program.environment, Path(sys.executable))
            runs[program.name].append(_run(program, python, options.folder))
            print(f"round {number + 1}: {program.name} {runs[program.name][-1]}", file=sys.stderr)
    rows = [_row(name, found, runs[OURS]) for name, found in runs.items()]
    options.out.mkdir(parents=True, exist_ok=True)
    record = {"schema": "rag.bench.peers/2", "rounds": options.rounds, "rows": rows}
    (options.out / "peers.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (options.out / "peers.md").write_text(_table(rows), "utf-8")
    print(_table(rows))


def _run(program: Program, python: Path, folder: Path) -> dict[str, Any]:
    """One process: the JSON object that it prints last."""
    out = tempfile.mkdtemp()
    command = index_command(program, python, folder, out)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, **OFFLINE}
        )
    except subprocess.CalledProcessError as exc:
        sys.exit(f"{program.name} failed:\n{exc.stderr[-2000:]}")
    finally:
        shutil.rmtree(out, ignore_errors=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def index_command(program: Program, python: Path, folder: Path, out: str) -> list[str]:
    """What indexes ``folder`` into the folder ``out``."""
    ours = program.name == OURS
    what = ["-m", "bench.peers.index_rag"] if ours else []
    what = what or [str(HERE / f"index_{program.environment}.py")]
    model = str(locate("all-MiniLM-L6-v2").path)
    return [str(python), *what, str(folder), model, out, *program.options]


def _row(name: str, runs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [run["n_tokens_embedded"] / run["index_s"] for run in runs]
    our_rates = [run["n_tokens_embedded"] / run["index_s"] for run in ours]
    first = runs[0]
    return {
        "program": name,
        "chunks": first["n_chunks"],
        "embedded_share": first["n_tokens_embedded"] / first["n_tokens"],
        "index_s": median(run["index_s"] for run in runs),
        "load_s": median(run["load_s"] for run in runs),
        "tokens_per_s": median(rates),
        "spread": (max(rates) - min(rates)) / median(rates),
        "ours_is_times_as_fast": [a / b for a, b in zip(our_rates, rates, strict=True)],
        "peak_mb": median(run["peak_mb"] for run in runs),
    }


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "# Indexing, beside other programs",
        "",
        "`python -m bench.peers FOLDER --cache DIR`: one folder, one MiniLM, medians, in turn.",
        "",
        "| program | chunks | text embedded | seconds | and to load | tokens/s | spread "
        "| rag is | peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['program']} | {row['chunks']} | {row['embedded_share']:.0%} "
        f"| {row['index_s']:.1f} | {row['load_s']:.1f} | {row['tokens_per_s']:.0f} "
        f"| {row['spread']:.0%} | {median(row['ours_is_times_as_fast']):.2f}× "
        f"| {row['peak_mb']:.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
