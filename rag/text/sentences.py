"""Sentences of a paragraph, with exact offsets, for whole texts and for texts still being written.

Every decision looks back to the start of the current sentence and forward as little as it can, so
that the same rules serve both: where a whole text answers yes or no, a stream may also answer "not
yet known" and wait. A text gives the same sentences however it is cut into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.text.abbreviations import BEFORE_NUMBER, MAY_END, STARTERS, TITLES
from rag.types import Span

_MARKER = r"\[\s*\d{1,6}(?:\s*[,;–-]\s*\d{1,6})*\s*\]"
_CLOSERS = "\"'”’»)\\]*_`"
_STOP = re.compile(
    # One class in front lets the search leap from stop to stop; what kind it is comes after.
    # Everything is possessive: a million dots must not be tried in every combination. Only the
    # second half of a CRLF is not, it says itself when it must be taken: before Python 3.11.5 an
    # optional group that is possessive and begins with a look behind matches too much.
    r"[.!?…。！？｡\r\n](?:"
    rf"(?<=[.!?…])(?P<stop>[.!?…]*+[{_CLOSERS}]*+(?:[.!?…]++[{_CLOSERS}]*+)*+)"
    rf"(?:(?:[ \t]*+{_MARKER})++[{_CLOSERS}.]*+)?(?P<free>(?=\s|\Z))?"
    rf"|(?<=[。！？｡])(?P<cjk>[。！？｡]*+[」』”’）)]*+(?:[ \t]*+{_MARKER})*+)"
    r"|(?<=[\r\n])(?P<blank>(?:(?<=\r)\n|(?!(?<=\r)\n))[ \t]*+[\r\n]\s*+)"
    r"|(?<=[\r\n])(?P<item>(?:(?<=\r)\n|(?!(?<=\r)\n)))"
    r"(?=[ \t]*+(?:[-*•‣◦][ \t]|\(?\d{1,2}[.)][ \t]|\|))"
    r")"
)
_OPENING = re.compile(r"[\"'“‘«(\[*_`¿¡]*")
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_BULLET = re.compile(r"(?:[-*•‣◦>]+[ \t]+)+(?=\S)")
_ITEM = re.compile(r"\s*(?:[-*•‣◦>][ \t]|\(?\d{1,2}[.)][ \t]|\|)")
_ENUMERATION = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]*")
_UNFINISHED_MARKER = re.compile(r"[ \t]*(?:\[[\d\s,;–-]*)?")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_SPOKEN = re.compile(
    r"(?:[^\W\d_a-z][\w’'-]*\s+){1,3}(?:(?:also|then|later)\s+)?"
    r"(?:said|says|asked|asks|wrote|writes|added|adds|told|replied|wondered|continued|explained)\b"
)
_BLANK = re.compile(r"\s")
_BRACKET = re.compile(r"[()]")
_MAX_ASIDE = 300
"""Characters: a parenthesis longer than this, or never closed, holds no sentence together."""
_SPOKEN_REACH = 60
"""Characters that are looked at behind a quotation to find who said it."""
_LINE_ENDS = ".:;!?…"


def sentence_spans(text: str) -> list[Span]:
    """Spans of the sentences of ``text`` in order, without blanks and bullets around them.

    Nothing but blanks and bullets lies between two spans. Empty for a text of blanks.
    """
    return [span for span, _ in _split(text, complete=True)]


class SentenceSplitter:
    """Cuts a text that arrives in pieces into sentences, as soon as each is surely complete.

    A sentence is complete when what follows shows that it has ended: markers after the stop
    belong to it, so at least one more character has been seen.
    """

    def __init__(self) -> None:
        self._text = ""

    @property
    def pending(self) -> str:
        """What was pushed and not given back yet."""
        return self._text

    def push(self, text: str) -> list[str]:
        """The sentences that ``text`` completes, without blanks around them; often none."""
        self._text += text
        found, cut = [], 0
        for span, end in _split(self._text, complete=False):
            found.append(span.of(self._text))
            cut = end
        self._text = self._text[cut:]
        return found

    def finish(self) -> str:
        """What is left when the text has ended, and start anew. Empty if nothing is.

        Where a decision was waiting (an open parenthesis) the rest may hold several sentences;
        ``sentence_spans`` divides it.
        """
        rest, self._text = self._text.strip(), ""
        return rest


@dataclass(slots=True)
class _Asides:
    """The parentheses of a text: closed ones as spans, open ones as a stack."""

    closed: list[tuple[int, int]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> _Asides:
        asides = cls()
        for match in _BRACKET.finditer(text):
            if match.group() == "(":
                asides.open.append(match.start())
            elif asides.open:
                start = asides.open.pop()
                if match.end() - start <= _MAX_ASIDE:
                    asides.closed.append((start, match.end()))
        asides.closed.sort(reverse=True)
        return asides

    def holds(self, start: int, at: int) -> bool:
        """Whether ``at`` is inside a parenthesis of the sentence from ``start``; both rising."""
        while self.closed and (self.closed[-1][1] <= at or self.closed[-1][0] < start):
            self.closed.pop()
        return bool(self.closed) and self.closed[-1][0] < at  # the last starts first and is open

    def may_hold(self, start: int, at: int, seen: int) -> bool:
        """Whether ``at`` may turn out to be inside one when more than ``seen`` is known."""
        return any(start <= opened < at and seen - opened < _MAX_ASIDE for opened in self.open)


def _split(text: str, *, complete: bool) -> Iterator[tuple[Span, int]]:
    """Sentences and where the next may begin; stops at the first undecided end."""
    asides = _Asides.of(text)
    start = 0
    for match in _STOP.finditer(text):
        verdict = _ends(text, start, match, asides, complete)
        if verdict is None:
            return
        if verdict:
            span = _trimmed(text, start, match.end())
            start = match.end()
            if span is not None:
                yield span, start
    if complete and (span := _trimmed(text, start, len(text))) is not None:
        yield span, len(text)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    if bullet := _BULLET.match(text, start, end):
        start = bullet.end()
    return Span(start, end) if start < end else None


def _ends(
    text: str, start: int, match: re.Match[str], asides: _Asides, complete: bool
) -> bool | None:
    """Whether a sentence that began at ``start`` ends with ``match``; None: not yet known."""
    end = match.end()
    if match["stop"] is not None and match["free"] is None:
        return False  # 3.1, U.S., llama.cpp
    if match["blank"] is not None:
        return True if complete or end < len(text) else None
    if match["item"] is not None:
        return _is_new_item(text, start, match.start())
    if end == len(text):
        return True if complete else None
    if not complete and _marker_may_follow(text, end):
        return None
    if asides.holds(start, end):
        return False
    if not complete and asides.may_hold(start, end, len(text)):
        return None
    if match["cjk"] is not None:
        return True
    return _new_start(text, start, match, complete)


def _is_new_item(text: str, start: int, at: int) -> bool:
    before = text[max(start, at - _SPOKEN_REACH) : at].rstrip()
    return not before or before[-1] in _LINE_ENDS or _ITEM.match(text, start) is not None


def _marker_may_follow(text: str, end: int) -> bool:
    return _UNFINISHED_MARKER.fullmatch(text, end) is not None


def _new_start(text: str, start: int, match: re.Match[str], complete: bool) -> bool | None:
    """Whether what follows the stop begins a sentence."""
    at = match.end()
    while at < len(text) and text[at].isspace():
        at += 1
    at = _OPENING.match(text, at).end()  # type: ignore[union-attr]  # it can match nothing
    if at == len(text):
        return True if complete else None
    if text[at] in ",;:.":
        return False
    stop, word = _stop(match), _word_before(text, start, match.start())
    if stop[0] == "." and _is_enumeration(text, start, match.start()):
        return False
    if not complete and _needs_word(word, text[at]) and not _BLANK.search(text, at):
        return None
    following = _WORD.match(text, at)
    name = following.group() if following else ""
    if text[at].islower():
        return _starts_low(text, start, match, word, name)
    if stop[0] == "." and not stop.startswith(".."):
        return _ends_word(word, name, text[at])
    return _ends_quoted(text, stop, word, at, complete)


def _stop(match: re.Match[str]) -> str:
    """The stop and what closes behind it, without markers."""
    return match.string[match.start() : match.end("stop")]


def _is_enumeration(text: str, start: int, at: int) -> bool:
    """Whether all of the sentence so far is a number or letter of a list: ``1.``, ``(b).``"""
    so_far = text[start:at] if at - start <= _SPOKEN_REACH else ""
    return _ENUMERATION.fullmatch(so_far.strip()) is not None


def _needs_word(word: str, char: str) -> bool:
    return char.islower() or _may_abbreviate(word)


def _word_before(text: str, start: int, stop: int) -> str:
    """The word in front of the stop, folded, without what opens or closes around it."""
    pieces = text[max(start, stop - 40) : stop].split()
    if not pieces:
        return ""
    word = re.split(r"[—–/(\[“\"‘«]", pieces[-1])[-1]
    return word.strip("*_`'’”").strip()


def _may_abbreviate(word: str) -> bool:
    folded = word.casefold()
    return (
        folded in MAY_END
        or folded in TITLES
        or folded in BEFORE_NUMBER
        or len(word) == 1
        or _ACRONYM.fullmatch(word) is not None
    )


def _ends_word(word: str, name: str, char: str) -> bool:
    """Whether a full stop after ``word`` ends a sentence when ``name`` (not lower-case) follows."""
    folded = word.casefold()
    if folded in TITLES:
        return False
    if char.isdigit():
        return not (folded in BEFORE_NUMBER or folded in MAY_END)
    is_initial = len(word) == 1 and word.isupper()
    if folded in MAY_END or is_initial or _ACRONYM.fullmatch(word):
        return not name or name.casefold() in STARTERS
    return True


def _starts_low(text: str, start: int, match: re.Match[str], word: str, name: str) -> bool:
    """Whether a lower-case word begins a sentence: ``llama.cpp``, ``iPhone``, lower-case text."""
    if _stop(match).rstrip(_CLOSERS) != "." or _may_abbreviate(word):
        return False
    if any(char.isupper() for char in name) or re.search(r"\.[a-z]{2}", name):
        return True
    so_far = text[max(start, match.start() - _MAX_ASIDE) : match.start()]
    return len(word) > 2 and so_far == so_far.lower() and " " in so_far.strip()


def _ends_quoted(text: str, stop: str, word: str, at: int, complete: bool) -> bool | None:
    """Whether ``?``, ``!`` or an ellipsis ends it: not in ``“Why?” Ratner asked.``"""
    if word.casefold() in MAY_END and stop == "!":
        name = _WORD.match(text, at)
        return name is not None and name.group().casefold() in STARTERS
    if stop[-1] not in "”\"’'":
        return True
    if not complete and len(text) - at < _SPOKEN_REACH:
        return None
    return _SPOKEN.match(text, at, at + _SPOKEN_REACH) is None
