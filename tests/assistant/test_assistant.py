"""The way of a question, with an engine that says what the test wants."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.assistant.assistant import Assistant, Policy
from rag.assistant.events import Dropped, Finished, Retrieved, Shown
from rag.assistant.refusal import UNSUPPORTED
from rag.embedding.hashing import HashingEmbedder
from rag.errors import UsageError
from rag.generation.prompting import REFUSAL
from rag.grounding.answerability import Answerability
from rag.grounding.check import SentenceChecker
from rag.grounding.lexical import LexicalVerifier
from rag.protocols import Answerer, Engine
from rag.retrieval.evidence import SentenceRanker
from rag.types import Draft, Hit, Passage, Provenance, Quotation, Span, Turn, Usage, Verdict
from tests.support.passages import passage

CHUNKS = (
    passage(1, "Meta released Llama 3 in April 2024. It comes in two sizes.").chunk,
    passage(2, "Firms with 700 million users must ask Meta for a licence.").chunk,
)
RIGHT = "Meta released Llama 3 in April 2024 [1]."
ALSO_RIGHT = "Firms with 700 million users must ask Meta [2]."
WRONG = "Meta released Llama 3 in July 2021 [1]."


class FixedRetriever:
    """Finds the same chunks for every query and remembers the queries."""

    name = "fixed"

    def __init__(self) -> None:
        self.queries: list[str] = []

    def retrieve(self, query: str, k: int) -> list[Hit]:
        self.queries.append(query)
        return [Hit(chunk, 1.0 / n, n, self.name) for n, chunk in enumerate(CHUNKS, 1)][:k]


class ScriptedEngine:
    """Says scripted sentences, each with the versions it gives when asked again."""

    name = "scripted"
    model_sha256 = "abc"

    def __init__(self, *script: Sequence[str | Draft], n_fit: int = 9) -> None:
        self.script = [list(versions) for versions in script]
        self.n_fit = n_fit
        self.accepted: list[str] = []
        self.fitted: list[str] = []
        self.generated: list[str] = []
        self.n_closed = 0

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        self.fitted.append(question)
        return min(self.n_fit, len(passages))

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> ScriptedEngine:
        self.quotes = quote
        self.generated.append(question)
        self._left = [list(versions) for versions in self.script]
        self._versions: list[str | Draft] = []
        return self

    def next(self) -> Draft | None:
        self._versions = self._left.pop(0) if self._left else []
        return self.retry()

    def retry(self) -> Draft | None:
        if not self._versions:
            return None
        version = self._versions.pop(0)
        return version if isinstance(version, Draft) else Draft(version)

    def accept(self, text: str) -> None:
        self.accepted.append(text)

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        return None

    def close(self) -> None:
        self.n_closed += 1

    @property
    def usage(self) -> Usage:
        return Usage(answer_tokens=7)


def assistant(
    engine: ScriptedEngine,
    *,
    retriever: FixedRetriever | None = None,
    threshold: float = 0.0,
    scope: str = "",
    **policy: object,
) -> Assistant:
    """An assistant that answers everything (``threshold`` 0) unless told otherwise."""
    return Assistant(
        retriever=retriever or FixedRetriever(),
        ranker=SentenceRanker(HashingEmbedder(), lambda term: 1, 10),
        answerability=Answerability(lambda term: 1, threshold=threshold),
        engine=engine,
        checker=SentenceChecker(LexicalVerifier()),
        policy=Policy(**policy),  # type: ignore[arg-type]
        provenance=Provenance(scope=scope),
    )


def test_the_parts_fulfil_their_protocols() -> None:
    engine = ScriptedEngine()
    assert isinstance(engine, Engine)
    assert isinstance(assistant(engine), Answerer)


def test_supported_sentences_are_shown_with_their_evidence() -> None:
    answer = assistant(ScriptedEngine([RIGHT], [ALSO_RIGHT])).ask("Tell me about Llama 3.")
    assert answer.text == f"{RIGHT} {ALSO_RIGHT}"
    assert [e.quote for e in answer.evidence] == [
        "Meta released Llama 3 in April 2024.",
        CHUNKS[1].text,
    ]
    assert answer.provenance.engine == "scripted"
    assert answer.provenance.model_sha256 == "abc"
    assert answer.usage.answer_tokens == 7


def test_events_come_in_their_order() -> None:
    events = list(assistant(ScriptedEngine([WRONG], [RIGHT])).stream("Tell me about Llama 3."))
    assert [type(event) for event in events] == [Retrieved, Dropped, Shown, Finished]


def test_a_sentence_that_fails_is_written_again() -> None:
    engine = ScriptedEngine([WRONG, WRONG, RIGHT])
    answer = assistant(engine, retries=2).ask("Tell me about Llama 3.")
    assert answer.text == RIGHT
    assert answer.sentences[0].tries == 3
    assert engine.accepted == [RIGHT]


def test_retries_are_bounded_and_what_fails_is_dropped() -> None:
    engine = ScriptedEngine([WRONG, WRONG, RIGHT], [ALSO_RIGHT])
    answer = assistant(engine, retries=1).ask("Tell me about Llama 3.")
    assert answer.text == ALSO_RIGHT
    assert [s.verdict for s in answer.dropped] == [Verdict.UNSUPPORTED]
    assert engine.accepted == ["", ALSO_RIGHT]


def test_what_fails_can_be_shown_flagged_and_then_cites_nothing() -> None:
    engine = ScriptedEngine([RIGHT], [WRONG])
    answer = assistant(engine, retries=0, flag_unsupported=True).ask("Tell me about Llama 3.")
    assert answer.sentences[1].verdict is Verdict.UNSUPPORTED
    assert answer.sentences[1].text == "Meta released Llama 3 in July 2021."


def test_an_answer_of_which_nothing_is_supported_is_a_refusal() -> None:
    answer = assistant(ScriptedEngine([WRONG])).ask("Tell me about Llama 3.")
    assert answer.refused
    assert answer.reason == UNSUPPORTED
    assert answer.sentences == ()


@pytest.mark.parametrize("script", [[], [[REFUSAL]], [["Here is what the articles say:"]]])
def test_an_engine_that_says_nothing_or_refuses_gives_a_refusal(script: list[list[str]]) -> None:
    answer = assistant(ScriptedEngine(*script)).ask("Tell me about Llama 3.")
    assert answer.refused
    assert answer.reason == REFUSAL


def test_a_repeated_sentence_is_shown_once() -> None:
    assert assistant(ScriptedEngine([RIGHT], [RIGHT])).ask("Llama 3?").text == RIGHT


def test_what_is_not_answerable_is_refused_before_anything_is_generated() -> None:
    engine = ScriptedEngine([RIGHT])
    answer = assistant(engine, threshold=1.1).ask("Tell me about Llama 3.")
    assert answer.refused
    assert engine.accepted == []
    assert answer.passages


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_a_refusal_says_that_not_all_articles_were_looked_at(threshold: float) -> None:
    scope = "--in llama: 2 of 9 articles"
    asked = assistant(ScriptedEngine([WRONG]), threshold=threshold, scope=scope)
    answer = asked.ask("Tell me about Llama 3.")
    assert answer.refused
    assert answer.reason.startswith("The articles do not say")
    assert answer.reason.endswith(f" Only some were looked at ({scope}).")
    assert answer.provenance.scope == scope


def test_passages_that_do_not_fit_are_reported() -> None:
    answer = assistant(ScriptedEngine([RIGHT], n_fit=1)).ask("Tell me about Llama 3.")
    assert [p.label for p in answer.passages] == [1]
    assert [h.chunk.id for h in answer.left_out] == ["chunk-2"]


def test_both_parts_of_a_question_are_searched() -> None:
    retriever = FixedRetriever()
    engine = ScriptedEngine([RIGHT])
    assistant(engine, retriever=retriever).ask("When was Llama 3 out, and who must ask Meta?")
    assert retriever.queries == ["When was Llama 3 out?", "who must ask Meta?"]


def test_a_follow_up_is_searched_as_it_is_meant() -> None:
    retriever = FixedRetriever()
    history = [Turn("What is Llama 3?", "A model.")]
    answer = assistant(ScriptedEngine([RIGHT]), retriever=retriever).ask("Who made it?", history)
    assert retriever.queries == ["Who made Llama 3?"]
    assert (answer.question, answer.query) == ("Who made it?", "Who made Llama 3?")


def test_stopping_in_the_middle_closes_the_generation() -> None:
    engine = ScriptedEngine([RIGHT], [ALSO_RIGHT])
    events = assistant(engine).stream("Tell me about Llama 3.")
    next(event for event in events if isinstance(event, Shown))
    events.close()  # type: ignore[attr-defined]
    assert engine.n_closed == 1


@pytest.mark.parametrize(
    ("question", "message"),
    [("", "empty"), (" \n", "empty"), ("?!", "empty"), ("x" * 20_001, "20,001 characters")],
)
def test_a_question_that_is_none_is_a_usage_error(question: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        assistant(ScriptedEngine()).ask(question)


def test_what_is_measured_against_the_context_is_what_is_generated_from() -> None:
    engine = ScriptedEngine([RIGHT])
    assistant(engine).ask("Who made it?", [Turn("What is Llama 3?", "A model.")])
    assert engine.fitted == engine.generated == ["Who made Llama 3?"]


QUOTED = Draft("It comes in two sizes.", Quotation(1, Span(37, 59)))
MISQUOTED = Draft("It comes in ten sizes.", Quotation(1, Span(37, 59)))


def test_with_quote_verified_quotations_are_shown_and_nothing_else() -> None:
    engine = ScriptedEngine([QUOTED], [RIGHT], [MISQUOTED], [ALSO_RIGHT])
    answer = assistant(engine, quote=True, flag_unsupported=True).ask("Tell me about Llama 3.")
    assert engine.quotes
    assert answer.text == "It comes in two sizes. [1]"
    assert [e.quote for e in answer.evidence] == [QUOTED.text]
    assert [s.verdict for s in answer.dropped] == [Verdict.UNSUPPORTED] * 3
    assert answer.provenance.verifier == "quotation"


def test_without_quote_the_engine_is_not_asked_for_quotations() -> None:
    engine = ScriptedEngine([RIGHT])
    answer = assistant(engine).ask("Tell me about Llama 3.")
    assert not engine.quotes
    assert answer.provenance.verifier != "quotation"


def test_a_misquotation_is_asked_for_again() -> None:
    engine = ScriptedEngine([MISQUOTED, QUOTED])
    answer = assistant(engine, quote=True).ask("Tell me about Llama 3.")
    assert (answer.text, answer.sentences[0].tries) == ("It comes in two sizes. [1]", 2)


def test_a_refusal_in_an_answer_of_quotations_is_a_refusal() -> None:
    answer = assistant(ScriptedEngine([REFUSAL]), quote=True).ask("Tell me about Llama 3.")
    assert (answer.refused, answer.reason) == (True, REFUSAL)


def test_a_sentence_of_an_article_that_reads_like_a_refusal_can_be_quoted() -> None:
    text = "The document does not say when."
    silent = passage(1, text).chunk
    retriever = FixedRetriever()
    retriever.retrieve = lambda query, k: [Hit(silent, 1.0, 1, "fixed")]  # type: ignore[method-assign]
    engine = ScriptedEngine([Draft(text, Quotation(1, Span(0, len(text))))])
    answer = assistant(engine, retriever=retriever, quote=True).ask("Tell me about the document.")
    assert answer.text == f"{text} [1]"
