"""The labelled development sets, and the verifiers that never saw one of them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.text.words import terms

SETS = ("begin_wow", "wice_full", "wice_oracle", "factcheckgpt", "feversym", "fm2")
ALTERNATIVES = ("wice_oracle",)
"""Sets whose passages are alternatives: the best one counts."""
LEFT_OUT = {
    "begin_wow": "a",
    "feversym": "a",
    "wice_full": "b",
    "wice_oracle": "b",
    "factcheckgpt": "b",
    "fm2": "c",
}
"""The network (``NAME.pt``) that was trained without a set."""
TRAINED_ON = {
    "a": ("wice_oracle", "factcheckgpt", "fm2"),
    "b": ("begin_wow", "feversym", "fm2"),
    "c": (),
    "all": ("begin_wow", "wice_oracle", "factcheckgpt", "feversym", "fm2"),
}
"""What each network saw in its second stage; ``all`` is the one that is shipped."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim that people judged.

    Attributes:
        groups: evidence; several only where passages are alternatives.
        supported: whether all of the claim is borne by it.
    """

    claim: str
    groups: tuple[tuple[str, ...], ...]
    supported: bool


def read_set(folder: Path, name: str) -> list[Judged]:
    """The records of a set; empty if it is not there."""
    found = []
    for path in sorted(folder.glob(f"{name}.dev*.jsonl")):
        for line in path.open(encoding="utf-8"):
            record = json.loads(line)
            evidence = tuple(record["evidence"])
            alternatives = tuple((e,) for e in evidence) if name in ALTERNATIVES else (evidence,)
            found.append(Judged(record["claim"], alternatives, record["label"] == 1))
    return found


def idf_of(records: Sequence[Judged]) -> Callable[[str], float]:
    """idf over the set's own passages, as an index would give it; an unknown term is as rare as
    the rarest."""
    passages = {text for record in records for group in record.groups for text in group}
    df = Counter(term for text in passages for term in set(terms(text)))
    idf = {t: max(0.05, math.log((len(passages) + 1) / (n + 0.5))) for t, n in df.items()}
    rarest = max(idf.values(), default=1.0)
    return lambda term: idf.get(term, rarest)
