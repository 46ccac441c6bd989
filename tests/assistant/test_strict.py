"""A strict answer: every sentence passes its check, or there is no answer."""

from __future__ import annotations

import pytest

from rag.assistant.assistant import Assistant
from rag.assistant.events import Dropped, Finished, Retrieved, Shown
from rag.types import Answer, Verdict
from tests.assistant.test_assistant import (
    ALSO_RIGHT,
    MISQUOTED,
    QUOTED,
    RIGHT,
    WRONG,
    ScriptedEngine,
    assistant,
)

QUESTION = "Tell me about Llama 3."


def strict(*script: list, **policy: object) -> Assistant:
    return assistant(ScriptedEngine(*script), strict=True, **policy)  # type: ignore[arg-type]


def asked(*script: list, **policy: object) -> Answer:
    return strict(*script, **policy).ask(QUESTION)


def test_an_answer_whose_every_sentence_passes_is_as_any_other() -> None:
    answer = asked([RIGHT], [ALSO_RIGHT])
    loose = assistant(ScriptedEngine([RIGHT], [ALSO_RIGHT])).ask(QUESTION)
    assert not answer.refused
    assert (answer.text, answer.sentences) == (loose.text, loose.sentences)
    assert answer.usage.first_sentence_s > 0


def test_nothing_is_shown_before_the_last_sentence_has_passed() -> None:
    engine = ScriptedEngine([RIGHT], [ALSO_RIGHT])
    accepted_at_first = None
    kinds = []
    for event in assistant(engine, strict=True).stream(QUESTION):
        kinds.append(type(event))
        if isinstance(event, Shown) and accepted_at_first is None:
            accepted_at_first = list(engine.accepted)
    assert kinds == [Retrieved, Shown, Shown, Finished]
    assert accepted_at_first == [RIGHT, ALSO_RIGHT]


@pytest.mark.parametrize("script", [([RIGHT], [WRONG], [ALSO_RIGHT]), ([WRONG], [RIGHT])])
def test_one_sentence_that_fails_refuses_the_whole(script: tuple[list[str], ...]) -> None:
    events = list(strict(*script, retries=0).stream(QUESTION))
    assert {type(event) for event in events} == {Retrieved, Dropped, Finished}
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.refused
    assert answer.sentences == ()
    n = len(script)
    assert answer.reason == (
        f"The articles do not say all of this: 1 of {n} sentences could not be supported."
    )


def test_every_sentence_of_a_refused_answer_can_be_looked_at_with_its_verdict() -> None:
    answer = asked([RIGHT], [WRONG], retries=0)
    assert [s.verdict for s in answer.dropped] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert answer.conflicts == ()


def test_a_sentence_that_passes_in_a_later_try_is_no_failure() -> None:
    answer = asked([WRONG, RIGHT], [ALSO_RIGHT], retries=1)
    assert (answer.text, answer.sentences[0].tries) == (f"{RIGHT} {ALSO_RIGHT}", 2)


def test_a_citation_that_was_moved_is_no_failure() -> None:
    answer = asked([RIGHT.replace("[1]", "[2]")])
    assert not answer.refused
    assert answer.sentences[0].repaired


def test_what_fails_is_not_shown_flagged_either() -> None:
    answer = asked([RIGHT], [WRONG], retries=0, flag_unsupported=True)
    assert answer.refused


def test_quotations_are_held_back_too() -> None:
    answer = asked([QUOTED], [MISQUOTED], quote=True, retries=0)
    assert answer.refused
    assert "1 of 2 sentences" in answer.reason


def test_a_refusal_says_in_which_articles_alone_was_looked() -> None:
    answer = asked([WRONG], retries=0, scope="--in llama: 2 of 9 articles")
    assert answer.reason.startswith("The articles do not say all of this: 1 of 1 sentence could")
    assert answer.reason.endswith("Only some were looked at (--in llama: 2 of 9 articles).")


def test_an_engine_that_says_nothing_is_refused_as_ever() -> None:
    loose = assistant(ScriptedEngine()).ask(QUESTION)
    assert asked().reason == loose.reason


def test_a_plan_asks_no_engine_and_knows_what_would_be_offered() -> None:
    engine = ScriptedEngine([RIGHT])
    plan = assistant(engine).plan(QUESTION)
    answer = assistant(engine).ask(QUESTION)
    assert (plan.passages, plan.hits, plan.decision) == (
        answer.passages,
        answer.hits,
        answer.decision,
    )
    assert engine.generated == [QUESTION]  # by the answer alone
    assert (plan.refused, plan.sentences) == (False, ())


def test_a_plan_says_what_would_be_refused_and_by_which_threshold() -> None:
    plan = assistant(ScriptedEngine([RIGHT]), threshold=1.1).plan(QUESTION)
    assert plan.refused
    assert plan.reason == assistant(ScriptedEngine([RIGHT]), threshold=1.1).ask(QUESTION).reason
    assert plan.decision is not None
    assert plan.decision.probability < plan.decision.threshold == 1.1
