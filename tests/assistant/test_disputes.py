"""Answers that tell both sides, and refusals that correct the question."""

from __future__ import annotations

from collections.abc import Sequence

from rag.assistant.assistant import Assistant, Policy
from rag.assistant.events import Finished, Shown
from rag.embedding.hashing import HashingEmbedder
from rag.generation.extractive import ExtractiveEngine
from rag.grounding.answerability import Answerability
from rag.grounding.check import SentenceChecker
from rag.grounding.lexical import LexicalVerifier
from rag.retrieval.evidence import SentenceRanker
from rag.types import Answer, Draft, Hit, Passage, Turn, Usage, Verdict
from tests.support.passages import passage

OLD = "The Old Mill has 300 visitors a month."
NEW = "The Old Mill has 450 visitors a month."
DENIAL = "The council has not approved the Old Mill."
HOW_MANY = "How many visitors does the Old Mill have each month?"


class Found:
    """Finds the same texts for every query, each an article with its date."""

    name = "found"

    def __init__(self, *texts: str, dates: Sequence[str] = ()) -> None:
        given = dates or [f"202{n}-05-01" for n in range(1, len(texts) + 1)]
        self.hits = [
            Hit(passage(n, text, date=date).chunk, 1.0 / n, n, self.name)
            for n, (text, date) in enumerate(zip(texts, given, strict=True), 1)
        ]

    def retrieve(self, query: str, k: int) -> list[Hit]:
        return self.hits[:k]


class Says:
    """An engine that says the sentences it was given."""

    name = "says"
    model_sha256 = ""
    usage = Usage()

    def __init__(self, *sentences: str) -> None:
        self.left = list(sentences)

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        return len(passages)

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> Says:
        return self

    def next(self) -> Draft | None:
        return Draft(self.left.pop(0)) if self.left else None

    def retry(self) -> Draft | None:
        return None

    def accept(self, text: str) -> None: ...

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        return None

    def close(self) -> None: ...


def assistant(
    found: Found, engine: Says | None = None, *, threshold: float = 0.0, **policy: bool
) -> Assistant:
    ranker = SentenceRanker(HashingEmbedder(), lambda term: 1, 10)
    return Assistant(
        retriever=found,
        ranker=ranker,
        answerability=Answerability(lambda term: 1, threshold=threshold),
        engine=engine or ExtractiveEngine(ranker),
        checker=SentenceChecker(LexicalVerifier()),
        policy=Policy(**policy),  # type: ignore[arg-type]
    )


def told(answer: Answer) -> list[tuple[str, str]]:
    (conflict,) = answer.conflicts
    return [(side.value, side.evidence.date) for side in conflict.sides]


def test_values_of_two_articles_stand_side_by_side_with_their_dates() -> None:
    answer = assistant(Found(OLD, NEW)).ask(HOW_MANY)
    assert told(answer) == [
        ("450 visitors a month", "2022-05-01"),
        ("300 visitors a month", "2021-05-01"),
    ]
    assert answer.conflicts[0].newest_first
    assert "300" in answer.text
    assert "450" in answer.text


def test_the_side_that_the_engine_left_out_is_told_word_for_word() -> None:
    events = list(assistant(Found(OLD, NEW), Says(f"{OLD[:-1]} [1].")).stream(HOW_MANY))
    shown = [event.sentence for event in events if isinstance(event, Shown)]
    assert [sentence.text for sentence in shown] == [f"{OLD[:-1]} [1].", f"{NEW} [2]"]
    assert shown[1].verdict is Verdict.SUPPORTED
    assert isinstance(events[-1], Finished)
    assert len(told(events[-1].answer)) == 2


def test_sides_without_a_date_stay_as_they_are_ranked() -> None:
    answer = assistant(Found(OLD, NEW, dates=("", "2022"))).ask(HOW_MANY)
    assert told(answer) == [("300 visitors a month", ""), ("450 visitors a month", "2022")]
    assert not answer.conflicts[0].newest_first


def test_a_year_and_a_month_of_it_are_not_put_in_order() -> None:
    answer = assistant(Found(OLD, NEW, dates=("2022", "2022-05"))).ask(HOW_MANY)
    assert [date for _, date in told(answer)] == ["2022", "2022-05"]
    assert not answer.conflicts[0].newest_first


def test_the_newest_side_is_said_first_where_that_is_preferred() -> None:
    found = Found(OLD, NEW.replace("has", "now counts"))
    plain = assistant(found, movable=True).ask(HOW_MANY)
    assert plain.text.index("300") < plain.text.index("450")
    answer = assistant(found, movable=True, prefer_newest=True).ask(HOW_MANY)
    assert answer.text.index("450") < answer.text.index("300")
    assert len(answer.conflicts) == 1


def test_the_newest_side_is_put_before_the_one_that_the_engine_told() -> None:
    other = "The Old Mill opened in May 2019 and has a pond."
    engine = Says(f"{other[:-1]} [3].", f"{OLD[:-1]} [2].")
    found = Found(OLD, NEW, other)
    answer = assistant(found, engine, movable=True, prefer_newest=True).ask(HOW_MANY)
    assert [s.text for s in answer.sentences] == [
        f"{other[:-1]} [3].",
        f"{NEW} [1]",
        f"{OLD[:-1]} [2].",
    ]


def test_the_newest_side_is_offered_to_a_model_before_the_other() -> None:
    engine = Says(f"{OLD[:-1]} [2].")
    answer = assistant(Found(OLD, NEW), engine, prefer_newest=True).ask(HOW_MANY)
    assert [passage.chunk.text for passage in answer.passages] == [NEW, OLD]
    assert [s.text for s in answer.sentences] == [f"{OLD[:-1]} [2].", f"{NEW} [1]"]


def test_what_does_not_differ_keeps_its_order_where_the_newest_is_preferred() -> None:
    other = "The Old Mill opened in May 2019 and has a pond."
    answer = assistant(Found(OLD, other), prefer_newest=True, movable=True).ask(HOW_MANY)
    assert [passage.chunk.text for passage in answer.passages] == [OLD, other]


def test_a_conflict_of_which_the_answer_tells_no_side_is_not_brought_up() -> None:
    other = "The Old Mill opened in May 2019 and has a pond."
    answer = assistant(Found(OLD, NEW, other), Says(f"{other[:-1]} [3].")).ask(HOW_MANY)
    assert answer.conflicts == ()
    assert len(answer.sentences) == 1


def test_articles_that_agree_have_no_conflict() -> None:
    answer = assistant(Found(OLD, OLD.replace("has", "counts"))).ask(HOW_MANY)
    assert answer.conflicts == ()
    assert answer.denial is None


def test_an_answer_of_which_nothing_holds_is_not_filled_with_sides() -> None:
    answer = assistant(Found(OLD, NEW), Says("Sorcerers cursed it [1].")).ask(HOW_MANY)
    assert answer.refused
    assert answer.conflicts == ()


WHY = "Why did the council approve the Old Mill?"


def test_a_refusal_says_what_denies_the_question() -> None:
    answer = assistant(Found(DENIAL), threshold=1.0).ask(WHY)
    assert answer.refused
    assert answer.reason == f"The articles say otherwise: “{DENIAL}” [1]"
    assert answer.denial is not None
    assert answer.denial.quote == DENIAL


def test_an_answer_tells_what_denies_the_question() -> None:
    other = "The Old Mill was approved of by its council of elders."
    answer = assistant(Found(DENIAL, other), Says(f"{other[:-1]} [2].")).ask(WHY)
    assert [s.text for s in answer.sentences] == [f"{other[:-1]} [2].", f"{DENIAL} [1]"]
    assert answer.denial is not None


def test_a_refusal_that_nothing_denies_gives_its_own_reason() -> None:
    answer = assistant(Found(OLD), threshold=1.0).ask(WHY)
    assert answer.reason.startswith("The articles do not say")
    assert answer.denial is None
