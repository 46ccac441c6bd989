"""The page of all measurements, ``bench/results/README.md``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import plots
from bench.aims import Record, figures, records_in
from bench.figures import Named, aim_table, table
from bench.plan import BENCHES

_HEAD = """\
# What was measured

Written by `python -m bench` (`make bench`), which measures all of it in one run and on one machine,
what is compared in turns. Ratios come first: seconds depend on the machine, ratios hardly do. Each
is a median, with the lowest and the highest; \
[what each measurement is and needs](../README.md).
"""


def write(folder: Path, runs: dict[str, Any]) -> Path:
    """Write the page of what lies in ``folder``, and its plots; where it is."""
    records = records_in(folder, [bench.name for bench in BENCHES])
    drawn = plots.draw(records, folder)
    parts = [
        _HEAD,
        *_figures(records),
        *_plots(drawn),
        *_runs(runs["benches"], folder),
        *_machine(runs["machine"]),
    ]
    path = folder / "README.md"
    path.write_text("\n".join(parts) + "\n", "utf-8")
    return path


def _figures(records: dict[str, Record]) -> list[str]:
    """What has an aim, then what is only told."""
    aimed: list[Named] = []
    told: list[Named] = []
    for bench, found in figures(records).items():
        for figure in found:
            linked = (f"[{figure.said}]({bench}.md)", figure)
            (told if figure.aim is None else aimed).append(linked)
    return [
        "## Against the aims", "", *aim_table(aimed), "",
        "## Beside them", "", *table(told), "",
    ]  # fmt: skip


def _plots(drawn: Sequence[plots.Plot]) -> list[str]:
    lines = ["## Plots", ""]
    for plot in drawn:
        lines += [f"![{plot.says}]({plot.file})", "", plot.says, ""]
    return lines


def _runs(runs: dict[str, Any], folder: Path) -> list[str]:
    lines = [
        "## Runs",
        "",
        "| measurement | date (UTC) | commit | load before | minutes | |",
        "|---|---|---|---|---|---|",
    ]
    for bench in BENCHES:
        run = runs.get(bench.name)
        there = (folder / f"{bench.name}.md").is_file()
        name = f"[{bench.name}]({bench.name}.md)" if there else bench.name
        if run is None:
            said = "measured before this page was" if there else "not measured"
            lines.append(f"| {name} | | | | | {said} |")
            continue
        minutes = f"{run['seconds'] / 60:.1f}" if "seconds" in run else ""
        said = f"**skipped**, it needs {run['needs']}" if run["status"] == "skipped" else ""
        said = "**failed**" if run["status"] == "failed" else said
        lines.append(
            f"| {name} | {run['date']} | {run['commit']} | {run['load']} | {minutes} | {said} |"
        )
    return [*lines, ""]


def _machine(machine: dict[str, str]) -> list[str]:
    return ["## The machine", "", *(f"- {name}: {fact}" for name, fact in machine.items())]
