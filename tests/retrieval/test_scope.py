"""Searching only some of the articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import UsageError
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.scope import Scope, Selection, select

ARTICLES = {
    "news/ships.md": ("Ships of the North", "2024-04-25"),
    "news/2023/harbours.md": ("Harbours", "2023-11"),
    "news/2023/cafés.md": ("Cafés of [Genève]", "2023"),
    "notes/ropes.txt": ("Ropes", ""),
    "notes/old/sails.txt": ("Sails and SHIPS", ""),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusIndex]:
    folder = tmp_path_factory.mktemp("scope")
    for name, (title, date) in ARTICLES.items():
        path = folder / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ntitle: {title!r}\ndate: {date}\n---\n\n" if date else f"{title}\n\n"
        path.write_text(f"{head}Sailors know the {title} well. They speak of the sea.\n")
    embedder = HashingEmbedder(64)
    chunker = SentenceChunker(embedder.count_tokens, target_tokens=128, max_tokens=254)
    sync(folder / "index", [folder / "articles"], embedder=embedder, chunker=chunker)
    with CorpusIndex.open(folder / "index", embedder_name=embedder.name) as opened:
        yield opened


@pytest.fixture
def chosen(corpus: CorpusIndex) -> Callable[..., set[str]]:
    """The stems of the articles that a scope chooses."""

    def names(*in_: str, since: str = "", until: str = "") -> set[str]:
        found = select(Scope(in_, since, until), corpus)
        assert found.keys is not None
        documents = {chunk.document_id for chunk in corpus.chunks(found.keys.tolist())}
        assert len(documents) == found.n_articles
        return {Path(name).stem for name in documents}

    return names


def test_an_empty_scope_leaves_nothing_out(corpus: CorpusIndex) -> None:
    found = select(Scope(), corpus)
    assert found.keys is None
    assert (found.n_articles, found.n_total, str(found)) == (5, 5, "")
    assert not Scope()


def test_a_text_is_looked_for_in_title_and_path_without_case_and_accents(
    chosen: Callable[..., set[str]],
) -> None:
    assert chosen("ships") == {"ships", "sails"}
    assert chosen("CAFES") == {"cafés"}
    assert chosen("Café") == {"cafés"}
    assert chosen("notes/") == {"ropes", "sails"}
    assert chosen("the   north") == {"ships"}


def test_several_texts_choose_what_any_of_them_chooses(chosen: Callable[..., set[str]]) -> None:
    assert chosen("ropes", "harbours") == {"ropes", "harbours"}


@pytest.mark.parametrize(
    ("pattern", "stems"),
    [
        ("*.txt", {"ropes", "sails"}),
        ("notes/*.txt", {"ropes"}),
        ("notes/**/*.txt", {"ropes", "sails"}),
        ("news/**", {"ships", "harbours", "cafés"}),
        ("202[0-9]", {"harbours", "cafés"}),
        ("NEWS/?hips.*", {"ships"}),
        ("n*s/", set(ARTICLES)),
    ],
)
def test_a_pattern_is_matched_with_paths_as_in_gitignore(
    chosen: Callable[..., set[str]], pattern: str, stems: set[str]
) -> None:
    assert chosen(pattern) == {Path(name).stem for name in stems}


def test_a_pattern_that_is_part_of_a_title_is_found_there(chosen: Callable[..., set[str]]) -> None:
    assert chosen("[Geneve]") == {"cafés"}
    assert chosen("[Gen") == {"cafés"}


def test_an_absolute_path_is_found_by_its_end_with_the_folder(
    chosen: Callable[..., set[str]],
) -> None:
    assert chosen("articles/notes/ropes.txt") == {"ropes"}


def test_the_name_of_a_folder_above_the_articles_chooses_nothing(
    chosen: Callable[..., set[str]],
) -> None:
    with pytest.raises(UsageError, match="no article matches --in articles"):
        chosen("articles")


@pytest.mark.parametrize(
    ("since", "until", "stems"),
    [
        ("2024", "", {"ships"}),
        ("2024-04-25", "2024-04-25", {"ships"}),
        ("2023-11", "2023-11", {"harbours", "cafés"}),
        ("2023-12", "2024", {"ships", "cafés"}),
        ("", "2023", {"harbours", "cafés"}),
        ("", "2023-11-01", {"harbours", "cafés"}),
        ("", "2023-10-31", {"cafés"}),
    ],
)
def test_dates_are_inclusive_and_a_year_overlaps_each_of_its_months(
    chosen: Callable[..., set[str]], since: str, until: str, stems: set[str]
) -> None:
    assert chosen(since=since, until=until) == stems


def test_articles_without_a_date_are_left_out_and_counted(corpus: CorpusIndex) -> None:
    found = select(Scope(("ships",), since="2020"), corpus)
    assert (found.n_articles, found.n_total, found.n_undated) == (1, 5, 1)
    assert str(found) == ("--in ships --since 2020: 1 of 5 articles, 1 left out for want of a date")


@pytest.mark.parametrize(
    "date", ["yesterday", "2024-13", "2024-02-30", "24-01-01", "2024-4", "0000"]
)
def test_what_is_no_date_is_refused(date: str) -> None:
    with pytest.raises(UsageError, match=f"--since {date} is not a date"):
        Scope(since=date)
    with pytest.raises(UsageError, match=f"--until {date} is not a date"):
        Scope(until=date)


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(UsageError, match="no day lies between --since 2025 and --until 2024-12"):
        Scope(since="2025", until="2024-12")
    Scope(since="2024-12", until="2024")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("  ", "the text is empty"),
        ("a/**/b/**/c/**/d/**/e", "more than"),
        ("!*.md", "is no pattern"),
        ("\N{COMBINING ACUTE ACCENT}", "the text is empty"),
    ],
)
def test_a_text_that_means_nothing_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Scope((text,))


def test_a_scope_that_matches_nothing_names_what_is_near(corpus: CorpusIndex) -> None:
    with pytest.raises(UsageError, match="no article matches --in harbors") as caught:
        select(Scope(("harbors",)), corpus)
    assert caught.value.hint == "near: “Harbours”"


def test_a_time_in_which_nothing_is_dated_says_when_the_articles_are(corpus: CorpusIndex) -> None:
    with pytest.raises(UsageError, match="no article matches --since 2025") as caught:
        select(Scope(since="2025"), corpus)
    assert caught.value.hint == "they are dated from 2023 to 2024-04-25; 2 state none"
    with pytest.raises(UsageError, match="no article matches --in ropes --until 2025") as caught:
        select(Scope(("ropes",), until="2025"), corpus)
    assert caught.value.hint == "none of them states a date"


def test_a_search_in_a_scope_finds_nothing_outside_it(corpus: CorpusIndex) -> None:
    found: Selection = select(Scope(("notes/",)), corpus)
    everywhere = HybridRetriever(corpus, HashingEmbedder(64))
    within = HybridRetriever(corpus, HashingEmbedder(64), among=found.keys)
    question = "Sailors know the Harbours well"
    assert everywhere.retrieve(question, 5)[0].chunk.title == "Harbours"
    hits = within.retrieve(question, 5)
    assert {hit.chunk.document_id for hit in hits} == {"notes/ropes.txt", "notes/old/sails.txt"}


def test_a_scope_is_shown_without_control_codes() -> None:
    assert "\x1b" not in str(Scope(("red\x1b[31m",)))
