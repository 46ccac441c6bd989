"""SQuAD files (1.1 and 2.0): paragraphs of articles, questions with the places of their answers.

Source: Rajpurkar, Jia, Liang, Know What You Don't Know: Unanswerable Questions for SQuAD (2018),
and the files published with it. An article's paragraphs are put together again, so that a question
has to find its place in the whole set, not in the one paragraph that it was written for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.evaluation.foreign.collection import (
    Article,
    Collection,
    Item,
    Sentence,
    on_one_line,
    sentence_around,
)
from rag.evaluation.foreign.fields import Field
from rag.evaluation.types import CaseKind
from rag.types import Span

HINT = "SQuAD: data[].paragraphs[].context and .qas[] with id, question, answers[].text"
_NOT_IN_NAMES = re.compile(r"[^\w-]+")


def read_squad(whole: Field) -> Collection:
    """The set in the JSON value of a file.

    Raises:
        EvalError: a field that is missing or wrong, an answer that is not where it should be, an
            id that is used twice.
    """
    articles: list[Article] = []
    items: list[Item] = []
    seen: set[str] = set()
    for number, data in enumerate(whole.at("data").items(), start=1):
        title = on_one_line(data.at("title").text()).replace("_", " ") if data.has("title") else ""
        name = f"{number:03d}-{_NOT_IN_NAMES.sub('-', title)[:60].strip('-')}".strip("-") + ".txt"
        paragraphs = data.at("paragraphs").items()
        contexts = tuple(on_one_line(p.at("context").text()) for p in paragraphs)
        articles.append(Article(name, title, contexts))
        for paragraph, context in zip(paragraphs, contexts, strict=True):
            for question in paragraph.at("qas").items():
                item = _item(question, name, context)
                if item.id in seen:
                    raise question.at("id").error(f"{item.id!r} is used already")
                seen.add(item.id)
                items.append(item)
    return Collection("SQuAD", tuple(articles), tuple(items))


def _item(field: Field, article: str, context: str) -> Item:
    case_id = on_one_line(field.at("id").text()).strip()
    question = on_one_line(field.at("question").text()).strip()
    if field.has("is_impossible") and field.at("is_impossible").value is True:
        return Item(case_id, CaseKind.UNANSWERABLE, question)
    found = list(_answers(field.at("answers"), context))
    if not found:
        return Item(case_id, CaseKind.ANSWERABLE, question, lacking="no answer is given")
    spellings = tuple(dict.fromkeys(span.of(context).strip() for span in found))
    places = dict.fromkeys(Sentence(article, sentence_around(context, span)) for span in found)
    return Item(case_id, CaseKind.ANSWERABLE, question, (spellings,), (tuple(places),))


def _answers(field: Field, context: str) -> Iterator[Span]:
    for answer in field.items():
        text, start = answer.at("text").text(), answer.at("answer_start").count()
        if context[start : start + len(text)] != on_one_line(text):
            raise answer.at("answer_start").error(f"the context does not hold {text!r} there")
        yield Span(start, start + len(text))
