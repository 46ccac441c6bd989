"""A check of a whole index: what follows from the store is mended, what the store lost is named."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from index_builders import Sync

from rag.errors import CorpusIndexError
from rag.indexing.check import check
from rag.indexing.corpus import CorpusIndex
from rag.store.schema import FILE_NAME


def test_a_sound_index_has_no_faults(run: Sync, index_dir: Path) -> None:
    run()
    found = check(index_dir)
    assert found.is_sound
    assert (found.store.n_documents, found.derived, found.repaired) == (3, (), False)


def test_search_structures_that_are_damaged_are_made_again(run: Sync, index_dir: Path) -> None:
    run()
    shutil.rmtree(index_dir / "lexical")
    unmended = check(index_dir, repair=False)
    assert not unmended.is_sound
    found = check(index_dir)
    assert found.derived == unmended.derived != ()
    assert found.repaired
    assert found.is_sound
    assert check(index_dir).derived == ()
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert index.lexical.search("ships", 3)


def test_what_the_store_lost_is_named_and_not_mended(run: Sync, index_dir: Path) -> None:
    run()
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        connection.execute("UPDATE chunks SET text = 'Cats bark.' WHERE text LIKE 'Cats%'")
    found = check(index_dir)
    assert not found.is_sound
    assert "a passage of the article cats.md is not what was written" in found.store.faults
    assert run(rebuild=True).n_documents == 3
    assert check(index_dir).is_sound


def test_a_file_that_is_no_database_is_a_fault(run: Sync, index_dir: Path) -> None:
    run()
    (index_dir / FILE_NAME).write_bytes(b"garbage" * 1000)
    assert "damaged" in check(index_dir).store.faults[0]


def test_no_index_is_an_error(index_dir: Path) -> None:
    with pytest.raises(CorpusIndexError, match="no index in"):
        check(index_dir)


def test_verify_says_which_structures_it_made_again(run: Sync, index_dir: Path) -> None:
    run()
    shutil.rmtree(index_dir / "lexical")
    notes = run(verify=True).notes
    assert len(notes) == 1
    assert "made again" in notes[0]
    assert run(verify=True).notes == ()
