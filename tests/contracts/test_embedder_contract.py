"""What every Embedder does."""

from __future__ import annotations

import numpy as np
import pytest

from rag.errors import EmbedderError
from rag.protocols import Embedder


def test_it_is_an_embedder(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    assert embedder.name


def test_rows_are_float32_unit_vectors(embedder: Embedder) -> None:
    rows = embedder.embed_documents(["The cat sat.", "", "42", "…"])
    assert rows.shape == (4, embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose((rows * rows).sum(axis=1), 1.0, atol=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_a_query_is_one_float32_unit_vector(embedder: Embedder) -> None:
    vector = embedder.embed_query("Who owns the cat?")
    assert vector.shape == (embedder.dimension,)
    assert vector.dtype == np.float32
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-5)


def test_rows_keep_the_order_of_the_texts_whatever_their_lengths(embedder: Embedder) -> None:
    texts = ["cat", "A long sentence about ships and harbours in the north. " * 4, "dog food"]
    together = embedder.embed_documents(texts)
    alone = np.vstack([embedder.embed_documents([text]) for text in texts])
    cosines = together @ alone.T
    assert (cosines.argmax(axis=1) == np.arange(len(texts))).all()
    assert float(np.diag(cosines).min()) > 0.9998


def test_a_text_of_max_tokens_is_embedded_and_one_token_more_is_refused(
    embedder: Embedder,
) -> None:
    longest = "cat " * embedder.max_tokens
    assert embedder.count_tokens([longest]) == [embedder.max_tokens]
    embedder.embed_documents([longest])
    with pytest.raises(EmbedderError, match=rf"{embedder.max_tokens + 1} tokens is over"):
        embedder.embed_documents(["short", longest + "cat"])


def test_the_last_word_of_a_longest_text_still_counts(embedder: Embedder) -> None:
    body = "cat " * (embedder.max_tokens - 1)
    one, other = embedder.embed_documents([body + "ship", body + "violin"])
    assert not np.allclose(one, other, atol=1e-5)


def test_the_end_of_an_overlong_query_still_counts(embedder: Embedder) -> None:
    body = "cat " * (3 * embedder.max_tokens)
    one, other = embedder.embed_query(body + "ship " * 50), embedder.embed_query(body)
    assert float(one @ one) == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(one, other, atol=1e-4)


def test_tokens_are_counted_for_each_text(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "cat", "cat dog"]) == [0, 1, 2]
    assert embedder.count_tokens([]) == []
    assert embedder.count_tokens(["cat " * 2000]) == [2000]


def test_what_is_about_the_same_thing_is_nearer(embedder: Embedder) -> None:
    query = embedder.embed_query("What do cats eat?")
    near, far = embedder.embed_documents(["Cats eat fish and mice.", "The bank raised its rates."])
    assert float(query @ near) > float(query @ far)


def test_text_that_is_no_valid_unicode_is_embedded_all_the_same(embedder: Embedder) -> None:
    rows = embedder.embed_documents(["half a pair \ud83d", "nul \x00 and bell \x07"])
    assert np.isfinite(rows).all()
    assert np.isfinite(embedder.embed_query("\udfff")).all()
