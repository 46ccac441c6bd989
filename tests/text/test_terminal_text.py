"""Text that is safe to show on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.terminal import SUSPECT, disarmed, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a␛[31mred"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "<U+009B>31m"),
        ("abc\u202edcb", "abc<U+202E>dcb"),
        ("a\u2066b\u2069", "a<U+2066>b<U+2069>"),
        ("pass\u200bword", "pass<U+200B>word"),
        ("pass\u200dword", "pass<U+200D>word"),
        ("\ufeffx", "<U+FEFF>x"),
        ("bad\ud800", "bad<U+D800>"),
        ("hidden\U000e0041", "hidden<U+E0041>"),
        ("x\ufe01\ufe02", "x\ufe01<U+FE02>"),
        ("del\x7f", "del␡"),
        ("two\nlines\t", "two␊lines␉"),
    ],
)
def test_what_could_deceive_is_made_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Plain, “quoted” — and ümlauted.",
        "👩\u200d💻 at work",
        "می\u200cخواهم",
        "❤\ufe0f",
        "Ver\xadtrag",
        "日本語",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_newlines_and_tabs_stay_on_request() -> None:
    assert safe("a\r\nb\tc\rd", keep_newlines=True) == "a\nb\tc␍d"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_is_shown_controls_anything(text: str) -> None:
    shown = safe(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)
    assert not any(0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069 for char in shown)
    shown.encode("utf-8")
    assert safe(shown) == shown


def test_a_tower_of_marks_is_bounded_and_the_rest_counted() -> None:
    assert safe("a" + "\u0301" * 108 + "b") == "a" + "\u0301" * 8 + "<+100 marks>b"
    assert safe("\u0489" * 9) == "\u0489" * 8 + "<+1 marks>"


@pytest.mark.parametrize(
    "text", ["tie\u0302\u0301ng", "בְּרֵאשִׁ֖ית", "བསྒྲུབས་རྒྱུད", "नमस्ते दुनिया", "e\u0301" * 50]
)
def test_marks_that_a_script_needs_stay(text: str) -> None:
    assert safe(text) == text


def test_every_control_and_default_ignorable_character_is_known() -> None:
    visible = {0x110BD, 0x110CD}  # Kaithi number signs have a shape
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            has_shape = "ARABIC" in unicodedata.name(chr(code), "") and code != 0x061C
            has_shape |= code in visible or code == 0x070F or 0x13430 <= code <= 0x1343F
            assert has_shape or SUSPECT.match(chr(code)), hex(code)


@given(st.text(st.characters(exclude_categories=())))
def test_the_last_barrier_lets_nothing_through_that_steers_and_keeps_lines(text: str) -> None:
    shown = disarmed(text)
    assert shown.count("\n") == text.count("\n")
    assert not any(
        unicodedata.category(char) in ("Cc", "Cs") for char in shown if char not in "\n\t"
    )
    assert not any(0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069 for char in shown)
    assert disarmed(safe(text)) == safe(text)


def test_the_last_barrier_lets_parts_of_a_character_pass() -> None:
    assert disarmed("👩\u200d") == "👩\u200d"
