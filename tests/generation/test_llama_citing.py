"""Only citations of offered passages can be decoded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import EngineError
from rag.generation.llama.backend import Backend, Placement
from rag.generation.llama.citing import CitationRule, MarkerTokens
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.tokens import Vocabulary
from rag.text.markers import find_markers
from tests.support.answers import PASSAGES, passage
from tests.support.gguf import random_gguf, scripted_gguf

EXTRA = (" [", "12", "].", "1].", " [3]", ", ", "[sic]", "[0]", "]\n\n", "[[", "x[1", "[1][2]")


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vocabulary]:
    extra = tuple(text for text in EXTRA if text not in (" [",))  # " [" is there by a merge
    path = random_gguf(tmp_path_factory.mktemp("citing") / "m.gguf", extra_tokens=extra)
    backend = Backend(path, Placement(n_threads=1))
    yield Vocabulary(backend)
    backend.close()


@pytest.fixture(scope="module")
def marker_tokens(vocabulary: Vocabulary) -> MarkerTokens:
    return MarkerTokens(vocabulary)


def possible(rule: CitationRule, vocabulary: Vocabulary) -> set[str]:
    logits = np.zeros(vocabulary.n_tokens, np.float32)
    rule.restrict(logits)
    return {
        vocabulary.piece(int(token)).decode("latin-1")
        for token in np.flatnonzero(np.isfinite(logits))
    }


def test_only_offered_labels_follow_a_bracket(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    rule = CitationRule(marker_tokens, [1, 2, 12])
    assert {"a", "[", " [", "x[1", "[1][2]"} <= possible(rule, vocabulary)
    assert not {"[sic]", "[0]", " [3]", "[["} & possible(rule, vocabulary)
    rule.follow(b" [")
    assert possible(rule, vocabulary) == {"1", "2", "12", "1]", "1]."}
    rule.follow(b"1")
    assert possible(rule, vocabulary) == {"2", "]", "].", "]\n\n", ",", ", "}
    rule.follow(b", ")
    assert possible(rule, vocabulary) == {"1", "2", "12"}
    rule.follow(b"12")
    rule.follow(b"].")
    assert "a" in possible(rule, vocabulary)


@pytest.mark.parametrize("begun", [b"[", b"[1", b"[1,", b"[1, "])
def test_the_written_forms_miss_no_token_that_may_go_on_a_marker(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens, begun: bytes
) -> None:
    rule = CitationRule(marker_tokens, [1, 2, 12])
    expected = set()
    for token in range(vocabulary.n_tokens):
        fresh = CitationRule(marker_tokens, [1, 2, 12])
        fresh.follow(begun)
        piece = vocabulary.piece(token)
        with contextlib.suppress(EngineError):
            fresh.follow(piece)
            if piece and not vocabulary.is_control(token):
                expected.add(piece.decode("latin-1"))
    rule.follow(begun)
    assert possible(rule, vocabulary) == expected


def test_a_label_is_named_once_in_a_marker(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    rule = CitationRule(marker_tokens, [7])
    rule.follow(b"[7")
    assert possible(rule, vocabulary) == {"]", "].", "]\n\n"}


def test_without_passages_no_bracket_can_open(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    assert not any("[" in piece for piece in possible(CitationRule(marker_tokens, ()), vocabulary))


def test_control_tokens_cannot_be_decoded_but_the_end_can(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    logits = np.zeros(vocabulary.n_tokens, np.float32)
    CitationRule(marker_tokens, [1]).restrict(logits)
    controls = [t for t in range(vocabulary.n_tokens) if vocabulary.is_control(t)]
    left = [token for token in controls if np.isfinite(logits[token])]
    assert left
    assert all(vocabulary.ends(token) for token in left)


def test_a_rule_that_leaves_nothing_is_an_error(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    rule = CitationRule(marker_tokens, [1])
    rule.follow(b"[")
    with pytest.raises(EngineError, match="cannot complete the marker"):
        rule.restrict(np.full(vocabulary.n_tokens, -np.inf, np.float32))


def test_text_that_breaks_the_rule_ends_the_answer(marker_tokens: MarkerTokens) -> None:
    with pytest.raises(EngineError, match=r"forbidden citation .*\[9"):
        CitationRule(marker_tokens, [1]).follow(b"so [9].")


@settings(max_examples=30, deadline=None)
@given(
    labels=st.sets(st.integers(1, 40), max_size=6),
    seed=st.integers(0, 10_000),
    length=st.integers(1, 60),
)
def test_whatever_is_decoded_cites_offered_labels_only(
    vocabulary: Vocabulary,
    marker_tokens: MarkerTokens,
    labels: set[int],
    seed: int,
    length: int,
) -> None:
    rng = np.random.default_rng(seed)
    rule = CitationRule(marker_tokens, labels)
    written = b""
    for _ in range(length):
        logits = rng.random(vocabulary.n_tokens, np.float32)
        logits[list(marker_tokens.opening)] += 0.5  # brackets more often than chance has them
        rule.restrict(logits)
        piece = vocabulary.piece(int(logits.argmax()))
        rule.follow(piece)
        written += piece
    found = find_markers(written.decode("latin-1"))
    assert {label for marker in found for label in marker.labels} <= labels


def test_looking_at_a_token_costs_little_beside_decoding_it(
    vocabulary: Vocabulary, marker_tokens: MarkerTokens
) -> None:
    """By count, not by the clock: outside a marker only the forbidden tokens are touched, and what
    may stand within one is looked for once for each state."""
    rule = CitationRule(marker_tokens, [1, 2, 12])
    untouched = vocabulary.n_tokens - len(marker_tokens.opening) - len(marker_tokens.control)
    logits = np.zeros(vocabulary.n_tokens, np.float32)
    rule.restrict(logits)
    assert np.isfinite(logits).sum() >= untouched
    rule.follow(b"[")
    rule.restrict(np.zeros(vocabulary.n_tokens, np.float32))
    marker_tokens.inside, known = {}, marker_tokens.inside
    try:
        again = np.zeros(vocabulary.n_tokens, np.float32)
        rule.restrict(again)  # would leave nothing, and raise, if it looked again
    finally:
        marker_tokens.inside = known
    assert np.isfinite(again).sum() == 5


class _BrokenRule(CitationRule):
    """Lets everything be decoded, and notices it afterwards."""

    def restrict(self, logits: np.ndarray) -> None:
        """Forbid nothing."""


class _FailingRule(CitationRule):
    """Has a fault of its own."""

    def restrict(self, logits: np.ndarray) -> None:
        """Fail."""
        raise IndexError("no such state")


@pytest.mark.parametrize(
    ("rule", "message"),
    [(_BrokenRule, "a forbidden citation was decoded"), (_FailingRule, "no such state")],
)
def test_an_error_in_the_rule_ends_the_answer_and_nothing_follows(
    rule: type[CitationRule],
    message: str,
    tmp_path: Path,
    open_engine: Callable[..., LlamaEngine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No text and no file makes the real rule fail: that is what the other tests show.
    monkeypatch.setattr("rag.generation.llama.engine.CitationRule", rule)
    path = scripted_gguf(tmp_path / "m.gguf", ["Two sizes it is [7].", "So it is."])
    generation = open_engine(path).generate("How many?", PASSAGES, ())
    with pytest.raises(EngineError, match=message):
        generation.next()
    assert generation.next() is None
    assert generation.retry() is None


def test_a_model_that_wants_to_cite_what_was_not_offered_cannot(
    tmp_path: Path, open_engine: Callable[..., LlamaEngine]
) -> None:
    path = scripted_gguf(tmp_path / "m.gguf", ["Two sizes it is [7]."])
    generation = open_engine(path).generate("How many?", PASSAGES, ())
    first = generation.next()
    assert first is not None
    assert "[7]" not in first.text
    offered = open_engine(path).generate("How many?", (passage(7, "Two sizes."),), ())
    first = offered.next()
    assert first is not None
    assert first.text == "Two sizes it is [7]."
