"""Files that hold many articles: what changed in them, and what of them could not be read."""

from __future__ import annotations

from pathlib import Path

from index_builders import Sync, write

from rag.indexing.corpus import CorpusIndex

ROWS = "id,title,text\n1,Ships,Ships sail from the harbour.\n2,Cats,Cats sleep all day.\n"
BROKEN = ROWS + '"3"x,Dogs,Dogs bark.\n'


def _places(index_dir: Path) -> dict[str, str]:
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        return {c.document_id: f"{c.text} {c.place}" for c in index.all_chunks()}


def test_each_row_is_an_article_at_its_line(run: Sync, articles: Path, index_dir: Path) -> None:
    write(articles, "news.csv", ROWS)
    report = run()
    assert (report.added, report.n_documents) == (4, 5)
    assert _places(index_dir)["news.csv#2"] == "Cats sleep all day. line 3"


def test_only_the_row_that_changed_is_embedded_again(run: Sync, articles: Path) -> None:
    write(articles, "news.csv", ROWS)
    run()
    write(articles, "news.csv", ROWS.replace("all day", "all night"), age_s=50)
    report = run()
    assert (report.changed, report.n_embedded) == (1, 1)


def test_what_could_not_be_read_is_told_until_it_is_mended(run: Sync, articles: Path) -> None:
    path = write(articles, "news.csv", BROKEN)
    for _ in range(2):  # the second run does not read the file
        (skipped,) = run().skipped
        assert skipped.source == str(path)
        assert skipped.reason == "read in part: one row is broken (line 4)"
    write(articles, "news.csv", ROWS, age_s=50)
    assert run().skipped == ()
