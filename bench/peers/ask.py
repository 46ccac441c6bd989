"""One search, one process, here and elsewhere: ``python -m bench.peers.ask FOLDER --cache DIR``.

Every program has indexed the .txt files of one folder with the same MiniLM; measured is a new
process that opens that index, embeds one question and gives the five best passages: from typing it
to its end, imports included, in turn, for some rounds. ``rag ask``, which does more (it answers,
and checks every sentence), stands beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench.cold_start.process import program, run
from bench.peers.__main__ import OFFLINE, OURS, PROGRAMS, Program, index_command
from bench.peers.environments import HERE, python_of
from rag.embedding.weights import locate

QUESTION = "How many points did the Panthers defense surrender?"
"""Answered by the development sets; any other does as well."""
_OUR_ASK = "rag ask, extractive"


def main() -> None:
    """Index once for each program, measure, and write ``peers_ask.json`` and ``.md``."""
    options = _options()
    os.environ.update(OFFLINE)
    os.environ["RAG_CONFIG"] = os.devnull
    chosen = [p for p in PROGRAMS if p.options != ("1024",)]
    with tempfile.TemporaryDirectory() as name:
        commands = {p.name: _prepared(p, options, Path(name)) for p in chosen}
        where = ("--index", str(Path(name) / OURS))
        commands[_OUR_ASK] = program("ask", QUESTION, "--engine", "extractive", *where)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for round_ in range(-1, options.rounds):  # the first is not kept: files come into memory
            for program_, command in commands.items():
                measured = run(command)
                print(f"{round_ + 1}: {program_} {measured.wall_s:.2f} s", file=sys.stderr)
                if round_ >= 0:
                    one = {"wall_s": measured.wall_s, "memory_mb": measured.memory_mb}
                    found[program_].append(one)
    rows = [
        {"program": name, **{key: [one[key] for one in runs] for key in runs[0]}}
        for name, runs in found.items()
    ]
    record = {"schema": "rag.bench.peers_ask/1", "rounds": options.rounds, "rows": rows}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "peers_ask.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (options.out / "peers_ask.md").write_text(_table(rows), "utf-8")
    print(_table(rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers.ask", description=__doc__)
    parser.add_argument("folder", type=Path, help="articles as .txt files")
    parser.add_argument("--cache", type=Path, required=True, help="for the environments")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE.parent / "results")
    return parser.parse_args()


def _prepared(peer: Program, options: argparse.Namespace, where: Path) -> list[str]:
    """The command of one search; what it searches is indexed now."""
    out = str(where / (peer.environment or OURS))
    if peer.name == OURS:
        run(program("index", str(options.folder), "--index", out))
        return program("search", QUESTION, "--index", out)
    python = python_of(peer.environment, options.cache)
    run(index_command(peer, python, options.folder, out))
    model = str(locate("all-MiniLM-L6-v2").path)
    return [str(python), str(HERE / f"search_{peer.environment}.py"), out, model, QUESTION]


def _table(rows: list[dict[str, Any]]) -> str:
    ours = median(next(row for row in rows if row["program"] == OURS)["wall_s"])
    lines = [
        "# One search from typing it, beside other programs",
        "",
        "`python -m bench.peers.ask FOLDER --cache DIR`: a new process opens an index, embeds a "
        "question and gives five passages; one folder, one MiniLM, medians, in turn.",
        "",
        "| program | seconds | least to most | times ours | peak MB |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['program']} | {median(row['wall_s']):.2f} "
        f"| {min(row['wall_s']):.2f} to {max(row['wall_s']):.2f} "
        f"| {median(row['wall_s']) / ours:.1f} | {median(row['memory_mb']):.0f} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
