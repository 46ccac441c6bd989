"""Walks through token sequences by their common beginnings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import EngineError
from rag.generation.llama.trie import TokenTrie, distinct

SEQUENCES = [(1, 2, 3), (1, 2, 4, 5), (6, 7)]
sequences = st.lists(st.lists(st.integers(0, 2), max_size=5).map(tuple), max_size=12)


def test_a_walk_is_decided_as_soon_as_one_sequence_fits() -> None:
    walk = TokenTrie(SEQUENCES).walk([0, 1, 2])
    assert (walk.member, walk.choices()) == (None, [1, 6])
    walk.take(6)
    assert (walk.member, walk.path) == (2, [6])


def test_where_all_go_on_alike_there_is_one_choice() -> None:
    walk = TokenTrie(SEQUENCES).walk([0, 1, 2])
    walk.take(1)
    assert walk.choices() == [2]
    walk.take(2)
    assert walk.choices() == [3, 4]


def test_what_is_left_out_is_no_choice() -> None:
    assert TokenTrie(SEQUENCES).walk([1, 2]).choices() == [1, 6]
    assert TokenTrie(SEQUENCES).walk([1]).member == 1


def test_a_token_that_is_no_choice_is_an_error() -> None:
    walk = TokenTrie(SEQUENCES).walk([0, 1])
    with pytest.raises(EngineError, match="token 6 was decoded where the constraint forbids it"):
        walk.take(6)
    assert walk.path == []


def test_a_walk_through_nothing_is_an_error() -> None:
    with pytest.raises(EngineError, match="leaves no token"):
        TokenTrie(SEQUENCES).walk([]).choices()


@pytest.mark.parametrize("wrong", [[()], [(1,), (1, 2)], [(1, 2), (1, 2)]])
def test_sequences_that_cannot_be_told_apart_are_refused(wrong: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="empty, or begins with all of another"):
        TokenTrie(wrong)


def test_of_sequences_that_cannot_be_told_apart_the_shorter_and_the_first_stay() -> None:
    assert distinct([(1, 2, 3), (1, 2), (), (4,), (1, 2), (1, 2, 4)]) == [1, 3]


@given(sequences)
def test_what_is_distinct_makes_a_trie_and_what_is_not_begins_with_it(
    given_: list[tuple[int, ...]],
) -> None:
    kept = distinct(given_)
    TokenTrie([given_[place] for place in kept])
    for place, sequence in enumerate(given_):
        begins = any(sequence[: len(given_[k])] == given_[k] for k in kept if k != place)
        assert (place in kept) != (begins or not sequence)


@given(sequences, st.randoms(use_true_random=False))
def test_any_way_of_choosing_ends_at_a_sequence_that_begins_so(
    given_: list[tuple[int, ...]], random: object
) -> None:
    told_apart = [given_[place] for place in distinct(given_)]
    if not told_apart:
        return
    walk = TokenTrie(told_apart).walk(range(len(told_apart)))
    while walk.member is None:
        walk.take(random.choice(walk.choices()))  # type: ignore[attr-defined]
    assert list(told_apart[walk.member][: len(walk.path)]) == walk.path
