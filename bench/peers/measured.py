"""What every script says at its end: one JSON object on stdout."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

WINDOW = 254
"""Tokens of a text that the embedder reads; what lies beyond is not in the index at all."""


def report(started: float, loaded: float, model: str, chunks: Sequence[str]) -> None:
    """Seconds since imports began (``started``) and since the model was there (``loaded``), and how
    much text was embedded for that."""
    now = time.perf_counter()
    counts = _tokens(model, chunks)
    record = {
        "load_s": loaded - started,
        "index_s": now - loaded,
        "n_chunks": len(chunks),
        "n_tokens": sum(counts),
        "n_tokens_embedded": sum(min(count, WINDOW) for count in counts),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    print(json.dumps(record))


def _tokens(model: str, texts: Sequence[str]) -> list[int]:
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [len(encoding.ids) for encoding in encodings]
