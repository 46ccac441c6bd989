"""How many small falsifications of supported claims the verifier catches, kind by kind.

    python -m bench.robustness --data DIR [--networks DIR] [--verifier combined]

Claims: those that people found supported in the development sets, and sentences of the sample
articles beside the passage they stand in. With ``--networks`` (see ``bench.fit_verifier``) every
set is judged by a verifier that never saw it. Writes bench/results/robustness.json and .md.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scipy.stats import binomtest

from bench.perturbations import KINDS, names_of
from bench.verifier.judges import Judges, score_of
from bench.verifier.sets import SETS, Judged, idf_of, read_set
from rag.protocols import Verifier
from rag.resources import data_dir
from rag.text.sentences import sentence_spans

RESULTS = Path(__file__).parent / "results"
PER_KIND = 40
"""Claims of a set that are changed in one way, at most."""
SEEDS = "sample articles"
INSIDE = "name of the same passage"
_AROUND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One kind in one group of sets: counts of changed claims and of their originals."""

    group: str
    kind: str
    n: int
    caught: int
    flagged: int


def article_claims(folder: Path) -> list[Judged]:
    """Every sentence of the articles with those around it as evidence."""
    found = []
    for path in sorted(folder.glob("*.md")):
        if path.name == "SOURCES.md":
            continue
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            if paragraph.lstrip().startswith(("#", "-", "|", ">")):
                continue
            text = [" ".join(s.of(paragraph).split()) for s in sentence_spans(paragraph)]
            for i, sentence in enumerate(text):
                around = " ".join(text[max(0, i - _AROUND) : i + _AROUND + 1])
                found.append(Judged(sentence, ((around,),), supported=True))
    return found


def lines_of(group: str, records: Sequence[Judged], verifier: Verifier) -> list[Line]:
    """The seven kinds, and names taken from the same evidence."""
    supported = [r for r in records if r.supported]
    pool = names_of([t for r in supported for g in r.groups for t in g])
    found = []
    for kind in (*KINDS, INSIDE):
        rng = random.Random(f"{group} {kind}")
        changed = []
        for record in rng.sample(supported, len(supported)):
            if len(changed) < PER_KIND and (claim := _changed(kind, record, pool, rng)):
                changed.append((record, claim))
        before = [score_of(verifier, r) < verifier.threshold for r, _ in changed]
        after = [
            score_of(verifier, Judged(c, r.groups, supported=False)) < verifier.threshold
            for r, c in changed
        ]
        found.append(Line(group, kind, len(changed), sum(after), sum(before)))
    return found


def _changed(kind: str, record: Judged, pool: Sequence[str], rng: random.Random) -> str | None:
    own = " ".join(t for g in record.groups for t in g)
    if kind == INSIDE:
        return KINDS["name"](record.claim, names_of([own]), rng)
    away = [n for n in rng.sample(pool, min(60, len(pool))) if n not in own]
    return KINDS[kind](record.claim, away, rng)


def pooled(lines: Sequence[Line], group: str) -> list[Line]:
    """The lines of several sets added up, kind by kind."""
    return [
        Line(
            group,
            kind,
            sum(line.n for line in lines if line.kind == kind),
            sum(line.caught for line in lines if line.kind == kind),
            sum(line.flagged for line in lines if line.kind == kind),
        )
        for kind in (*KINDS, INSIDE)
    ]


def table(lines: Sequence[Line]) -> str:
    """Markdown: share caught with its 95 % interval (Wilson), beside the originals flagged."""
    rows = ["| claims | changed | n | caught (95 %) | originals flagged |", "|---|---|---|---|---|"]
    for line in lines:
        if not line.n:
            continue
        low, high = binomtest(line.caught, line.n).proportion_ci(method="wilson")
        rows.append(
            f"| {line.group} | {line.kind} | {line.n} | {line.caught / line.n:.3f} "
            f"({low:.3f}-{high:.3f}) | {line.flagged / line.n:.3f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", type=Path)
    parser.add_argument("--verifier", default="combined")
    parser.add_argument("--sets", nargs="*", default=[n for n in SETS if n != "wice_oracle"])
    options = parser.parse_args()
    lines = []
    groups: list[tuple[str, Callable[[], list[Judged]]]] = [
        (name, lambda name=name: read_set(options.data, name)) for name in options.sets
    ]
    groups.append((SEEDS, lambda: article_claims(data_dir("seeds"))))
    for group, read in groups:
        records = read()
        judges = Judges(options.networks)
        verifier = judges.judge(options.verifier, group, idf_of(records), left_out=True)
        lines += lines_of(group, records, verifier)
        print(table([line for line in lines if line.group == group]), flush=True)
    labelled = [line for line in lines if line.group != SEEDS]
    summary = [*pooled(labelled, "labelled sets"), *(li for li in lines if li.group == SEEDS)]
    print(table(summary))
    RESULTS.mkdir(exist_ok=True)
    name = "robustness" if options.verifier == "combined" else f"robustness_{options.verifier}"
    written = [asdict(line) for line in lines]
    (RESULTS / f"{name}.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(f"{table([*summary, *labelled])}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
