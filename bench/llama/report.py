"""The page of the Llama engine: figures under headings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, aim_table, table


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
        aimed = [(figure.said, figure) for figure in every if figure.aim is not None]
        lines = ["# What the Llama engine costs", "", *_facts(self.machine), *_facts(self.model)]
        lines += ["", "## Against the aims", "", *aim_table(aimed), ""]
        for name, figures in self.sections.items():
            told = [(figure.said, figure) for figure in figures if figure.aim is None]
            if told:
                lines += [f"## {name}", "", *table(told), ""]
        return "\n".join(lines)

    def write(self, target: Path) -> None:
        """Write ``target`` (JSON) and the page beside it (``.md``)."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n", "utf-8")
        target.with_suffix(".md").write_text(self.as_markdown(), "utf-8")


def _facts(facts: dict[str, str]) -> list[str]:
    return [f"- {name}: {value}" for name, value in facts.items()]
