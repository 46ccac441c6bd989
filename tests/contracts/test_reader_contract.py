"""What holds of every reader, whatever the format."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.ingest.registry import SUPPORTED_SUFFIXES, reader_for
from rag.protocols import Reader
from rag.text.places import place_of
from rag.types import PlaceUnit
from tests.support.reading import PARAGRAPHS, article, require_sound

UNITS = {".pdf": PlaceUnit.PAGE, ".docx": PlaceUnit.PARAGRAPH, ".docm": PlaceUnit.PARAGRAPH,
         ".epub": PlaceUnit.SECTION}  # fmt: skip


@pytest.fixture(params=SUPPORTED_SUFFIXES)
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reader(suffix: str) -> Reader:
    found = reader_for(Path(f"a{suffix}"))
    assert found is not None
    return found


def test_an_article_is_read_whole_and_in_order(reader: Reader, suffix: str) -> None:
    data = article(suffix)
    (document,) = reader.read(Path("/in") / f"a{suffix}", data, document_id=f"a{suffix}")
    require_sound([document], f"a{suffix}")
    at = [" ".join(document.text.split()).find(text) for text in PARAGRAPHS]
    assert -1 < at[0] < at[1]
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.source == f"/in/a{suffix}"


def test_its_unit_is_what_readers_of_the_format_count(reader: Reader, suffix: str) -> None:
    (document,) = reader.read(Path(f"a{suffix}"), article(suffix), document_id="a")
    assert document.unit is UNITS.get(suffix, PlaceUnit.LINE)
    assert place_of(document.place_starts, document.blocks[0].span).first == (
        {".csv": 2, ".tsv": 2, ".md": 5, ".markdown": 5}.get(suffix, 1)
    )


def test_reading_again_gives_the_same(reader: Reader, suffix: str) -> None:
    data = article(suffix)
    twice = [list(reader.read(Path(f"a{suffix}"), data, document_id="a")) for _ in range(2)]
    assert twice[0] == twice[1]


@pytest.mark.parametrize("data", [b"\0\1\2\3" * 50, b"\xff\xfe\xff", b"\xd8\x00" * 9])
def test_bytes_of_no_format_are_refused(reader: Reader, suffix: str, data: bytes) -> None:
    with pytest.raises(InputError, match=r"\S"):
        reader.read(Path(f"a{suffix}"), data, document_id="a")


def test_names_are_made_safe_to_show(reader: Reader, suffix: str) -> None:
    path = Path("/in") / f"a\n\x1b[31m\u202e{suffix}"
    (document,) = reader.read(path, article(suffix), document_id="a")
    assert not set("\n\x1b\u202e") & set(document.source + document.title)
    with pytest.raises(InputError) as caught:
        reader.read(path, b"\0\1\2\3" * 50, document_id="a")
    assert not set("\n\x1b\u202e") & set(caught.value.message)
