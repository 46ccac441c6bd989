"""Embeddings by any sentence-transformers model that is on this machine."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.embedding.digits import Digits
from rag.embedding.library import multiplies_bfloat16, stay_offline_and_quiet
from rag.embedding.proven import default_folder
from rag.embedding.unaided import Unaided, unit
from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_SIZE = 16
_MAX_QUERY_WINDOWS = 64
_UNKNOWN_LIMIT = 512
"""Tokens taken as the limit of a model that states none (tokenizers say 1e30 then)."""
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
_QUERY_PROMPTS = ("query",)
_REMEMBERED_QUERIES = 16

_log = logging.getLogger(__name__)


class SentenceTransformerEmbedder:
    """A sentence-transformers model: the packaged MiniLM unless another is named.

    The files are found and hashed at once; the libraries and the weights load on first use.
    sentence-transformers, which takes seconds to import, is not loaded at all if the model can be
    run without it and with equal vectors (``rag.embedding.light`` and ``proven``): a few texts by
    numpy, many by OpenVINO.

    Args:
        model: the packaged name, a folder, or a model id in the local cache.
        device: ``cpu``, ``cuda``, ...; None lets the library choose.
        digits: in what format documents are embedded; None: the fastest that this processor
            has, which finds the same passages (tests/embedding/test_recall_by_digits.py).
            Questions are always embedded in float32. sentence-transformers itself knows float32
            and bfloat16.
        light: whether questions may be embedded the light way.
        proofs: folder of notes about models that were found equal; None: the user's cache.

    Raises:
        EmbedderError: see ``rag.embedding.weights.locate``; on first use, if the model cannot be
            loaded.
    """

    def __init__(
        self,
        model: str = PACKAGED_MODEL,
        *,
        device: str | None = None,
        digits: Digits | None = None,
        light: bool = True,
        proofs: Path | None = None,
    ) -> None:
        self._folder = locate(model)
        self._device = device
        self._digits = digits
        self._unaided = Unaided(
            self._folder,
            proofs or default_folder(),
            digits=digits,
            device=device,
            is_wanted=light,
        )
        self._queries: dict[str, np.ndarray] = {}
        self.name = f"{self._folder.name}@{self._folder.fingerprint}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        if self._unaided.light:
            return self._unaided.light.description.shape.width
        return int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def max_tokens(self) -> int:
        """Longest document text that is embedded whole, special tokens and prompt not counted."""
        return self._limit(self._document_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted, however long the text."""
        return [len(ids) for ids in self._encodings([_clean(text) for text in texts])]

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32 ``(n, dimension)``; ``(0, dimension)`` for no text.

        Raises:
            EmbedderError: if a text is over ``max_tokens`` (it would be cut), or the model fails.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        whole, prompt = self._whole(texts), self._document_prompt
        rows = self._unaided.documents([prompt + text for text in whole])
        if rows is None:
            rows = self._embed(whole, prompt, document=True)
            if self._unaided.candidate and not self._unaided.light:
                self._compare()
        return rows

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """As ``embed_documents``, for a few texts that are compared at once and not stored.

        Raises:
            EmbedderError: as ``embed_documents``.
        """
        if not texts:
            return self.embed_documents(texts)
        whole, prompt = self._whole(texts), self._document_prompt
        rows = self._unaided.few([prompt + text for text in whole])
        return self.embed_documents(texts) if rows is None else rows

    def embed_query(self, text: str) -> np.ndarray:
        """A unit vector, float32 ``(dimension,)``.

        A text over the model's limit is embedded as the mean of its windows: nothing is cut.

        Raises:
            EmbedderError: if the text is longer than 64 windows, or the model fails.
        """
        if text not in self._queries:
            windows = self._windows(_clean(text), self._limit(self._query_prompt))
            prompt = self._query_prompt
            rows = self._unaided.few([prompt + text for text in windows])
            if rows is None:
                rows = self._embed(windows, prompt, document=False)
            if len(self._queries) >= _REMEMBERED_QUERIES:
                self._queries.pop(next(iter(self._queries)))
            self._queries[text] = unit(rows.mean(axis=0)[None, :])[0]
        return self._queries[text].copy()

    def _whole(self, texts: Sequence[str]) -> list[str]:
        """The texts, cleaned, if each is short enough to be embedded whole."""
        cleaned = [_clean(text) for text in texts]
        for n_tokens in self.count_tokens(cleaned):
            if n_tokens > self.max_tokens:
                raise EmbedderError(
                    f"a text of {n_tokens} tokens is over the {self.max_tokens} that {self.name} "
                    "embeds whole",
                    hint="lower the setting chunk_tokens",
                )
        return cleaned

    def _compare(self) -> None:
        """Find out, once the library is loaded anyway, whether the light way gives the same."""
        candidate, self._unaided.candidate = self._unaided.candidate, None
        assert candidate is not None
        said = candidate.description
        if (
            said.max_sequence == self._model.max_seq_length
            and said.shape.width == self._model.get_embedding_dimension()
            and all(
                _prompt_of(said.prompts, said.default_prompt_name, names) == self._prompt(names)
                for names in (_QUERY_PROMPTS, _DOCUMENT_PROMPTS)
            )
        ):
            self._unaided.compare(candidate, lambda texts: self._embed(texts, "", document=False))

    # -- the model -----------------------------------------------------------------------------

    @cached_property
    def _model(self) -> SentenceTransformer:
        stay_offline_and_quiet()
        try:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(
                str(self._folder.path), device=self._device, local_files_only=True
            )
        except Exception as exc:  # the library raises anything from KeyError to its own errors
            raise EmbedderError(
                f"the embedding model in {self._folder.path} cannot be loaded: {_first_line(exc)}",
                hint=f"set embedder to {PACKAGED_MODEL}, or put the model's files there again",
            ) from exc

    @cached_property
    def _document_prompt(self) -> str:
        return self._prompt(_DOCUMENT_PROMPTS)

    @cached_property
    def _query_prompt(self) -> str:
        return self._prompt(_QUERY_PROMPTS)

    def _prompt(self, names: Sequence[str]) -> str:
        if self._unaided.light:
            said = self._unaided.light.description
            return _prompt_of(said.prompts, said.default_prompt_name, names)
        return _prompt_of(self._model.prompts, self._model.default_prompt_name or "", names)

    def _embed(self, texts: list[str], prompt: str, *, document: bool) -> np.ndarray:
        encode = self._model.encode_document if document else self._model.encode_query
        number_format = self._document_format() if document else nullcontext()
        try:
            with number_format:
                rows = encode(
                    texts,
                    prompt=prompt,
                    batch_size=_BATCH_SIZE,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
        except (RuntimeError, ValueError, IndexError, TypeError) as exc:  # out of memory included
            raise EmbedderError(f"{self.name} failed: {_first_line(exc)}") from exc
        return unit(np.asarray(rows, dtype=np.float32))

    def _document_format(self) -> AbstractContextManager[None]:
        import torch

        if self._model.device.type != "cpu":
            return nullcontext()
        digits = self._digits
        wanted = multiplies_bfloat16() if digits is None else digits is not Digits.FLOAT32
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=wanted)

    # -- tokens --------------------------------------------------------------------------------

    @cached_property
    def _tokenizer(self) -> Any:
        """A copy without truncation and padding: the packaged tokenizer.json cuts at 128."""
        if self._unaided.light:
            return self._unaided.light.tokenizer
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise EmbedderError(
                f"{self.name} has no fast tokenizer, so its limit cannot be kept",
                hint=f"set embedder to {PACKAGED_MODEL}",
            )
        copy = type(backend).from_str(backend.to_str())
        copy.no_truncation()
        copy.no_padding()
        return copy

    def _encodings(self, texts: list[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [item.ids for item in encoded]

    def _limit(self, prompt: str) -> int:
        light = self._unaided.light
        stated = light.description.max_sequence if light else self._model.max_seq_length
        total = stated if stated and stated < 1_000_000 else _UNKNOWN_LIMIT
        n_special = self._tokenizer.num_special_tokens_to_add(False)
        # A prompt's last token may fuse with the text's first; one token is kept for that.
        n_prompt = len(self._encodings([prompt])[0]) + 1 if prompt else 0
        limit: int = int(total) - n_special - n_prompt
        if limit < 1:
            raise EmbedderError(f"{self.name} takes {total} tokens, its prompt alone more")
        return limit

    def _windows(self, text: str, limit: int) -> list[str]:
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        if len(offsets) <= limit:
            return [text]
        # Cut at tokens; a window's text may tokenise a little longer at its edges, hence the slack.
        step = max(1, limit * 7 // 8)
        starts = range(0, len(offsets), step)
        if len(starts) > _MAX_QUERY_WINDOWS:
            raise EmbedderError(
                f"a question of {len(offsets)} tokens is too long for {self.name}",
                hint="ask a shorter question",
            )
        return [text[offsets[i][0] : offsets[min(i + step, len(offsets)) - 1][1]] for i in starts]


def _prompt_of(prompts: Mapping[str, str | None], default: str, names: Sequence[str]) -> str:
    # sentence-transformers 6.2 fills in an empty "document" prompt that hides a model's own
    # "passage" prompt, so the first one that says something is chosen here.
    chosen = next((prompts[name] for name in names if prompts.get(name)), None)
    return chosen or prompts.get(default) or ""


def _clean(text: str) -> str:
    """``text`` with lone surrogates replaced: tokenizers take valid Unicode only."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _first_line(exc: BaseException) -> str:
    lines = str(exc).strip().splitlines()
    return lines[0][:200] if lines else type(exc).__name__
