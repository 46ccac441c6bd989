"""Evidence in the prompt against its tokens: ``python -m bench.packing --data DIR --cache DIR``.

``--cache`` is where ``bench.floor`` keeps llama.cpp's source, in which the vocabulary of Llama 3
lies; without it, tokens are reckoned from characters. Nothing is timed: the results do not depend
on load.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.floor import vocabulary_file
from bench.packing.measures import (
    Row,
    as_record,
    reading_time,
    rows,
    rows_of,
    token_counter,
)
from bench.packing.questions import Asked, dev_questions, eval_questions
from bench.packing.report import write
from bench.packing.ways import all_ways
from bench.retrieval import DEFAULT_DATA, SETS

BENCH = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every way on the eval suite and every set that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--cache", type=Path, help="where bench.floor keeps llama.cpp's source")
    parser.add_argument("--work", type=Path, default=BENCH / "work" / "packing")
    parser.add_argument("--out", type=Path, default=BENCH / "results")
    parser.add_argument("--most", type=int, help="questions of each set, for a trial")
    parser.add_argument("--only", action="append", choices=SETS, help="a set; repeatable")
    parser.add_argument("--report", action="store_true", help="only write the report again")
    options = parser.parse_args(arguments)
    record = options.out / "packing.json"
    if not options.report:
        options.out.mkdir(parents=True, exist_ok=True)
        record.write_text(_measured(options), encoding="utf-8")
    kept = json.loads(record.read_text("utf-8"))
    write(rows_of(kept), kept["tokens"], options.out)
    sys.stdout.write((options.out / "packing.md").read_text("utf-8"))
    return 0


def _measured(options: argparse.Namespace) -> str:
    """The rows of every set, as JSON."""
    vocabulary = None if options.cache is None else vocabulary_file(options.cache)
    tokens, how = token_counter(vocabulary)
    seconds_of = reading_time(options.out / "llama.json", BENCH / "results" / "llama.json")
    ways = list(all_ways())
    found: list[Row] = []
    for questions in _sets(options):
        found += rows(questions, ways, tokens, seconds_of)
        sys.stderr.write(f"done: {questions[0].set}\n")
    return as_record(found, how)


def _sets(options: argparse.Namespace) -> Iterator[list[Asked]]:
    """Questions of the eval suite, then of every development set that is wanted and there."""
    yield eval_questions(options.work, most=options.most)
    for name in options.only or SETS:
        if (options.data / f"{name}.docs.jsonl").is_file():
            yield dev_questions(options.data, name, options.work, most=options.most)
        else:
            sys.stderr.write(f"skipped {name}: not in {options.data}\n")


if __name__ == "__main__":
    raise SystemExit(main())
