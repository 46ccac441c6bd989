"""Memory and loading time of a model, in a process of its own: ``python -m bench.llama.memory``."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Figure

_KIB = 1024


def memory_and_loading(model: str) -> list[Figure]:
    """Peak memory with a full context, and the seconds until a model can be used."""
    command = [sys.executable, "-m", "bench.llama.memory", model]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return [
        Figure(
            "peak resident memory",
            (found["peak_mb"],),
            "MB",
            how=f"context of {found['n_ctx']:,} tokens, all of them used",
        ),
        Figure("resident memory before loading", (found["before_mb"],), "MB"),
        Figure(
            "loading",
            (found["load_s"],),
            "s",
            how="file in the page cache, import of llama_cpp included",
        ),
        Figure("the first evaluation after loading, of one token", (found["first_s"],), "s"),
    ]


def _measure(model: str) -> dict[str, float]:
    from bench.llama.rig import N_CTX, article_texts
    from rag.generation.llama.engine import LlamaEngine

    before_mb = _peak_mb()
    start = time.perf_counter()
    engine = LlamaEngine(model, n_ctx=N_CTX)
    load_s = time.perf_counter() - start
    state, ids = engine._state, engine._vocabulary.encode("\n".join(article_texts()))
    start = time.perf_counter()
    state.become(ids[:1])
    first_s = time.perf_counter() - start
    state.become((ids * 2)[:N_CTX])
    return {
        "n_ctx": engine.n_ctx,
        "before_mb": before_mb,
        "load_s": load_s,
        "first_s": first_s,
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    """Peak resident memory so far, in megabytes (10^6). What ``getrusage`` says on Linux would be
    that of the process that started this one, if it was larger."""
    if sys.platform != "linux":  # bytes on macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * _KIB / 1e6 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    print(json.dumps(_measure(parser.parse_args().model)))


if __name__ == "__main__":
    main()
