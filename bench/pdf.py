"""What reading PDFs costs: ``python -m bench.pdf FILE...``

For each file: pages, milliseconds a page through the reader (child process, layout, paragraphs),
the same for pdfminer alone (letters and its own layout), and their ratio; last, what starting the
child costs. Run it when nothing else runs.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pdfminer.high_level import extract_text

from rag.ingest.isolated import IsolatedParsers
from rag.ingest.pdf import PdfReader
from tests.support.pdf import Line, pdf

_RUNS = 3


def main() -> None:
    """Print one line for each file named on the command line."""
    parsers = IsolatedParsers()
    reader = PdfReader(parsers)
    one_page = pdf([[Line(60, 700, "One sentence stands on this page.")]])
    first = _seconds(lambda: reader.read(Path("a.pdf"), one_page, document_id="a"), runs=1)
    later = _seconds(lambda: reader.read(Path("a.pdf"), one_page, document_id="a"))
    for name in sys.argv[1:]:
        path = Path(name)
        data = path.read_bytes()
        (document,) = reader.read(path, data, document_id=path.name)
        n_pages = int(document.meta["pages"])
        ours = _seconds(partial(reader.read, path, data, document_id=path.name))
        alone = _seconds(partial(_alone, data))
        print(
            f"{path.name}: {n_pages} pages, {1000 * ours / n_pages:.1f} ms a page, pdfminer alone "
            f"{1000 * alone / n_pages:.1f}, ratio {ours / alone:.2f}"
        )
    print(
        f"child: {1000 * (first - later):.0f} ms to start, {1000 * later:.1f} ms for one sentence"
    )
    parsers.close()


def _alone(data: bytes) -> str:
    return extract_text(io.BytesIO(data))


def _seconds(call: Callable[[], object], *, runs: int = _RUNS) -> float:
    """The least of some runs."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
