"""Web residue goes, articles stay."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from rag.ingest.layout import line_spans
from rag.ingest.layout import paragraphs as split_paragraphs
from rag.ingest.residue import residue_flags

ARTICLE = (
    "Browsers have stored cookies since 1994, and most sites still ask before they set one. "
    "A newsletter told its readers how to subscribe, share and leave a reply, and they did."
)


def kept(*paragraphs: str) -> list[str]:
    flags = residue_flags(paragraphs)
    return [text for text, is_residue in zip(paragraphs, flags, strict=True) if not is_residue]


@pytest.mark.parametrize(
    "line",
    [
        "image",
        "Image credit: Jane Roe / Getty Images",
        "Photo by Jane Roe",
        "Advertisement",
        "Story continues below advertisement",
        "Leave a Reply",
        "Leave a comment Cancel reply",
        "Your email address will not be published. Required fields are marked *",
        "Save my name, email, and website in this browser for the next time I comment.",
        "3 Comments",
        "Share this:",
        "Share on Facebook",
        "Share on Facebook, Twitter and LinkedIn",
        "Click to share on Twitter (Opens in new window)",
        "Tweet this",
        "Read more: Meta opens its model",
        "Related articles",
        "You may also like",
        "Subscribe to our newsletter",
        "Sign up for our daily newsletter and get the news in your inbox",
        "We use cookies to improve your experience. By continuing you accept this.",
        "Accept all cookies",
        "Privacy Policy",
        "© 2024 The Example Times. All rights reserved.",
        "Copyright 2024 Example Ltd",
        "Home | News | About | Contact",
        "Home > News > Tech",
        "Skip to main content",
        "Posted in: AI, Meta",
        "5 min read",
        "**Advertisement**",
        "Share this article:",
        "By signing up, you agree to our Terms and Privacy Policy.",
        "« Older posts",
    ],
)
def test_a_line_of_residue_goes_and_the_article_stays(line: str) -> None:
    assert kept(ARTICLE, line, ARTICLE) == [ARTICLE, ARTICLE]


@pytest.mark.parametrize(
    "line",
    [
        "Cookies were invented by Lou Montulli in 1994.",
        "Image generation is harder than text.",
        "Search",
        "Comments",
        "Advertising pays for most of it.",
        "Share prices fell on Wednesday.",
        "Photo editors objected.",
        "The newsletter reached two million readers.",
        "Subscribe buttons are everywhere, she wrote.",
        "Like many people, he left.",
        "Meta | 700 million | 2024",
        "Read carefully, it says the opposite.",
        "Related work is discussed below.",
        "Copyright law is older than software.",
        "Email from 2012 shows this.",
        "By clicking, the user agreed to everything.",
        "x = 3",
        "Photo-sharing sites were the first.",
        "Image-text models learn from pairs.",
        "Images by the thousand were removed.",
        "By using cookies, the firm followed people to its terms.",
        "Categories: small, medium and large.",
        "« Bonjour à tous »",
    ],
)
def test_a_line_that_may_be_the_article_stays(line: str) -> None:
    assert line in kept(ARTICLE, line, ARTICLE)


def test_a_long_paragraph_about_residue_stays() -> None:
    text = f"Leave a Reply. {ARTICLE} Your email address will not be published. {ARTICLE}"
    assert kept(text) == [text]


def test_words_that_are_headings_alone_are_a_menu_together() -> None:
    assert kept("Home", "Search", "Log in", ARTICLE) == [ARTICLE]


def test_behind_a_comment_form_at_the_end_every_short_line_goes() -> None:
    rest = ("Leave a Reply", "Name *", "Great piece, thanks!", "The fall of a giant", "Website")
    assert kept(ARTICLE, *rest) == [ARTICLE]


def test_behind_links_in_the_middle_the_article_goes_on() -> None:
    found = kept(ARTICLE, "Related articles", "The fall of a giant", "What Comes Next", ARTICLE)
    assert found == [ARTICLE, "What Comes Next", ARTICLE]


def test_a_sentence_behind_links_stays() -> None:
    found = kept(ARTICLE, "Related articles", "Only this short sentence is left.", ARTICLE)
    assert found == [ARTICLE, "Only this short sentence is left.", ARTICLE]


def test_an_article_of_short_paragraphs_that_names_no_form_stays_whole() -> None:
    lines = ("It was late.", "Nobody came.", "He read on.")
    assert kept(*lines) == list(lines)


def test_nothing_is_taken_out_of_the_development_sets(development_sets: list[Path]) -> None:
    for file in development_sets:
        for line in file.read_text("utf-8").splitlines():
            text = json.loads(line)["text"]
            found = [span.of(text) for span in split_paragraphs(text, line_spans(text))]
            flagged = [p for p, bad in zip(found, residue_flags(found), strict=True) if bad]
            assert flagged == []


@pytest.mark.parametrize(
    "line",
    ["share " + "x " * 145, "by clicking " + "terms " * 45, "![" * 150, "image " * 50, " | " * 100],
)
def test_no_line_takes_long(line: str) -> None:
    began = time.perf_counter()
    residue_flags([line[:299]] * 10)
    assert time.perf_counter() - began < 2
