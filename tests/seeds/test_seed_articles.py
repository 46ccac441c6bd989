"""The sample articles: enough of them, complete, of the promised length, in our own words."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
HOSTILE = ROOT / "eval" / "documents"
ORIGINALS = ROOT.parent / "shared" / "seeds"
NOT_ARTICLES = {"SOURCES.md", "README.md"}
ARTICLES = sorted(path for path in SEEDS.glob("*.md") if path.name not in NOT_ARTICLES)
N_COPIED_WORDS = 8

HEADER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


def split(path: Path) -> tuple[dict[str, str], str]:
    """The header's fields and the body."""
    match = HEADER.match(path.read_text(encoding="utf-8"))
    assert match is not None, f"{path.name} has no header"
    fields = dict(line.split(": ", 1) for line in match.group(1).splitlines())
    return fields, match.group(2)


def runs_of_words(text: str) -> set[tuple[str, ...]]:
    """Every run of eight words, case and punctuation aside; ``Meta's`` is one word."""
    words = re.findall(r"\w+(?:'\w+)*", text.casefold().replace("’", "'"))
    return set(zip(*(words[i:] for i in range(N_COPIED_WORDS)), strict=False))


def test_there_are_at_least_fifteen_articles():
    assert len(ARTICLES) >= 15


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_has_a_whole_header_and_the_promised_length(path: Path):
    fields, body = split(path)
    assert {"title", "date", "topic", "licence"} <= set(fields)
    assert all(value.strip() for value in fields.values())
    assert date.fromisoformat(fields["date"]) >= date(2023, 1, 1)
    assert 400 <= len(body.split()) <= 1200


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_is_plain_text_with_headings(path: Path):
    _, body = split(path)
    assert not re.search(r"^# |^\||!\[|\]\(|https?://", body, re.MULTILINE)


def test_no_two_articles_have_one_title():
    titles = sorted(split(path)[0]["title"] for path in ARTICLES)
    assert [a for a, b in pairwise(titles) if a == b] == []


def test_every_article_is_accounted_for_in_sources():
    sources = (SEEDS / "SOURCES.md").read_text(encoding="utf-8")
    assert [path.name for path in ARTICLES if path.name not in sources] == []


def test_no_sentence_is_copied_from_the_three_originals():
    originals = sorted(ORIGINALS.glob("*.txt"))
    if not originals:
        pytest.skip("the three original articles are not on this machine")
    copied = set().union(*(runs_of_words(p.read_text(encoding="utf-8")) for p in originals))
    for path in (*ARTICLES, *HOSTILE.glob("*.md")):
        shared = runs_of_words(path.read_text(encoding="utf-8")) & copied
        assert not shared, f"{path.name}: {' '.join(min(shared))}"


def test_a_copied_sentence_would_be_noticed():
    said = "One two three four, five six SEVEN eight nine."
    assert runs_of_words(said) & runs_of_words("x one two three four five six seven eight")
    assert not runs_of_words(said) & runs_of_words("one two three four five six seven")
