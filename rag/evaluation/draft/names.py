"""The names that articles speak of, and what they are said to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.text.question import name_phrases
from rag.text.sentences import sentence_spans

MONTHS = tuple(
    """January February March April May June July August September October November
December""".split()
)
VERB = re.compile(
    r"\s(?P<verb>(?:has|have|had|is|are|was|were|will|can|may|must|made|took|gave|began|built|sold|"
    r"bought|wrote|won|led|said|became|set|paid|found|held|left|grew|rose|fell|lost|kept|drew|"
    r"won|cut|put|ran|sent|spent|owns|makes|offers|publishes|runs|says|holds|wants|needs|"
    r"expects|plans|calls|uses)|[a-z]{3,}ed)\s"
)
"""A verb behind a name; not all there are, but so many that a subject is known by one."""
_ARTICLE = re.compile(r"\b(?:the|an?)\s$", re.IGNORECASE)
_ODD = re.compile(r"[\n'’\"]|^\d")


class Names:
    """The names that the articles speak of, and where."""

    def __init__(self, documents: Iterable[tuple[str, str]]) -> None:
        """``documents``: id and text of each."""
        self._documents: dict[str, set[str]] = {}
        self._verbs: dict[str, set[str]] = {}
        self._with_article: set[str] = set()
        counts: Counter[str] = Counter()
        inside: set[str] = set()  # any word is capitalised at the beginning of a sentence
        for document_id, text in documents:
            for found in _names_of(text):
                counts[found.name] += 1
                self._documents.setdefault(found.name, set()).add(document_id)
                self._verbs.setdefault(found.name, set()).update(
                    (found.verb,) if found.verb else ()
                )
                self._with_article.update((found.name,) if found.has_article else ())
                inside.update(() if found.is_first else (found.name,))
        self._known = {name for name in inside if counts[name] >= 2}

    def __contains__(self, name: str) -> bool:
        """Whether this is a name, not a word that began a sentence once."""
        return name in self._known

    def documents_of(self, name: str) -> set[str]:
        """The ids of the articles that hold it."""
        return self._documents.get(name, set())

    def does_something(self, name: str) -> bool:
        """Whether it is somewhere the subject of a verb: an adjective ("French") never is."""
        return bool(self._verbs.get(name))

    def stands_bare(self, name: str) -> bool:
        """Whether it never has an article: where "the" stood, nothing else can take its place."""
        return name not in self._with_article

    def like(self, name: str) -> list[str]:
        """Names in no article that holds ``name``, those first that are said to do the same."""
        apart = [
            other
            for other in self._known
            if self.does_something(other) and not self._documents[other] & self.documents_of(name)
        ]
        own = self._verbs.get(name, set())
        return sorted(apart, key=lambda other: (-_shared(own, self._verbs[other]), other))


def is_month(name: str) -> bool:
    """Whether a capitalised phrase is a date, not a name."""
    return name.split()[0] in MONTHS


def _shared(left: set[str], right: set[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in a sentence: the verb behind it (empty if there is none), whether an article stands
    before it, whether the sentence begins with it."""

    name: str
    verb: str
    has_article: bool
    is_first: bool


def _names_of(text: str) -> Iterator[_Found]:
    for span in sentence_spans(text):
        sentence = span.of(text)
        for name in dict.fromkeys(name_phrases(f"so {sentence}")):
            if len(name) > 1 and not _ODD.search(name) and not is_month(name):
                start = sentence.index(name)
                verb = VERB.match(sentence[start + len(name) :])
                has_article = _ARTICLE.search(sentence[:start]) is not None
                is_first = start == 0 and name not in name_phrases(sentence)
                yield _Found(name, verb.group("verb") if verb else "", has_article, is_first)
