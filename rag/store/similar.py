"""Which articles are nearly the same text: signatures, the tables that find their like, pairs.

A signature is a MinHash: the share of equal numbers in two signatures estimates how much two
articles have in common (Jaccard similarity of their word shingles). So that a new article is
compared with few others, each signature is cut into bands, and only articles with an equal band
are compared: the cost of an article does not grow with the index.

Source: Broder, On the resemblance and containment of documents, 1997; Leskovec, Rajaraman, Ullman,
Mining of Massive Datasets, chapter 3 (banding: a pair of similarity s is found with probability
1 - (1 - s^r)^b; with 20 bands of 6 numbers 0.998 at 0.8, 0.27 at 0.5).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

N_BANDS = 20
_BAND_NUMBERS = 6
N_NUMBERS = N_BANDS * _BAND_NUMBERS
SIMILAR = 0.8
"""Estimated Jaccard similarity from which two articles count as nearly the same."""
_NUMBER_BYTES = 4
_CROWD = 8
"""Articles of one band that a new one is compared with: a thousand copies of one text are joined
in a chain, not in a million pairs."""

_OF_A_BAND = (
    "SELECT document FROM (SELECT document FROM bands "
    f"WHERE value = :b{{}} AND document != :key ORDER BY document LIMIT {_CROWD})"
)
_CANDIDATES = (
    "SELECT s.document, s.signature FROM signatures s WHERE s.document IN ("
    + " UNION ".join(_OF_A_BAND.format(n) for n in range(N_BANDS))
    + ") ORDER BY s.document"
)

SCHEMA = """
-- MinHash of an article's words, uint32 each; none for a text of less than a shingle.
CREATE TABLE signatures (
    document  INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
    signature BLOB NOT NULL
);
CREATE TABLE bands (
    value    INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    PRIMARY KEY (value, document)
) WITHOUT ROWID;
CREATE INDEX bands_document ON bands (document);

-- Pairs of nearly equal articles, the smaller key first.
CREATE TABLE similar (
    first   INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    second  INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    jaccard REAL NOT NULL,
    PRIMARY KEY (first, second)
) WITHOUT ROWID;
CREATE INDEX similar_second ON similar (second);
"""


def add(connection: sqlite3.Connection, document: int, signature: bytes) -> None:
    """Keep the signature of a staged document; an empty one is left out.

    Raises:
        ValueError: if it has another length than ``N_NUMBERS`` numbers.
    """
    if not signature:
        return
    if len(signature) != N_NUMBERS * _NUMBER_BYTES:
        raise ValueError(f"a signature of {len(signature)} bytes")
    connection.execute("INSERT INTO signatures VALUES (?, ?)", (document, signature))
    connection.executemany(
        "INSERT OR IGNORE INTO bands VALUES (?, ?)",
        ((value, document) for value in _bands(signature)),
    )


def neighbours(connection: sqlite3.Connection, documents: Iterable[int]) -> set[int]:
    """The documents that are paired with one of ``documents``: when those go, they have to be
    linked anew, as two of them may have been joined by the one that went."""
    found: set[int] = set()
    for key in documents:
        for first, second in connection.execute(
            "SELECT first, second FROM similar WHERE first = ?1 OR second = ?1", (key,)
        ):
            found.add(second if first == key else first)
    return found


def link(connection: sqlite3.Connection, documents: Iterable[int]) -> None:
    """Find, for each of ``documents``, those that are nearly the same, and note the pairs. When
    this is called, no document is staged that is not to be seen."""
    for key in documents:
        row = connection.execute(
            "SELECT signature FROM signatures WHERE document = ?", (key,)
        ).fetchone()
        if row is None:
            continue
        for other, signature in _candidates(connection, key, row[0]):
            similarity = jaccard(row[0], signature)
            if similarity >= SIMILAR:
                connection.execute(
                    "INSERT OR REPLACE INTO similar VALUES (?, ?, ?)",
                    (min(key, other), max(key, other), similarity),
                )


def groups(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """The ids of articles that are nearly the same, in groups of two or more: what pairs connect.
    Ids and groups are sorted."""
    leaders: dict[str, str] = {}

    def leader(name: str) -> str:
        while (above := leaders.setdefault(name, name)) != name:
            leaders[name] = leaders[above]
            name = above
        return name

    for first, second in connection.execute(
        "SELECT a.id, b.id FROM similar s JOIN documents a ON a.key = s.first "
        "JOIN documents b ON b.key = s.second WHERE a.live = 1 AND b.live = 1"
    ):
        leaders[leader(second)] = leader(first)
    found: dict[str, list[str]] = {}
    for name in leaders:
        found.setdefault(leader(name), []).append(name)
    return sorted(tuple(sorted(names)) for names in found.values())


def jaccard(one: bytes, other: bytes) -> float:
    """The estimated similarity of two signatures, in [0, 1]; standard error 0.04 at 0.8. That of
    signatures of unlike length, which no sound index holds, is 0."""
    if len(one) != len(other):
        return 0.0
    pairs = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(a == b for a, b in pairs) / N_NUMBERS


def packed(numbers: Iterable[int]) -> bytes:
    """The numbers of a signature, uint32, as kept.

    Raises:
        ValueError: if there are not ``N_NUMBERS``.
    """
    signature = array("I", numbers).tobytes()
    if len(signature) != N_NUMBERS * _NUMBER_BYTES:
        raise ValueError(f"a signature of {len(signature)} bytes")
    return signature


def _candidates(connection: sqlite3.Connection, key: int, signature: bytes) -> list[Any]:
    """Documents that share a band with ``key``, and their signatures: the oldest of every band."""
    values = {f"b{n}": value for n, value in enumerate(_bands(signature))}
    return connection.execute(_CANDIDATES, values | {"key": key}).fetchall()


def _bands(signature: bytes) -> Iterator[int]:
    """Each band as a number of 64 bits, its place among the bands included."""
    width = _BAND_NUMBERS * _NUMBER_BYTES
    for band in range(N_BANDS):
        digest = blake2b(
            signature[band * width : (band + 1) * width], digest_size=8, salt=bytes((band,))
        )
        yield int.from_bytes(digest.digest(), "little", signed=True)
