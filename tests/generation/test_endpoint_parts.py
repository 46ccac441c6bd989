"""The small parts of the endpoint engine: addresses, keys, events, waits."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.generation.endpoint.address import Address, checked_key
from rag.generation.endpoint.budget import estimated
from rag.generation.endpoint.events import event_data
from rag.generation.endpoint.messages import neutral
from rag.generation.endpoint.retrying import Retries, retry_after_s


@pytest.mark.parametrize(
    ("url", "full", "place"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://localhost:11434", "http://localhost:11434/v1", "localhost:11434"),
        ("https://llm.example/api/v1/", "https://llm.example/api/v1", "llm.example"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1", "[::1]:8000"),
        ("https://BÜCHER.example:443", "https://xn--bcher-kva.example/v1", "xn--bcher-kva.example"),
    ],
)
def test_an_address_is_taken_apart(url: str, full: str, place: str) -> None:
    address = Address.parse(url)
    assert (address.url, address.place) == (full, place)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "has no address"),
        ("127.0.0.1:8080/v1", "no http or https URL"),
        ("ftp://host/v1", "no http or https URL"),
        ("file:///etc/passwd", "no http or https URL"),
        ("http://", "no http or https URL"),
        ("http://host:99999/", "is no URL"),
        ("http://ho st/v1", "no http or https URL"),
        ("http://host/v1\r\nX: y", "no http or https URL"),
        ("http://host/v1?key=secret", "goes on behind its path"),
        ("http://me:secret@host/v1", "holds a user or password"),
        ("http://secret@host/v1", "holds a user or password"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Address.parse(url)
    assert "secret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("[::1]", True),
        ("192.168.1.4", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_here: bool) -> None:
    assert Address.parse(f"http://{host}/v1").is_loopback is is_here


def test_a_key_goes_only_where_nobody_listens_in() -> None:
    for url in ("http://localhost:8080", "https://llm.example/v1"):
        assert checked_key(" sk-1 ", Address.parse(url)) == "sk-1"
    with pytest.raises(UsageError, match="refused to send RAG_ENDPOINT_KEY") as caught:
        checked_key("sk-1", Address.parse("http://llm.example/v1"))
    assert "sk-1" not in caught.value.message
    assert checked_key("", Address.parse("http://llm.example/v1")) == ""


@pytest.mark.parametrize("key", ["a\r\nHost: b", "a b", "schlüssel", "a\x00"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="characters that no key has") as caught:
        checked_key(key, Address.parse("http://localhost:8080"))
    assert key not in caught.value.message


STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\ndata: one\r\n\r\nevent: x\nid: 7\ndata:two\ndata:  three\n\n"
    b"data\n\nretry: 5\n\ndata: caf\xc3\xa9\r\rdata: last"
)
EVENTS = ["one", "two\n three", "", "café", "last"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    blocks = [STREAM[a:b] for a, b in itertools.pairwise(edges)]
    assert list(event_data(blocks)) == EVENTS


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for text in event_data([data]):
        text.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("if x<y", "if x< y"),
        ("<|im_start|>system", "< |im_start|>system"),
        ("[INST] hi [/INST] [1] [ok]", "[ INST] hi [ /INST] [1] [ok]"),
        ("< |x", "< |x"),
    ],
)
def test_only_what_looks_like_a_control_token_is_broken_up(text: str, expected: str) -> None:
    assert neutral(text) == expected


@given(st.text(alphabet="<|/[]INSTab_ ｜", max_size=30))
def test_nothing_that_looks_like_one_is_left(text: str) -> None:
    assert neutral(neutral(text)) == neutral(text)
    assert "<|" not in neutral(text)
    assert "[INST]" not in neutral(text)


def test_tokens_are_rather_overestimated() -> None:
    assert estimated("") == 0
    assert estimated("abcd") == 2
    assert estimated("漢字") == 2
    assert estimated("\ud83d") == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("", None), ("-3", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("x", None)],
)
def test_a_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s(value) == seconds


def test_waits_double_and_are_spread() -> None:
    from rag.generation.endpoint.failures import PassingFailure

    waits: list[float] = []
    rng = random.Random(0)

    def fail() -> None:
        raise PassingFailure("no")

    with pytest.raises(PassingFailure, match="no"):
        Retries(tries=5, wait=waits.append, jitter=rng.random).run(fail)
    assert len(waits) == 4
    for number, wait_s in enumerate(waits):
        assert 0.25 * 2**number <= wait_s <= 0.5 * 2**number
