"""What every Engine and its Generation do, on a scripted answer where there is a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embedding.hashing import HashingEmbedder
from rag.errors import ContextOverflow
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.engine import EndpointEngine
from rag.generation.extractive import ExtractiveEngine
from rag.generation.llama.engine import LlamaEngine
from rag.protocols import Engine, Generation
from rag.retrieval.evidence import SentenceRanker
from rag.types import Chunk, Draft, Passage, Span, Turn
from tests.support.answers import FIRST, LAST, RIGHT, WRONG
from tests.support.gguf import scripted_gguf

QUESTION = "How many sizes has Llama 3?"
SENTENCES = (
    ("Llama 3 comes in two sizes.", "Its licence is not open source."),
    ("It was released in April 2024.",),
)


def chunked(label: int, sentences: tuple[str, ...]) -> Passage:
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence + "\n"
    span = Span(0, len(text))
    chunk = Chunk(f"c{label}", f"d{label}", span, text, tuple(spans), (), "T", "s", "", (1, 1))
    return Passage(label, chunk)


PASSAGES = tuple(chunked(label, sentences) for label, sentences in enumerate(SENTENCES, 1))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    folder = tmp_path_factory.mktemp("llama")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        path = scripted_gguf(folder / "s.gguf", [FIRST, (WRONG, RIGHT), LAST], n_ctx=4096)
        engine = LlamaEngine(Path(path), n_threads=1, n_ctx=4096)
    yield engine
    engine.close()


@pytest.fixture(params=["extractive", "llama", "endpoint"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "llama":
        yield request.getfixturevalue("llama")
        return
    if request.param == "endpoint":
        url = request.getfixturevalue("scripted_server")
        # The tiny vocabulary takes a token for a byte, three times what is estimated.
        made: Engine = EndpointEngine(EndpointClient(Address.parse(url)), n_ctx=1300)
    else:
        made = ExtractiveEngine(SentenceRanker(HashingEmbedder(), lambda term: 1, 100))
    yield made
    made.close()


def all_of(generation: Generation) -> list[Draft]:
    found = []
    while draft := generation.next():
        found.append(draft)
        assert len(found) < 50
    return found


def test_it_is_an_engine(engine: Engine) -> None:
    assert isinstance(engine, Engine)
    assert engine.name


def test_sentences_come_until_none_and_none_stays(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    drafts = all_of(generation)
    assert drafts
    assert drafts[0].text == FIRST
    assert all(draft.quotation is None for draft in drafts)
    assert generation.next() is None
    generation.close()


def test_two_answers_to_one_question_are_the_same(engine: Engine) -> None:
    first, second = (all_of(engine.generate(QUESTION, PASSAGES, ())) for _ in range(2))
    assert first == second


def test_a_retry_is_another_sentence_or_none(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    seen = [generation.next()]
    for _ in range(10):
        again = generation.retry()
        if again is None:
            break
        assert again not in seen
        seen.append(again)
    assert again is None, "retries are bounded"
    generation.close()


def test_a_retry_before_the_first_sentence_gives_nothing(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    assert generation.retry() is None
    generation.close()


def test_a_repaired_sentence_is_not_said_again(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    assert generation.next() is not None
    generation.accept("Llama 3 comes in two sizes [2].")
    rest = [draft.text for draft in all_of(generation)]
    assert FIRST not in rest


def test_a_dropped_sentence_is_not_said_again(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    first = generation.next()
    assert first is not None
    generation.retry()
    generation.accept("")
    assert first not in all_of(generation)


def test_accepting_before_the_first_sentence_does_nothing(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    generation.accept("Something [1].")
    assert generation.next() == Draft(FIRST)
    generation.close()


def test_a_closed_generation_says_nothing_and_closes_again(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    assert generation.next() is not None
    generation.close()
    assert generation.next() is None
    assert generation.retry() is None
    generation.accept("")
    generation.close()


def test_usage_grows_and_stands_still_after_the_end(engine: Engine) -> None:
    generation = engine.generate(QUESTION, PASSAGES, ())
    all_of(generation)
    generation.close()
    usage = generation.usage
    assert usage == generation.usage
    assert 0 <= usage.first_sentence_s <= usage.seconds
    assert usage.retries == 0


def test_two_generations_do_not_disturb_each_other(engine: Engine) -> None:
    expected = all_of(engine.generate(QUESTION, PASSAGES, ()))
    one, other = (engine.generate(QUESTION, PASSAGES, ()) for _ in range(2))
    assert one.next() == other.next() == expected[0]
    one.close()
    other.close()


def test_every_quotation_is_its_slice_of_the_passage(engine: Engine) -> None:
    by_label = {passage.label: passage.chunk.text for passage in PASSAGES}
    generation = engine.generate(QUESTION, PASSAGES, (), quote=True)
    drafts = [draft for draft in all_of(generation) if draft.quotation is not None]
    assert drafts
    for draft in drafts:
        assert draft.quotation is not None
        assert draft.quotation.span.of(by_label[draft.quotation.label]) == draft.text


def test_passages_that_are_said_to_fit_do_fit(engine: Engine) -> None:
    many = [chunked(label, (f"Sentence {label} says a few words. " * 5,)) for label in range(1, 90)]
    n_fit = engine.fit(QUESTION, many, ())
    assert 0 < n_fit <= len(many)
    generation = engine.generate(QUESTION, many[:n_fit], ())
    generation.next()
    generation.close()


def test_an_endless_question_is_an_error_or_no_matter(engine: Engine) -> None:
    question = "why? " * 3000
    if engine.name == "extractive":
        assert engine.fit(question, PASSAGES, ()) == len(PASSAGES)
        return
    with pytest.raises(ContextOverflow, match="the question with the rules takes"):
        engine.fit(question, PASSAGES, ())


def test_a_question_that_stands_alone_is_left_alone(engine: Engine) -> None:
    assert engine.condense(QUESTION, ()) in (QUESTION, None)
    history = [Turn("What is Llama 3?", "A model [1].")]
    condensed = engine.condense("What is Llama 3?", history)
    assert condensed in ("What is Llama 3?", None)
