"""RGB files: questions, each with passages that answer it and passages that do not.

Source: Chen, Lin, Han, Sun, Benchmarking Large Language Models in Retrieval-Augmented Generation
(2023). Of its four trials, noise and integration are the file as it is (every passage, of every
question, is searched), rejection is the file without its positive passages, and a counterfactual
line (``positive_wrong``, ``fakeanswer``) becomes a conflict: a program that knows nothing but the
articles cannot tell which of two is wrong, it can only report both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.evaluation.foreign.collection import (
    Article,
    Collection,
    Item,
    Sentence,
    on_one_line,
    sentence_around,
)
from rag.evaluation.foreign.fields import Field
from rag.evaluation.measures.facts import holds
from rag.evaluation.types import CaseKind
from rag.text.sentences import sentence_spans
from rag.types import Span

HINT = "RGB: one object a line with query, answer, positive and negative"
_NO_SENTENCE = "no positive passage states the answer in its spelling"

Fact = tuple[str, ...]


def read_rgb(lines: Sequence[Field], *, negatives_only: bool = False) -> Collection:
    """The set in the JSON values of a file's lines.

    Args:
        negatives_only: leave the positive passages out; then nothing is answerable.

    Raises:
        EvalError: a field that is missing or wrong, an id that is used twice.
    """
    names: dict[str, str] = {}  # a passage that several questions share is one article
    items: list[Item] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        case_id = f"rgb-{_id(line, number)}"
        if case_id in seen:
            raise line.at("id").error("used already")
        seen.add(case_id)
        right = _passages(line.at("positive"))
        wrong = _passages(line.at("positive_wrong")) if line.has("positive_wrong") else []
        noise = _passages(line.at("negative")) if line.has("negative") else []
        for passage in (*noise, *(() if negatives_only else (*right, *wrong))):
            names.setdefault(passage, f"{len(names) + 1:05d}.txt")
        question = on_one_line(line.at("query").text()).strip()
        if negatives_only:
            items.append(Item(case_id, CaseKind.UNANSWERABLE, question))
        else:
            items.append(_item(line, case_id, question, right, wrong, names))
    articles = tuple(Article(name, "", (passage,)) for passage, name in names.items())
    return Collection("RGB", articles, tuple(items))


def _id(line: Field, number: int) -> str:
    value = line.value.get("id", number) if isinstance(line.value, dict) else number
    return on_one_line(str(value)).strip() or str(number)


def _passages(field: Field) -> list[str]:
    """A list of passages, or of lists of them (one for each part of an answer)."""
    found = []
    for item in field.items():
        found += _passages(item) if isinstance(item.value, list) else [item.text()]
    return list(dict.fromkeys(on_one_line(text).strip() for text in found))


def _item(
    line: Field,
    case_id: str,
    question: str,
    right: Sequence[str],
    wrong: Sequence[str],
    names: dict[str, str],
) -> Item:
    facts = _facts(line.at("answer"))
    kind = CaseKind.ANSWERABLE
    gold = [_stating(fact, right, names) for fact in facts]
    if wrong:
        fakes = _facts(line.at("fakeanswer"))
        kind = CaseKind.CONFLICTING
        gold += [_stating(fact, wrong, names) for fact in fakes]
        facts += fakes
    lacking = "" if all(gold) else _NO_SENTENCE
    tags = ("counterfactual",) if wrong else ("integration",) if len(facts) > 1 else ("noise",)
    # Two facts in the same sentences are one thing to cite.
    return Item(case_id, kind, question, tuple(facts), tuple(dict.fromkeys(gold)), tags, lacking)


def _facts(field: Field) -> list[Fact]:
    """A text is one fact, a list holds several, a list in it holds the spellings of one."""
    if not isinstance(field.value, list):
        return [(on_one_line(field.text()).strip(),)]
    facts = []
    for item in field.items():
        options = item.items() if isinstance(item.value, list) else [item]
        spellings = tuple(dict.fromkeys(on_one_line(o.text()).strip() for o in options))
        if not spellings:
            raise item.error("empty")
        facts.append(spellings)
    if not facts:
        raise field.error("empty")
    return facts


def _stating(fact: Fact, passages: Iterable[str], names: dict[str, str]) -> tuple[Sentence, ...]:
    """The sentence of each passage that states the fact first."""
    found = []
    for passage in passages:
        span = next((s for s in sentence_spans(passage) if holds(s.of(passage), fact)), None)
        if span is None and holds(passage, fact):  # it runs over the end of a sentence
            span = Span(0, len(passage))
        if span is not None:
            found.append(Sentence(names[passage], sentence_around(passage, span)))
    return tuple(dict.fromkeys(found))
