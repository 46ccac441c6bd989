"""Articles that are nearly the same text, found while they are indexed."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from index_builders import Sync, write

from rag.indexing.signatures import signature_of
from rag.store import similar
from rag.store.reader import StoreReader
from rag.store.schema import FILE_NAME
from rag.types import Block, BlockKind, Document, Span

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("l", "nd", "rk", "st")]


def prose(seed: int, n_sentences: int = 40) -> str:
    rng = random.Random(seed)
    return " ".join(
        " ".join(rng.choices(WORDS, k=12)).capitalize() + "." for _ in range(n_sentences)
    )


def document(text: str) -> Document:
    return Document("a.md", "/a.md", "A", text, (Block(Span(0, len(text))),), "0")


def groups(index_dir: Path) -> list[tuple[str, ...]]:
    with StoreReader.open(index_dir / FILE_NAME) as store:
        return store.near_duplicates()


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().replace(".", "").split()
    return set(zip(*(words[n:] for n in range(5)), strict=False))


def test_copies_with_small_changes_are_one_group(
    articles: Path, index_dir: Path, run: Sync
) -> None:
    text = prose(1)
    write(articles, "first.txt", f"Report\n\n{text}\n")
    write(articles, "second.txt", f"Report\n\nA sentence of its own on top. {text}\n")
    wrapped = text.replace(". ", ".\n")
    write(articles, "third.md", f"# Report\n\n{wrapped}\n")
    write(articles, "other.txt", f"Report\n\n{prose(2)}\n")
    run()
    assert groups(index_dir) == [("first.txt", "second.txt", "third.md")]


def test_an_article_that_is_edited_beyond_recognition_leaves_its_group(
    articles: Path, index_dir: Path, run: Sync
) -> None:
    write(articles, "a.txt", f"Report\n\n{prose(1)}\n")
    write(articles, "b.txt", f"Report\n\n{prose(1)}\n")
    run()
    assert groups(index_dir) == [("a.txt", "b.txt")]
    write(articles, "b.txt", f"Report\n\n{prose(3)}\n", age_s=50)
    run()
    assert groups(index_dir) == []


def test_what_is_left_of_a_group_stays_one_when_the_oldest_go(
    articles: Path, index_dir: Path, run: Sync
) -> None:
    names = [f"copy-{n:02}.txt" for n in range(20)]
    for name in names:
        write(articles, name, f"Report\n\n{prose(1)}\n")
    run()
    assert groups(index_dir) == [tuple(names)]
    for name in names[:12]:
        (articles / name).unlink()
    run()
    assert groups(index_dir) == [tuple(names[12:])]


def test_a_thousand_copies_make_no_million_pairs(index_dir: Path) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE documents (key INTEGER PRIMARY KEY, id TEXT, live INTEGER)")
    connection.executescript(similar.SCHEMA)
    signature = signature_of(document(prose(1)))
    for key in range(1, 1001):
        connection.execute("INSERT INTO documents VALUES (?, ?, 1)", (key, f"{key:04}.md"))
        similar.add(connection, key, signature)
    similar.link(connection, range(1, 1001))
    (n_pairs,) = connection.execute("SELECT count(*) FROM similar").fetchone()
    assert n_pairs < 20_000
    assert [len(group) for group in similar.groups(connection)] == [1000]
    connection.close()


def test_the_estimate_is_near_the_true_share_of_shingles() -> None:
    text = prose(5, 200)
    for n_changed in (0, 10, 30, 80):
        other = prose(5, 200 - n_changed) + " " + prose(6, n_changed)
        one, two = shingles(text), shingles(other)
        true = len(one & two) / len(one | two)
        estimate = similar.jaccard(signature_of(document(text)), signature_of(document(other)))
        assert estimate == pytest.approx(true, abs=0.15)


def test_headings_line_breaks_case_and_punctuation_do_not_matter() -> None:
    text = "The Board met, at last, in the old hall of the town."
    other = "# Minutes\n\nthe board met at last in the\nold hall of the town"
    head = Block(Span(0, 9), BlockKind.HEADING, 1)
    changed = Document("b.md", "/b.md", "B", other, (head, Block(Span(11, len(other)))), "1")
    assert signature_of(document(text)) == signature_of(changed)


def test_a_text_of_four_words_has_no_signature_and_is_nobodys_copy() -> None:
    assert signature_of(document("Only four words here.")) == b""
    assert len(signature_of(document("Five words are just enough."))) == 480


def test_the_signature_of_a_text_stays_what_it_is() -> None:
    """Signatures of two releases are compared with each other: a change needs a new format."""
    signature = signature_of(document("Ships sail from the harbour every day."))
    assert signature[:12].hex() == "58a87d0d924ab9067fd6c975"
    long = signature_of(document(prose(1, 2500)))
    assert sha256(long).hexdigest()[:16] == "e9f264b960d03e8f"


def test_a_signature_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a signature of 3 bytes"):
        similar.add(None, 1, b"abc")  # type: ignore[arg-type]


def test_groups_are_read_without_loading_anything_heavy(
    articles: Path, index_dir: Path, run: Sync
) -> None:
    run()
    code = (
        "import sys\nfrom pathlib import Path\nfrom rag.store.reader import StoreReader\n"
        f"with StoreReader.open(Path({str(index_dir / FILE_NAME)!r})) as store:\n"
        "    store.near_duplicates()\n"
        "print([n for n in ('numpy', 'scipy', 'faiss') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
