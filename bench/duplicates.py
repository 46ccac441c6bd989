"""What is taken for a copy: ``python -m bench.duplicates [--data DIR]``.

Articles of the development sets are copied with changes as they happen: nothing but the line
breaks (``wrapped``), a sentence put on top, which moves every cut (``topped``), one word in thirty
replaced (``edited``), all numbers changed (``figures``), one sentence in six denied (``denied``).
For each passage of an article the passages of it, of its copy and of other articles are ranked by
shared words, and the first five distinct ones are taken. Reported: how many of those five say what
another of them says (0.8 of their shingles), before and after; passages of ``figures`` and
``denied`` that differ and were dropped (should be none); passages of the sets themselves, without
copies, that were dropped; microseconds for thirty passages.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.devsets import load_set
from rag.chunking.packer import SentenceChunker
from rag.ingest.markdown import MarkdownReader
from rag.retrieval.duplicates import distinct
from rag.text.sentences import sentence_spans
from rag.types import Chunk

K = 5
POOL = 30
_WORD = re.compile(r"(?<![\w.])[a-z]{4,}\b")
_NUMBER = re.compile(r"\d+")
TOP = "The following report was sent to our readers on the first day of this month by the desk. "


def wrapped(text: str, _: random.Random) -> str:
    return text.replace(" ", "\n", 1) if "\n" in text else re.sub(r"(.{70}\S*) ", r"\1\n", text)


def topped(text: str, _: random.Random) -> str:
    return TOP + text


def edited(text: str, rng: random.Random) -> str:
    words = _WORD.findall(text) or ["thing"]
    return _WORD.sub(lambda m: rng.choice(words) if rng.random() < 1 / 30 else m.group(), text)


def figures(text: str, _: random.Random) -> str:
    return _NUMBER.sub(lambda m: str(int(m.group()) + 3), text)


def denied(text: str, rng: random.Random) -> str:
    ends = [span.end for span in sentence_spans(text)]
    parts = [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]
    verb = re.compile(r"\b(is|was|are|were|has|have|will|can)\b")
    return "".join(verb.sub(r"\1 not", p, count=1) if rng.random() < 1 / 6 else p for p in parts)


COPIES: tuple[Callable[[str, random.Random], str], ...] = (
    wrapped, topped, edited, figures, denied,
)  # fmt: skip


def chunks_of(name: str, text: str) -> list[Chunk]:
    (document,) = MarkdownReader().read(Path(name), text.encode(), document_id=name)
    return SentenceChunker(lambda texts: [len(t) // 4 for t in texts]).chunk(document)


def articles(data: Path, name: str, limit: int) -> list[str]:
    """Texts of at least 200 words; passages of one title are one article."""
    by_title: dict[str, list[str]] = {}
    for number, text in enumerate(load_set(data, name).files.values()):
        head, _, body = text.rpartition("---\n")
        by_title.setdefault(head or str(number), []).append(body[:20_000])
    joined = ("\n\n".join(parts) for parts in by_title.values())
    return [text for text in joined if len(text.split()) >= 200][:limit]


def ranked(query: Chunk, pool: Sequence[Chunk]) -> list[Chunk]:
    wanted = set(query.text.split())
    return sorted(pool, key=lambda c: -len(wanted & set(c.text.split())))[:POOL]


def shingles(chunk: Chunk) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", chunk.text.casefold())
    return set(zip(words, words[1:], words[2:], strict=False))


def repeats(chunks: Sequence[Chunk]) -> int:
    """How many of ``chunks`` are contained in those of other articles before them."""
    n = 0
    for at, chunk in enumerate(chunks):
        own = shingles(chunk)
        before = [shingles(c) for c in chunks[:at] if c.document_id != chunk.document_id]
        n += len(own & set().union(*before)) >= 0.8 * len(own) > 0
    return n


def same(one: Chunk, other: Chunk) -> bool:
    return " ".join(one.text.split()) == " ".join(other.text.split())


def measure(data: Path, name: str, limit: int) -> None:
    texts = articles(data, name, limit)
    own = [chunks_of(f"{i}.md", text) for i, text in enumerate(texts)]
    everything = [chunk for chunks in own for chunk in chunks]
    rng = random.Random(0)
    dropped = sum(
        len(r) - len(distinct(r, POOL)) for r in (ranked(q, everything) for q in everything[:300])
    )
    print(
        f"{name}: {len(texts)} articles, {len(everything)} passages; without copies: "
        f"{dropped} of {min(300, len(everything)) * POOL} dropped"
    )
    for change in COPIES:
        before = after = lost = queries = differing = 0
        spent = 0.0
        for number, text in enumerate(texts):
            copies = chunks_of(f"{number}-copy.md", change(text, rng))
            others = rng.sample(everything, min(40, len(everything)))
            pool = [*own[number], *copies, *(c for c in others if c.document_id != f"{number}.md")]
            for query in own[number]:
                hits = ranked(query, pool)
                started = time.perf_counter()
                kept = distinct(hits, K)
                spent += time.perf_counter() - started
                queries += 1
                before += repeats(hits[:K])
                after += repeats([hits[d.place] for d in kept])
                last = kept[-1].place
                for chunk in hits[:last] if change in (figures, denied) else ():
                    new = chunk.document_id.endswith("-copy.md") and bool(
                        set(_sentences(chunk)) - set(_all_sentences(own[number]))
                    )
                    differing += new
                    lost += new and not any(hits[d.place] is chunk for d in kept)
        print(
            f"  {change.__name__:8} repeats of {K}: {before / queries:.2f} -> {after / queries:.2f}"
            f"   differing dropped: {lost} of {differing}   {1e6 * spent / queries:.0f} us"
        )


def _sentences(chunk: Chunk) -> list[str]:
    return [" ".join(s.of(chunk.text).split()) for s in chunk.sentences]


def _all_sentences(chunks: Sequence[Chunk]) -> list[str]:
    return [sentence for chunk in chunks for sentence in _sentences(chunk)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("shared/data/retrieval"))
    parser.add_argument("--sets", nargs="*", default=["xquad_en", "nq_gold", "qamr_wikinews"])
    parser.add_argument("--limit", type=int, default=40)
    arguments = parser.parse_args()
    for name in arguments.sets:
        measure(arguments.data, name, arguments.limit)


if __name__ == "__main__":
    main()
