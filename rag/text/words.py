"""One analyser for everything that compares words: lexical retrieval, coverage, verification.

Words are case-folded, stripped of possessive endings and stemmed (Snowball English); the plural of
an acronym is its singular (``GPUs``), British and American spellings are one. Numbers keep their
digits and lose their thousands separators and scale letters, so that ``1,500`` and ``1500``,
``70B`` and ``70 billion`` share a term.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import Stemmer  # type: ignore[import-not-found]  # compiled, without stubs

from rag.types import Span

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*(?:[a-zA-Z]+)?"  # 700, 1,500, 3.1, 70B
    r"|[^\W\d_]+(?:['’.&-][^\W\d_]+)*(?:\.?\d+)?"  # words, U.S, open-source, don't, H100
)
_POSSESSIVE = re.compile(r"['’]s?$")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _names(
    """a about above after again against all also am an and any are as at be because been before
    being below between both but by can could did do does doing done down during each few
    for from further had has have having he her here hers herself him himself his how i if
    in into is it its itself just let may me might more most must my myself no nor not now
    of off on once only or other our ours ourselves out over own same shall she should so
    some such than that the their theirs them themselves then there these they this those
    through to too under until up upon us very was we were what when where which while who
    whom whose why will with would yes yet you your yours yourself yourselves s t d ll m re
    ve don doesn didn isn aren wasn weren won cannot"""
)
"""Function and question words: they carry no topic (stop list of the Snowball project's kind)."""

ANALYSER_VERSION = 1
"""Counts the changes to what ``terms`` gives: a word index of another version is built anew."""

_AMERICAN_CE = ("licenc", "defenc", "offenc", "pretenc")
_CE = re.compile("enc")
_ISE = re.compile(r"(?<=\w{3})is(e|es|ed|er|ers|ing|ation|ations)$")
_OUR = re.compile(r"(?<=\w{2})our(s|ed|ing|ite|able|ful)?$")
_TRE = re.compile(r"(?<=\w{2})tre(s?)$")
_CONTRACTED = frozenset(("s", "re", "ve", "ll", "d", "m"))
_SCALED = re.compile(r"([\d.]+)(?:b|bn|m|mn|tn)")
_THOUSANDS = re.compile(r"(\d+)k")
_ACRONYMS = re.compile(r"([A-Z]{2,})s")
_UNITS = {"kb": "kilobyt", "mb": "megabyt", "gb": "gigabyt", "tb": "terabyt"}

_stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, as written, and as compared (``term``)."""

    span: Span
    surface: str
    term: str

    @property
    def is_stop(self) -> bool:
        """Whether it is a function word, alone or contracted ("wasn't", "what's")."""
        folded = self.surface.casefold().replace("’", "'")
        base, apostrophe, ending = folded.partition("'")
        if folded.endswith("n't"):
            return True
        return base in STOP_WORDS and (not apostrophe or ending in _CONTRACTED)

    @property
    def is_number(self) -> bool:
        return self.surface[0].isdigit()


@lru_cache(maxsize=65536)
def _term(surface: str) -> str:
    if acronym := _ACRONYMS.fullmatch(surface):
        surface = acronym.group(1)
    folded = unicodedata.normalize("NFKC", surface).casefold().replace("’", "'")
    if folded in _UNITS:
        return _UNITS[folded]
    if folded[0].isdigit():
        return _number(folded.replace(",", "").rstrip("."))
    plain = _POSSESSIVE.sub("", folded).replace(".", "")
    return str(_stemmer.stemWord(_one_spelling(plain)))


def _one_spelling(word: str) -> str:
    """British and American spellings as one. What it makes of other words ("promize") does not
    matter: it is made of them everywhere."""
    if word.startswith(_AMERICAN_CE):
        return _CE.sub("ens", word, count=1)
    word = _ISE.sub(r"iz\1", word)
    word = _OUR.sub(r"or\1", word)
    return _TRE.sub(r"ter\1", word)


def _number(digits: str) -> str:
    if scaled := _SCALED.fullmatch(digits):
        return scaled.group(1)
    if thousands := _THOUSANDS.fullmatch(digits):
        return thousands.group(1) + "000"
    return digits


def words(text: str) -> Iterator[Word]:
    """The words of ``text`` in order. A compound with hyphens gives its parts."""
    for match in _TOKEN.finditer(text):
        start = match.start()
        for part in re.split(r"(-)", match.group()):
            if part and part != "-" and _term(part):
                yield Word(Span(start, start + len(part)), part, _term(part))
            start += len(part)


def terms(text: str) -> list[str]:
    """The stemmed content words of ``text``, in order, repetitions kept."""
    return list(chain.from_iterable(map(_content_terms, _TOKEN.findall(text))))


@lru_cache(maxsize=65536)
def _content_terms(token: str) -> tuple[str, ...]:
    """The terms of those parts of a word that say something."""
    parts = ((part, _term(part)) for part in token.split("-") if part)
    return tuple(term for part, term in parts if term and not Word(Span(0, 0), part, term).is_stop)
