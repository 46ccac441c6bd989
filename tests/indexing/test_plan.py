"""A plan says what the next run does, and is not wrong about it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from index_builders import Sync, write

from rag.embedding.hashing import HashingEmbedder
from rag.indexing.plan import SyncPlan, plan
from rag.store.schema import FILE_NAME

NAME = HashingEmbedder(64).name
CHUNKER = "sentences-128-254-v1"


@pytest.fixture
def chunker_name(run: Sync, index_dir: Path) -> str:
    """Of the index that is made here."""
    run()
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = 'chunker'").fetchone()
    return str(row[0])


def planned(index_dir: Path, articles: Path, chunker: str, embedder: str = NAME) -> SyncPlan:
    return plan(index_dir, [articles], embedder=embedder, chunker=chunker)


def test_a_first_run_adds_everything(articles: Path, index_dir: Path) -> None:
    found = planned(index_dir, articles, CHUNKER)
    assert sorted(found.added) == ["cats.md", "deep/dogs.txt", "ships.txt"]
    assert found.n_to_embed >= 1
    assert found.seconds is None
    assert not index_dir.exists()


def test_nothing_changed_is_nothing_to_do(
    chunker_name: str, articles: Path, index_dir: Path
) -> None:
    found = planned(index_dir, articles, chunker_name)
    assert found.is_empty
    assert (found.n_unchanged, found.n_to_embed) == (3, 0)


def test_a_plan_is_what_the_run_reports(
    chunker_name: str, run: Sync, articles: Path, index_dir: Path
) -> None:
    write(articles, "ships.txt", "Ships\n\nShips sink in storms.\n", age_s=50)
    (articles / "cats.md").rename(articles / "felines.md")
    write(articles, "new.txt", "Bees hum.\n")
    os.utime(articles / "deep" / "dogs.txt", (1000, 1000))
    found = planned(index_dir, articles, chunker_name)
    assert found.changed == ("ships.txt",)
    assert found.moved == (("cats.md", "felines.md"),)
    assert found.added == ("new.txt",)
    assert found.touched == ("deep/dogs.txt",)
    assert found.removed == ()
    report = run()
    assert (report.changed, report.moved, report.added, report.touched) == (1, 1, 1, 1)
    assert planned(index_dir, articles, chunker_name).is_empty


def test_what_is_gone_is_removed(chunker_name: str, articles: Path, index_dir: Path) -> None:
    (articles / "cats.md").unlink()
    assert planned(index_dir, articles, chunker_name).removed == ("cats.md",)


def test_another_embedder_is_said_to_read_everything_anew(
    chunker_name: str, articles: Path, index_dir: Path
) -> None:
    found = planned(index_dir, articles, chunker_name, embedder="other@1")
    assert found.anew == f"the index was built by the embedder {NAME}, and other@1 is set"
    assert (found.n_to_embed, found.n_unchanged) == (3, 3)
    assert not found.is_empty


def test_the_seconds_follow_from_the_rate_of_the_last_run(
    chunker_name: str, articles: Path, index_dir: Path
) -> None:
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        connection.execute("INSERT INTO meta VALUES ('chunks_per_s', '0.5')")
    found = planned(index_dir, articles, chunker_name, embedder="other@1")
    assert found.seconds == pytest.approx(6.0)


def test_a_file_that_holds_no_article_is_not_planned_for_again(
    run: Sync, articles: Path, index_dir: Path, chunker_name: str
) -> None:
    (articles / "binary.txt").write_bytes(b"\x00\x01\x02" * 100)
    assert planned(index_dir, articles, chunker_name).added == ("binary.txt",)
    run()
    assert planned(index_dir, articles, chunker_name).is_empty


def test_an_index_of_an_older_format_is_planned_anew(
    chunker_name: str, articles: Path, index_dir: Path
) -> None:
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert "older format" in planned(index_dir, articles, chunker_name).anew
