"""The tables of ``bench.cold_start``."""

from __future__ import annotations

from statistics import median
from typing import Any

from bench.cold_start.tasks import FLOOR, MINIMUM

ORDER = (
    "interpreter",
    "imports",
    "settings",
    "weights",
    "articles compared",
    "articles embedded",
    "index written",
    "index opened",
    "model loaded",
    "spelling",
    "question embedded",
    "searched",
    "sentences embedded",
    "ranked",
    "decided",
    "prompt packed",
    "prompt read",
    "tokens decoded",
    "written",
    "written again",
    "checked",
    "shown",
    "closed",
    "the rest",
    "exit",
)
"""The steps as they follow each other, about."""
N_PACKAGES = 12


def page(record: dict[str, Any]) -> str:
    """Everything in Markdown."""
    head = [
        "# What a command costs from typing it",
        "",
        f"`python -m bench.cold_start`: new processes in turn, {record['rounds']} rounds, medians; "
        f"an index of {record['n_chunks']:,} chunks; load {record['load']}. The floor is the "
        "interpreter, the tokenizer, one embedding by OpenVINO, whose compiled network comes from "
        "its cache, and a FAISS search among 1,000 vectors; the minimum is the same with the "
        "program's own network in numpy.",
        "",
    ]
    return "\n".join([*head, *_times(record), "", *_steps(record), "", *_imports(record), ""])


def _times(record: dict[str, Any]) -> list[str]:
    floor, minimum = (median(record["tasks"][name]["wall_s"]) for name in (FLOOR, MINIMUM))
    lines = [
        "| | seconds | least to most | times the floor | times the minimum | to the first line "
        "| peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in record["tasks"].items():
        wall, first = found["wall_s"], [s for s in found["first_s"] if s is not None]
        lines.append(
            f"| {name} | {median(wall):.2f} | {min(wall):.2f} to {max(wall):.2f} "
            f"| {median(wall) / floor:.2f} | {median(wall) / minimum:.2f} "
            f"| {f'{median(first):.2f}' if first else ''} "
            f"| {median(found['memory_mb']):.0f} |"
        )
    return lines


def _steps(record: dict[str, Any]) -> list[str]:
    """Milliseconds of every step, a column for every command."""
    columns = {name: found["steps"] for name, found in record["tasks"].items() if found["steps"]}
    known = [step for steps in columns.values() for step in steps]
    names = [step for step in ORDER if step in known] + sorted(set(known) - set(ORDER))
    lines = [
        "## Step by step",
        "",
        "Milliseconds, medians of runs of their own with a stopwatch around public calls (a step "
        "holds nothing of another one within it; imports are all together, wherever they happen).",
        "",
        "| | " + " | ".join(columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for step in names:
        cells = [f"{1000 * median(c[step]):.0f}" if step in c else "" for c in columns.values()]
        lines.append(f"| {step} | {' | '.join(cells)} |")
    return lines


def _imports(record: dict[str, Any]) -> list[str]:
    lines = [
        "## Imports",
        "",
        "Milliseconds of the slowest packages, one run under `-X importtime` (which slows them).",
        "",
    ]
    for name, packages in record["imports"].items():
        slowest = list(packages.items())[:N_PACKAGES]
        said = ", ".join(f"{package} {ms:.0f}" for package, ms in slowest)
        lines.append(f"- {name}: {said}; all {sum(packages.values()):.0f}")
    return lines
