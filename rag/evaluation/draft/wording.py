"""Makes a question of a sentence and what is asked for in it, by rule.

Where the sentence is simple, the words that ask go to its front ("In which year was the bridge
opened?"); where it is not, they stand where the answer stood ("Meta released it in which year?");
a name in the middle becomes a blank to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.evaluation.draft.masks import Mask, MaskKind
from rag.text.words import STOP_WORDS

BLANK = "____"
_AUXILIARIES = frozenset(
    "was were is are has have had will can could may must would should".split()
)
_HAVE = {"has": "does", "have": "do", "had": "did"}
_PAST = re.compile(r"[a-z]{3,}")
_NOT_IN_SUBJECTS = frozenset("that which who whose when where while if as because".split())
_MAX_SUBJECT_WORDS = 6
_PREPOSITION = re.compile(r"(?:^|\s)(on|in|since|until|by|from)\s$", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"\s?[;:–—]\s|,\s(?=(?:and|but|or|so|which|who|whose|where|when|while|although|though|because|"
    r"as|with|after|before|if|saying|making|giving|leaving|according)\b)"
    r"|\s(?=and\s(?:is|was|has|had|are|were|will|went|held|now|[a-z]+ed)\b)"
)
_MIN_WORDS = 4
_MAX_BEFORE_COUNT = 9
"""Words that may stand before what is counted, if that is to go to the front."""
_NO_SUBJECT = STOP_WORDS - {"the", "a", "an"}
_SILENT_E = re.compile(r"(?:[cvguz]|[^s]s)ed$")
_NO_E = re.compile(r"(?:[wxyhk]|ss|[lnrcpf]t|[dlnr]d|[aeo]{2}[ln]|ai[nlm])ed$")
_IRREGULAR = dict(
    pair.split(":")
    for pair in """made:make took:take gave:give began:begin built:build sold:sell bought:buy
wrote:write won:win led:lead said:say became:become set:set paid:pay found:find held:hold left:leave
grew:grow rose:rise fell:fall lost:lose kept:keep drew:draw cut:cut put:put ran:run sent:send
spent:spend came:come went:go saw:see brought:bring got:get met:meet told:tell thought:think
taught:teach showed:show broke:break chose:choose spoke:speak stood:stand
withdrew:withdraw""".split()
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A sentence around its mask: ``before`` ends with a blank, ``after`` begins with one or is
    empty; the stop is gone."""

    before: str
    after: str


def question(sentence: str, mask: Mask, is_word: Callable[[str], bool]) -> str:
    """The question; ``is_word`` tells whether a verb's plain form occurs in the articles."""
    if mask.kind is MaskKind.NAME:
        start, end = mask.around.start, mask.around.end
        return f'What belongs in the blank: "{sentence[:start]}{BLANK}{sentence[end:]}"'
    parts = _parts(sentence, mask)
    if mask.kind is MaskKind.SUBJECT:
        return f"{mask.asking}{parts.after}?"
    asked = _fronted(parts, mask, is_word) or f"{parts.before}{mask.asking}{parts.after}"
    return f"{asked[0].upper()}{asked[1:]}?"


def _parts(sentence: str, mask: Mask) -> _Parts:
    """The clause that the mask stands in, as far as what follows can be left out."""
    body = sentence[:-1]
    before, after = body[: mask.around.start], body[mask.around.end :]
    led = re.match(r"^(In|On|Since|By)\s$", before)
    if led:  # "In 2023, the bridge was opened": what is asked for goes to the end
        rest = _cut(after.lstrip(", "))
        return _Parts(f"{rest[0].upper()}{rest[1:]} {led.group(1).lower()} ", "")
    kept = _cut(after) if len(before.split()) + 1 >= _MIN_WORDS or "," in after else after
    return _Parts(before, kept.rstrip(" ,"))


def _cut(text: str) -> str:
    """``text`` up to the end of its clause, if enough is left."""
    end = _CLAUSE_END.search(text)
    return text[: end.start()] if end else text


def _fronted(parts: _Parts, mask: Mask, is_word: Callable[[str], bool]) -> str:
    """The question with its asking words in front; empty where the sentence is not simple."""
    asking, before, after = mask.asking, parts.before, parts.after
    if mask.kind is MaskKind.COUNT:
        counted = re.match(rf"\s{re.escape(mask.unit)}(?:\sof\s[a-z]+)?", after)
        if counted is None or len(before.split()) > _MAX_BEFORE_COUNT:
            return ""
        asking, after = asking + counted.group(), after[counted.end() :]
    elif preposition := _PREPOSITION.search(before):
        asking = f"{preposition.group(1).lower()} {asking}"
        before = before[: preposition.start()] + " "
    else:
        return ""
    if re.search(r"[,;:]|\b(?:that|who|which)\b", before):
        return ""
    inverted = _inverted(before, is_word)
    return f"{asking} {inverted}{after}" if inverted else ""


def _inverted(statement: str, is_word: Callable[[str], bool]) -> str:
    """ "Meta released it" as "did Meta release it"; empty where the sentence is not simple."""
    tokens = statement.split()
    if not tokens or tokens[0].lower() in _NO_SUBJECT or not tokens[0][0].isupper():
        return ""
    first = 2 if tokens[0] in ("The", "A", "An") else 1
    for at in range(first, min(len(tokens), _MAX_SUBJECT_WORDS + 1)):
        verb, rest = tokens[at], tokens[at + 1 :]
        if verb in _NOT_IN_SUBJECTS:
            return ""
        subject = _low(" ".join(tokens[:at]))
        if verb in _HAVE and not rest:
            return f"{_HAVE[verb]} {subject} have"
        if verb in _AUXILIARIES:
            return " ".join((verb, subject, *rest))
        is_past = _PAST.fullmatch(verb) and rest[:1] != ["by"]
        if is_past and (plain := _plain_form(verb, is_word)):
            return " ".join(("did", subject, plain, *rest))
    return ""


def _low(subject: str) -> str:
    """A subject inside a sentence: its article is small."""
    return re.sub(r"^(The|A|An)\s", lambda m: m.group().lower(), subject)


def _plain_form(verb: str, is_word: Callable[[str], bool]) -> str:
    """The plain form of a verb in the past tense; empty if it cannot be told."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if not verb.endswith("ed") or len(verb) < 5:
        return ""
    candidates = [verb[:-1], verb[:-2]]
    if verb.endswith("ied"):
        candidates.insert(0, verb[:-3] + "y")
    if len(verb) > 5 and verb[-3] == verb[-4]:
        candidates.append(verb[:-3])
    known = [word for word in candidates if is_word(word)]
    if known:
        return known[0] if len(known) == 1 else ""
    if _SILENT_E.search(verb):
        return verb[:-1]
    return verb[:-2] if _NO_E.search(verb) else ""
