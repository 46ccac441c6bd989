"""A folder of articles of usual length, from the texts of the development sets."""

from __future__ import annotations

import json
from pathlib import Path

SETS = ("xquad_en", "qamr_wikinews", "chunkeval")
"""Prose first: the last has tables."""
ARTICLE_CHARS = 5_700
TOTAL_CHARS = 400_000
"""Some 800 chunks: ten seconds of embedding on two cores."""


def folder_of_articles(data: Path, cache: Path, *, n_chars: int = TOTAL_CHARS) -> Path:
    """``.txt`` files of about 5,700 characters and ``n_chars`` in all below ``cache``, made of the
    sets in ``data`` unless they are there."""
    folder = cache / f"articles-{n_chars}"
    if folder.is_dir():
        return folder
    articles = _cut("\n\n".join(_texts(data)), n_chars)
    folder.mkdir(parents=True)
    for number, text in enumerate(articles):
        (folder / f"{number:04d}.txt").write_text(text, "utf-8")
    return folder


def _texts(data: Path) -> list[str]:
    lines = [
        line
        for name in SETS
        for line in (data / f"{name}.docs.jsonl").read_text("utf-8").split("\n")
        if line.strip()
    ]
    return [json.loads(line)["text"] for line in lines]


def _cut(text: str, n_chars: int) -> list[str]:
    """The beginning of ``text`` in pieces that end where a line does."""
    pieces, start = [], 0
    while start < min(len(text), n_chars):
        at = text.find("\n", min(start + ARTICLE_CHARS, len(text)))
        end = at if 0 <= at <= start + 2 * ARTICLE_CHARS else start + ARTICLE_CHARS
        pieces.append(text[start:end].strip() + "\n")
        start = end
    return pieces
