"""Changes to a claim, for training: each knows which characters of the new claim are wrong.

The robustness report has another generator with other lists (``rag/evaluation/perturb.py``), so
that it measures more than what was practised here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NAME = re.compile(r"\b(?:[A-Z][\w’'-]*\w|[A-Z])(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'-]*\w)*")
_NUMBER = re.compile(r"[$£€]?\b\d[\d,.]*\d\b|\b\d\b")
_YEAR = re.compile(r"(1[0-9]|20)\d\d")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MONTH = re.compile(r"\b(" + "|".join(_MONTHS) + r")\b")
_WORD_NUMBERS = "two three four five six seven eight nine ten eleven twelve twenty fifty".split()
_WORD_NUMBER = re.compile(r"\b(" + "|".join(_WORD_NUMBERS) + r")\b", re.IGNORECASE)
_UNITS = (
    ("million", "billion"), ("thousand", "million"), ("billion", "trillion"), ("percent", "points"),
    ("kilometres", "metres"), ("kilometers", "miles"), ("miles", "feet"), ("years", "months"),
    ("months", "days"), ("days", "hours"), ("hours", "minutes"), ("tons", "pounds"),
    ("dollars", "euros"), ("week", "year"), ("gigabytes", "megabytes"), ("feet", "inches"),
    ("century", "decade"), ("acres", "hectares"), ("seconds", "minutes"), ("km", "m"),
)  # fmt: skip
_OPPOSITES = (
    ("more", "less"), ("most", "fewest"), ("larger", "smaller"), ("higher", "lower"),
    ("before", "after"), ("increased", "decreased"), ("rose", "fell"), ("first", "last"),
    ("largest", "smallest"), ("best", "worst"), ("always", "never"), ("all", "no"),
    ("early", "late"), ("older", "younger"), ("northern", "southern"), ("eastern", "western"),
    ("allowed", "forbidden"), ("accepted", "rejected"), ("began", "ended"), ("won", "lost"),
    ("above", "below"), ("over", "under"), ("many", "few"), ("open", "closed"), ("old", "new"),
    ("strong", "weak"), ("common", "rare"), ("major", "minor"), ("public", "private"),
    ("male", "female"), ("man", "woman"), ("inside", "outside"), ("with", "without"),
    ("faster", "slower"), ("stronger", "weaker"), ("longer", "shorter"), ("better", "worse"),
    ("supported", "opposed"), ("bought", "sold"), ("opened", "closed"), ("gained", "lost"),
    ("free", "paid"), ("same", "different"), ("often", "rarely"), ("success", "failure"),
    ("positive", "negative"), ("start", "end"), ("increase", "decrease"), ("high", "low"),
    ("father", "son"), ("husband", "wife"), ("mother", "daughter"), ("king", "queen"),
    ("north", "south"), ("east", "west"), ("large", "small"), ("rich", "poor"), ("hot", "cold"),
    ("winter", "summer"), ("enemy", "ally"), ("victory", "defeat"), ("accept", "refuse"),
    ("include", "exclude"), ("includes", "excludes"), ("including", "excluding"),
    ("remember", "forget"), ("love", "hate"), ("easy", "difficult"), ("true", "false"),
    ("legal", "illegal"), ("possible", "impossible"), ("known", "unknown"), ("likely", "unlikely"),
    ("popular", "unpopular"), ("important", "unimportant"), ("born", "killed"),
    ("cause", "prevent"),
    ("causes", "prevents"), ("arrived", "left"), ("rise", "fall"), ("top", "bottom"),
    ("majority", "minority"), ("oldest", "youngest"), ("highest", "lowest"), ("least", "most"),
    ("modern", "ancient"), ("day", "night"), ("hired", "fired"), ("raised", "lowered"),
)  # fmt: skip
_SWAPS = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_UNIT_SWAPS = {a: b for pair in _UNITS for a, b in (pair, pair[::-1])}
_KINDS = (
    "actor actress singer writer painter poet scientist engineer lawyer footballer politician king "
    "president minister mayor soldier general doctor teacher bishop film novel album song book "
    "poem play painting city town village country river mountain lake island sea school university "
    "church museum hospital bank company newspaper magazine team club band plant animal bird fish "
    "tree metal gas planet star war battle treaty law language religion car train ship aircraft "
    "bridge castle road airport station computer game sport red blue green black white yellow "
    "American British French German Italian Spanish Russian Chinese Japanese Indian Canadian "
    "Australian African European Christian Muslim Jewish Catholic Protestant Monday Tuesday "
    "Wednesday Thursday Friday Saturday Sunday"
).split()
_KIND_GROUPS = (
    frozenset(_KINDS[:19]), frozenset(_KINDS[19:27]), frozenset(_KINDS[27:36]),
    frozenset(_KINDS[36:46]), frozenset(_KINDS[46:56]),
)  # fmt: skip
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|will|would|should|may|did|does|do|must|might)\b"
)
_NOT = re.compile(r"\b(not|never|no|n't)\s", re.IGNORECASE)
_PAST = re.compile(r"\b([a-z]{3,})ed\b(?= (?:the|a|an|to|in|by|on|from|his|her|their|its|for)\b)")


@dataclass(frozen=True, slots=True)
class Change:
    """A changed claim; ``wrong`` are the character ranges that the evidence does not bear."""

    text: str
    wrong: tuple[tuple[int, int], ...]


def _put(text: str, at: tuple[int, int], new: str) -> Change:
    start, end = at
    return Change(text[:start] + new + text[end:], ((start, start + len(new)),))


def other_number(text: str, rng: random.Random) -> Change | None:
    """One number changed; years stay near, so that they stay years."""
    found = [*_NUMBER.finditer(text), *_WORD_NUMBER.finditer(text)]
    if not found:
        return None
    match = rng.choice(found)
    return _put(text, match.span(), _altered(match.group(), rng))


def _altered(number: str, rng: random.Random) -> str:
    if number.lower() in _WORD_NUMBERS:
        return rng.choice([w for w in _WORD_NUMBERS if w != number.lower()])
    if _YEAR.fullmatch(number):
        return str(int(number) + rng.choice([-40, -11, -3, -2, -1, 1, 2, 3, 10, 25]))
    at = rng.choice([i for i, c in enumerate(number) if c.isdigit()])
    return number[:at] + rng.choice([d for d in "123456789" if d != number[at]]) + number[at + 1 :]


def other_name(text: str, names: Sequence[str], rng: random.Random) -> Change | None:
    """One name (now and then the first word too) replaced by one of ``names`` that it lacks."""
    spots = [m for m in NAME.finditer(text) if m.start() > 0 or " " in m.group()]
    offered = [n for n in names if n.lower() not in text.lower()]
    if not spots or not offered:
        return None
    match = rng.choice(spots)
    alike = [n for n in offered if abs(len(n.split()) - len(match.group().split())) <= 1]
    return _put(text, match.span(), rng.choice(alike or offered))


def exchanged(text: str, rng: random.Random) -> Change | None:
    """Two of its names in each other's place; not two members of a list."""
    spots = [m for m in NAME.finditer(text) if m.start() > 0 or len(m.group()) > 4]
    if len(spots) < 2:
        return None
    a, b = sorted(rng.sample(spots, 2), key=lambda m: m.start())
    one, two = a.group(), b.group()
    middle = text[a.end() : b.start()]
    alike = one.lower() in two.lower() or two.lower() in one.lower()
    if alike or re.fullmatch(r"(,|\s|and|or)*", middle):
        return None
    start = a.start() + len(two) + len(middle)
    wrong = ((a.start(), a.start() + len(two)), (start, start + len(one)))
    return Change(text[: a.start()] + two + middle + one + text[b.end() :], wrong)


def negated(text: str, rng: random.Random) -> Change | None:
    """The claim denied, or no longer denied; "did not work" for "worked" now and then."""
    if match := _NOT.search(text):
        if match.group(1).lower() != "not":
            return None
        rest = text[match.end() :]
        word = re.match(r"\w*", rest)
        return (
            Change(text[: match.start()] + rest, ((match.start(), match.start() + word.end()),))
            if word
            else None
        )
    found = list(_AUXILIARY.finditer(text))
    past = _PAST.search(text)
    if past and (not found or rng.random() < 0.3):
        return _put(text, past.span(), f"did not {past.group(1)}")
    if not found:
        return None
    match = found[0] if rng.random() < 0.8 else rng.choice(found)
    word = " not" if rng.random() < 0.7 else rng.choice([" never", " no longer"])
    if rng.random() < 0.15 and match.group() in ("is", "are", "was", "were", "did", "does", "has"):
        word = "n't"
    return Change(
        text[: match.end()] + word + text[match.end() :],
        ((match.end(), match.end() + len(word)),),
    )


def opposite(text: str, rng: random.Random) -> Change | None:
    """A word turned into its opposite."""
    return _swapped(text, _SWAPS, rng)


def other_unit(text: str, rng: random.Random) -> Change | None:
    """A unit changed."""
    return _swapped(text, _UNIT_SWAPS, rng)


def other_kind(text: str, rng: random.Random) -> Change | None:
    """A word for a kind of thing, a colour or a nationality replaced by a fellow of it."""
    for group in rng.sample(_KIND_GROUPS, len(_KIND_GROUPS)):
        found = [m for m in re.finditer(r"\w+", text) if m.group() in group]
        if found:
            match = rng.choice(found)
            return _put(text, match.span(), rng.choice(sorted(group - {match.group()})))
    return None


def other_month(text: str, rng: random.Random) -> Change | None:
    """A month changed."""
    match = _MONTH.search(text)
    if match is None:
        return None
    return _put(text, match.span(), rng.choice([m for m in _MONTHS if m != match.group()]))


def _swapped(text: str, swaps: dict[str, str], rng: random.Random) -> Change | None:
    found = [m for m in re.finditer(r"\w+", text) if m.group().lower() in swaps]
    if not found:
        return None
    match = rng.choice(found)
    return _put(text, match.span(), swaps[match.group().lower()])


_WAYS: tuple[Callable[[str, random.Random], Change | None], ...] = (
    other_number, other_number, other_month, exchanged, exchanged, negated, negated, negated,
    opposite, opposite, other_unit, other_kind,
)  # fmt: skip


def changed(text: str, names: Sequence[str], rng: random.Random) -> Change | None:
    """``text`` changed in one of the ways above; None if none of five tries fits."""
    for _ in range(5):
        way = rng.choice((*_WAYS, None, None))
        made = other_name(text, names, rng) if way is None else way(text, rng)
        if made and made.text != text:
            return made
    return None
