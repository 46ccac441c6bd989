"""What was measured, in figures and in words."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rag.generation.llama.library import library
from rag.generation.llama.machine import physical_cores


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    Attributes:
        values: one for each time it was measured; the median is reported.
        unit: printed behind it; empty for a ratio.
        aim: what it should be at least (``least``) or at most; None if it is only reported.
        how: what was divided by what, under which conditions.
    """

    what: str
    values: tuple[float, ...]
    unit: str = ""
    aim: float | None = None
    least: bool = True
    how: str = ""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is; None if there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.least else self.value <= self.aim


@dataclass
class Report:
    """Figures under headings, in the order they came."""

    machine: dict[str, str]
    model: dict[str, str]
    sections: dict[str, list[Figure]] = field(default_factory=dict)

    def add(self, section: str, figures: Sequence[Figure]) -> None:
        """Put ``figures`` under ``section``."""
        self.sections.setdefault(section, []).extend(figures)

    def as_dict(self) -> dict[str, Any]:
        """JSON values; every single measurement is kept."""
        sections = {
            name: [{**asdict(f), "median": f.value, "reached": f.reached} for f in figures]
            for name, figures in self.sections.items()
        }
        return {"machine": self.machine, "model": self.model, "sections": sections}

    def as_markdown(self) -> str:
        """A page with what has an aim first."""
        every = [figure for figures in self.sections.values() for figure in figures]
        aimed = [figure for figure in every if figure.aim is not None]
        lines = ["# What the Llama engine costs", "", *_facts(self.machine), *_facts(self.model)]
        lines += ["", "## Against the aims", "", *_aim_table(aimed), ""]
        for name, figures in self.sections.items():
            rest = [figure for figure in figures if figure.aim is None]
            if rest:
                lines += [f"## {name}", "", *_table(rest), ""]
        return "\n".join(lines)

    def write(self, target: Path) -> None:
        """Write ``target`` (JSON) and the page beside it (``.md``)."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n", "utf-8")
        target.with_suffix(".md").write_text(self.as_markdown(), "utf-8")


def describe_machine() -> dict[str, str]:
    """What may explain the figures; nothing that names the machine."""
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    features = library().api.llama_print_system_info().decode("utf-8", "replace")
    return {
        "processor": _processor(),
        "physical cores": str(physical_cores()),
        "memory": f"{n_bytes / 2**30:.0f} GiB",
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "llama-cpp-python": version("llama-cpp-python"),
        "llama.cpp": " ".join(features.split()),
        "load before the run": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    """The processor's model, with its family: clouds hide the exact name."""
    found: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            found.setdefault(name.strip(), value.strip())
    except OSError:
        return platform.processor() or platform.machine()
    family = f"family {found.get('cpu family', '?')}, model {found.get('model', '?')}"
    return f"{found.get('model name', platform.machine())} ({family})"


def _facts(facts: dict[str, str]) -> list[str]:
    return [f"- {name}: {value}" for name, value in facts.items()]


def _aim_table(figures: Sequence[Figure]) -> list[str]:
    rows = [
        "| what | median | lowest to highest | n | aim | reached |",
        "|---|---|---|---|---|---|",
    ]
    for f in figures:
        sign = "≥" if f.least else "≤"
        aim = f"{sign} {_number(f.aim or 0.0)} {f.unit}".strip()
        word = "yes" if f.reached else "**no**"
        rows.append(f"| {_cells(f)} | {aim} | {word} |")
    return rows


def _table(figures: Sequence[Figure]) -> list[str]:
    rows = ["| what | median | lowest to highest | n |", "|---|---|---|---|"]
    return rows + [f"| {_cells(f)} |" for f in figures]


def _cells(figure: Figure) -> str:
    how = f" ({figure.how})" if figure.how else ""
    low, high = min(figure.values), max(figure.values)
    spread = "" if len(figure.values) == 1 else f"{_number(low)} to {_number(high)}"
    middle = f"{_number(figure.value)} {figure.unit}".strip()
    return f"{figure.what}{how} | {middle} | {spread} | {len(figure.values)}"


def _number(value: float) -> str:
    """Three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
