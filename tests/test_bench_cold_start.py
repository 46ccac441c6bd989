"""The bench of cold starts times what it says (its figures are no test's business)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.cold_start.floors import floor, minimum
from bench.cold_start.process import imports, program, run, steps
from bench.cold_start.report import ORDER
from bench.cold_start.stopwatch import IMPORTS, REST, TARGETS, located


@pytest.mark.parametrize("target", TARGETS)
def test_every_step_begins_with_something_that_is_there(target: str) -> None:
    importlib.import_module(target.partition(":")[0])
    owner, name = located(target)
    assert callable(getattr(owner, name, None)), f"{target} is gone: name what took its place"


def test_every_step_has_its_place_in_the_table() -> None:
    named = {s for step in TARGETS.values() for s in ((step,) if isinstance(step, str) else step)}
    assert named | {IMPORTS, REST} <= set(ORDER)


def test_the_steps_of_a_run_add_up_to_nearly_all_of_it(tmp_path: Path) -> None:
    found = steps(["--help"], tmp_path / "steps")
    assert {"interpreter", IMPORTS, REST, "exit"} <= set(found)
    assert all(seconds >= 0.0 for seconds in found.values())


def test_a_search_goes_through_its_steps(tmp_path: Path) -> None:
    article = tmp_path / "articles" / "one.md"
    article.parent.mkdir()
    article.write_text("# Bridges\n\nThe bridge was closed in May.\n", "utf-8")
    where = ["-a", str(article.parent), "--index", str(tmp_path / "index")]
    assert run(program("index", str(article.parent), *where[2:])).first_s is not None
    found = steps(["search", "bridge", *where], tmp_path / "steps")
    assert {"settings", "index opened", "question embedded", "searched", "shown"} <= set(found)


def test_the_floor_and_the_minimum_embed_a_question_alike(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    rows = []
    for command in (floor("Which bridge?", tmp_path / "floor"), minimum("Which bridge?")):
        command[2] += f"\nnp.save({str(tmp_path / 'row.npy')!r}, row)"
        run(command)
        rows.append(np.load(tmp_path / "row.npy"))
    assert np.abs(rows[0] - rows[1]).max() < 1e-5


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="ended with 33"):
        run([sys.executable, "-c", "raise SystemExit(33)"])


def test_imports_are_counted_for_their_packages() -> None:
    found = imports(("--help",))
    assert found["typer"] > 0.0
    assert list(found.values()) == sorted(found.values(), reverse=True)
