"""Follow-up questions made to stand alone by rule, for engines that cannot rewrite.

Three cases, tried in this order; a question that stands alone is left as it is:

1. *Elliptical* ("And Llama 2?", "What about version 2?"): the previous question with the new name
   in the place of the old one.
2. *Pronoun* ("When was it founded?"): the pronoun is replaced by what the previous question was
   about; "he", "she" and "they" by a name in the previous answer if the question had none.
3. *Short* ("Why?", "How many?"): the previous question's topic is added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.text.question import analyse, name_phrases
from rag.text.words import words
from rag.types import Turn

_ELLIPSIS = re.compile(
    r"^\W*(?:(?:and|but|or|so)\b[\s,]*)?(?:(?:what|how) about|and|what of)\b\s*"
    r"(?P<rest>[^?]*)\??\W*$",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"\b(its|his|her|their)\b(?=\s+\w)", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(it|he|she|they|him|them|that one|this one|the same)\b", re.IGNORECASE)
_DEMONSTRATIVE = re.compile(
    r"\b(this|that|these|those|the|a|an|any|another) (?:other )?(other|one|ones|person|people|"
    r"company|model|models|law|bill|article|licence|license|release|version|letter|deal|chip|report|"
    r"paper|group|larger|smaller|bigger|second|first|third|last|former|latter|later|earlier|newer|"
    r"older|previous|next)\b(?! (of|from|in|version))"
    r"|\b(this|that)\s*\??$|\bthere\s*\??$"
    r"|^\W*(?:and )?(?:is|was|did|does|were|are|has|had|why (?:is|was|did)) "
    r"(?:this|that|these|those)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|would|will|be|take|takes|took|cost|costs) it "
    r"(?:true|possible|legal|illegal|safe|worth|necessary|correct|right|a|the|to|take|cost|that)\b"
    r"|\b(?:does|did|would|will) it (?:take|cost|mean|matter)\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(r"^\W*(and|but|so|then|also)\b", re.IGNORECASE)
_QUESTION_START = re.compile(
    r"(?:(?:with|in|on|at|by|for|from|to|of|under|since|until|about|through) )?"
    r"(?:who|whom|whose|what|when|where|why|how|which)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|may|must|has|have|had|will|would|should)\b",
    re.IGNORECASE,
)
_ACTOR = re.compile(r"\b(?:did|does|do|will|would|has|had) (?:[A-Z]\w+ ?)+\w+|\bany\w* \w+")
_PERSONAL = {"he", "she", "him", "his", "her"}
_MAX_ELLIPSIS_WORDS = 8


def standalone(question: str, history: Sequence[Turn]) -> str:
    """``question`` made independent of ``history``; unchanged if it stands alone already."""
    if not history:
        return question
    before = standalone(history[-1].question, history[:-1])
    previous = replace(history[-1], question=before)
    ellipsis = _ELLIPSIS.match(question)
    if (
        ellipsis
        and 0 < len(ellipsis["rest"].split()) <= _MAX_ELLIPSIS_WORDS
        and not _asks(ellipsis["rest"])
    ):
        return _substituted(previous.question, ellipsis["rest"].strip())
    if _refers(question):
        return _resolved(question, previous)
    if _leans(question):
        return _with_topic(question, previous)
    return question


def _refers(question: str) -> bool:
    """Whether a pronoun points out of the question: none that stands for nothing ("is it true"),
    none behind a name that it can stand for ("Meta and its chips")."""
    found = _PRONOUN.search(question) or _POSSESSIVE.search(question)
    if found is None or _EXPLETIVE.search(question):
        return False
    return not name_phrases(question[: found.start()] + ".")


def _asks(text: str) -> bool:
    """Whether what follows "and" is a question of its own ("and when was it founded?")."""
    return _QUESTION_START.match(text.strip()) is not None


def _leans(question: str) -> bool:
    asked = analyse(question)
    return (
        _DEMONSTRATIVE.search(question) is not None
        or _CONNECTIVE.match(question) is not None
        or (len(asked.terms) <= 1 and not asked.names)
    )


def _topic(turn: Turn, pronoun: str) -> str:
    """The name that ``pronoun`` stands for after ``turn``; empty if no name is likely.

    "he" and "she": a person's name of the question, else of the answer. "it" and "they": the name
    the question was about, unless that name acted in it ("What did Meta plan for …": "it" is the
    plan).
    """
    names = name_phrases(turn.question)
    if pronoun in _PERSONAL:
        people = [n for n in (*names, *name_phrases(turn.answer)) if len(n.split()) > 1]
        return max(people[:1] or names[:1], key=len, default="")
    if not names or _ACTOR.search(turn.question):
        return ""
    return names[0]


def _resolved(question: str, previous: Turn) -> str:
    found = _PRONOUN.search(question) or _POSSESSIVE.search(question)
    topic = _topic(previous, found.group().lower() if found else "")
    if not topic:
        return _with_topic(question, previous)
    question = _POSSESSIVE.sub(lambda m: f"{topic}'s", question)
    return _PRONOUN.sub(lambda m: topic, question, count=1)


def _with_topic(question: str, previous: Turn) -> str:
    held = set(analyse(question).terms)
    asked = analyse(previous.question)
    topic = [asked.surfaces[t] for t in asked.terms if t not in held]
    return f"{question.strip()} ({' '.join(topic)})" if topic else question


def _substituted(previous: str, rest: str) -> str:
    """The previous question with ``rest`` in the place of the name most like it."""
    names = name_phrases(previous)
    if not names:
        return f"{previous.rstrip(' ?')}: {rest}?"
    own = {w.term for w in words(rest)}
    alike = max(names, key=lambda name: len(own & {w.term for w in words(name)}))
    return previous.replace(alike, rest, 1)
