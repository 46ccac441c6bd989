"""Reading and writing speed against llama.cpp's own bench, at the same depth of the context."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure
from bench.floor import FloorTest, floor_speed
from bench.llama.rig import Rig
from rag.generation.llama.citing import CitationRule
from rag.generation.llama.sampling import Sampling
from rag.generation.llama.writing import SentenceWriter

GREEDY = Sampling()
LEAST_RATIO = 0.95


def speeds(rig: Rig, tool: Path, model: Path, *, rounds: int, n_written: int) -> list[Figure]:
    """Ratios and speeds: ours and llama-bench's in turns, so that both meet the same machine."""
    tests = [FloorTest(n_prompt=512), FloorTest(n_prompt=1500)]
    tests += [FloorTest(n_written=n_written, depth=depth) for depth in (512, 1500)]
    ours: dict[FloorTest, list[float]] = {test: [] for test in tests}
    floor: dict[FloorTest, list[float]] = {test: [] for test in tests}
    beside: list[float] = []
    _run(rig, tests[0])  # the first evaluation of a context also sets up its buffers
    for number in range(rounds):
        for test in tests:
            for side in ("ours", "floor") if number % 2 else ("floor", "ours"):
                if side == "floor":
                    speed = floor_speed(tool, model, test, n_threads=rig.backend.n_threads)
                    floor[test].append(speed)
                    continue
                speed, beside_ms = _run(rig, test)
                ours[test].append(speed)
                beside += [beside_ms] if test.n_written else []
    return _figures(tests, ours, floor, beside)


def _run(rig: Rig, test: FloorTest) -> tuple[float, float]:
    """Tokens a second, and this thread's milliseconds for each that were not llama.cpp's."""
    return (_read(rig, test.n_prompt), 0.0) if test.n_prompt else write(rig, test)


def _read(rig: Rig, n_tokens: int) -> float:
    rig.state.truncate(0)
    start = time.perf_counter()
    rig.state.become(rig.ids[:n_tokens])
    return n_tokens / (time.perf_counter() - start)


def write(rig: Rig, test: FloorTest, *, rule: CitationRule | None = None) -> tuple[float, float]:
    """``_run`` for writing: the loop that ships, from scores to sentences.

    Raises:
        RuntimeError: the model ended its answer too early to measure anything.
    """
    prompt = rig.ids[: test.depth]
    rig.state.truncate(test.depth - 1)
    rig.state.become(prompt)
    writer = SentenceWriter(
        rig.state, rig.vocabulary, rule or rig.rule(), prompt=prompt, n_most=test.n_written + 1
    )
    before = rig.state.n_evaluated
    rig.api.decode_s = 0.0
    start, start_cpu = time.perf_counter(), time.thread_time()
    while (written := writer.write(GREEDY, salt=0)) is not None:
        writer.commit(written)
    seconds, own_s = time.perf_counter() - start, time.thread_time() - start_cpu
    n_tokens = rig.state.n_evaluated - before
    if n_tokens < test.n_written // 2:
        raise RuntimeError(f"the model ended its answer after {n_tokens} tokens")
    return n_tokens / seconds, 1000 * (own_s - rig.api.decode_s) / n_tokens


def _figures(
    tests: Sequence[FloorTest],
    ours: dict[FloorTest, list[float]],
    floor: dict[FloorTest, list[float]],
    beside: list[float],
) -> list[Figure]:
    ratios, plain = [], []
    for test in tests:
        name = _name(test)
        pairs = zip(ours[test], floor[test], strict=True)
        ratio = tuple(mine / theirs for mine, theirs in pairs)
        ratios.append(
            Figure(name, ratio, "×", aim=LEAST_RATIO, how="ours / llama-bench, side by side")
        )
        plain.append(Figure(f"{name}, ours", tuple(ours[test]), "tokens/s"))
        plain.append(Figure(f"{name}, llama-bench", tuple(floor[test]), "tokens/s"))
    own = Figure("our own share of writing a token", tuple(beside), "ms", how="processor time")
    return [*ratios, *plain, own]


def _name(test: FloorTest) -> str:
    if test.n_prompt:
        return f"reading {test.n_prompt} tokens"
    return f"writing {test.n_written} tokens behind {test.depth}"
