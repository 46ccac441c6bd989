"""README.md and docs/howto/ show what the program says; docs/README.md names every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rag
from tests.support.transcripts import CONSOLE, README, filled, new_home

DOCS = Path(rag.__file__).parents[1] / "docs"
PAGES = [
    page
    for page in (README, *sorted((DOCS / "howto").glob("*.md")))
    if CONSOLE.search(page.read_text(encoding="utf-8"))
]
"""Those that show what the program says."""


def letters(text: str) -> str:
    """The text without blanks, since where a line breaks may depend on the length of a folder's
    name, and without scores, whose last digits depend on the processor."""
    return "".join(re.sub(r"\d\.\d{3}\b", "#", text).split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_the_program_says(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    with new_home(tmp_path / "h", in_checkout=page == README):
        now = filled(text)
    assert letters(now) == letters(text), f"run: python -m tests.support.transcripts {page}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_shows_a_folder_of_the_machine_it_was_made_on(page: Path) -> None:
    assert not re.search(r"(?<![\w~.])/(?:home|root|tmp|work|Users)/", page.read_text("utf-8"))


def linked(page: Path) -> set[Path]:
    """The files that ``page`` links to."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


@pytest.mark.parametrize("page", [README, *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [target for target in linked(page) if not target.exists()] == []


def test_the_index_of_the_pages_names_every_page() -> None:
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}
    missing = pages - linked(DOCS / "README.md")
    assert not missing
