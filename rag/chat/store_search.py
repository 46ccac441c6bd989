"""Which kept answers hold the words that somebody looks for.

The index of words is made when it is asked for, in memory: nothing of a deleted chat can be left in
it, and a file needs no FTS5 to be read. 10,000 answers take a fraction of a second.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing

_WORD = re.compile(r"[^\W_]+")
_MAX_WORDS = 30
"""Words that are looked for; more of them make SQLite's parser give up."""
_EXCERPT_CHARS = 160


def matching(texts: Sequence[str], wanted: str) -> list[int]:
    """The indexes of the ``texts`` that hold every word of ``wanted``, best first.

    A word matches where it begins one, whatever its case and accents. If nothing is found so,
    each piece between blanks counts wherever it stands: scripts without blanks, punctuation.
    Nothing is wanted: nothing matches.
    """
    found = _by_words(texts, _WORD.findall(wanted)[:_MAX_WORDS])
    return found or _by_pieces(texts, wanted.casefold().split())


def excerpt(text: str, wanted: str) -> str:
    """About a line of ``text`` around the first word of ``wanted`` in it, else its beginning."""
    lowered = text.casefold()
    places = [lowered.find(word.casefold()) for word in _WORD.findall(wanted)]
    first = min((place for place in places if place >= 0), default=0)
    start = 0 if first < _EXCERPT_CHARS // 2 else text.find(" ", first - _EXCERPT_CHARS // 2) + 1
    start = min(start, first)
    end = start + _EXCERPT_CHARS
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _by_words(texts: Sequence[str], words: Sequence[str]) -> list[int]:
    if not words:
        return []
    query = " ".join(f'"{word}" *' for word in words)
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(
                "CREATE VIRTUAL TABLE words USING fts5 "
                "(text, tokenize = 'unicode61 remove_diacritics 2')"
            )
            connection.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts)
            )
            found = connection.execute(
                "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank", (query,)
            )
            return [rowid for (rowid,) in found]
    except sqlite3.OperationalError:  # this SQLite was built without FTS5
        return []


def _by_pieces(texts: Sequence[str], pieces: Sequence[str]) -> list[int]:
    if not pieces:
        return []
    lowered = (text.casefold() for text in texts)
    return [i for i, text in enumerate(lowered) if all(piece in text for piece in pieces)]
