"""A sentence-transformers model run without that library: which way, and when it is believed.

A few texts are embedded by numpy, many by OpenVINO. The first is believed once it was found equal
to the library (``rag.embedding.proven``), the second while it agrees with the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.embedding.library import may_have_accelerator
from rag.embedding.model_files import UnknownKindError
from rag.embedding.proven import PROBES, is_proven, prove
from rag.embedding.weights import ModelFolder
from rag.errors import EmbedderError

if TYPE_CHECKING:
    from rag.embedding.digits import Digits
    from rag.embedding.light import LightModel
    from rag.embedding.openvino_model import OpenVinoModel

_FEW = 24
"""Documents that are embedded sooner without building the compiled model."""
_CHECKED = PROBES[2:4]
"""What both embed before the compiled model is believed: no single word, whose vector strays most
where digits are few, and not the long probe, which takes longer than all."""

_log = logging.getLogger(__name__)


class Unaided:
    """The ways of a model that need no sentence-transformers; there may be none.

    Args:
        proofs: folder of notes about models that were found equal.
        digits: as ``SentenceTransformerEmbedder`` takes it; device: None or ``cpu``, else none of
            this is used for documents.
        is_wanted: whether any of this may be used.
    """

    def __init__(
        self,
        folder: ModelFolder,
        proofs: Path,
        *,
        digits: Digits | None,
        device: str | None,
        is_wanted: bool,
    ) -> None:
        self._folder = folder
        self._proofs = proofs
        self._digits = digits
        self._device = device
        self._is_wanted = is_wanted

    @cached_property
    def candidate(self) -> LightModel | None:
        """The model run by numpy, if it is of a kind that can be."""
        if not self._is_wanted:
            return None
        from rag.embedding.light import LightModel

        try:
            return LightModel(self._folder.path)
        except UnknownKindError as exc:
            self._leave(exc)
            return None

    @cached_property
    def light(self) -> LightModel | None:
        """The same, if it is known to give equal vectors."""
        proven = self.candidate and is_proven(self._folder.fingerprint, self._proofs)
        return self.candidate if proven else None

    @cached_property
    def fast(self) -> OpenVinoModel | None:
        """The light model compiled, which is worth its building for more than a few texts; None
        where sentence-transformers may have more than the processor to run on."""
        from rag.embedding.openvino_model import best_formats

        if not self.light or self._device not in (None, "cpu") or may_have_accelerator():
            return None
        try:
            formats = [self._digits] if self._digits else best_formats()
            tried = (self._compiled(self.light, digits) for digits in formats)
            return next(filter(None, tried), None)
        except UnknownKindError as exc:
            self._leave(exc)
            return None

    def _compiled(self, light: LightModel, digits: Digits) -> OpenVinoModel | None:
        """The compiled model, if its vectors are near enough to those of the light one."""
        from rag.embedding.openvino_model import OpenVinoModel

        model = OpenVinoModel(light, digits)
        least = (unit(model.embed(_CHECKED)) * unit(light.embed(_CHECKED))).sum(axis=1).min()
        _log.debug("in %s the embedder keeps a cosine of %.5f", digits.name, least)
        return model if least >= digits.value else None

    def few(self, texts: list[str]) -> np.ndarray | None:
        """Unit rows of a few texts, prompts included; None: only the library can make them."""
        if not self.light:
            return None
        try:
            return unit(self.light.embed(texts))
        except UnknownKindError as exc:
            self._leave(exc)
            self.light = None
            return None

    def documents(self, texts: list[str]) -> np.ndarray | None:
        """Unit rows of texts that are stored; None: only the library can make them."""
        if not self.light:
            return None
        if len(texts) <= _FEW and "fast" not in self.__dict__:
            return self.few(texts)
        if self.fast is None:
            return None
        try:
            return unit(self.fast.embed(texts))
        except UnknownKindError as exc:
            self._leave(exc)
            self.fast = None
            return None

    def compare(self, candidate: LightModel, reference: Callable[[list[str]], np.ndarray]) -> None:
        """Find out whether the light way gives what the library gives (``reference``), and note
        it."""
        try:
            prove(
                self._folder.fingerprint,
                self._proofs,
                light=lambda texts: unit(candidate.embed(texts)),
                reference=reference,
            )
        except UnknownKindError as exc:
            self._leave(exc)

    def _leave(self, why: UnknownKindError) -> None:
        _log.debug("%s is left to sentence-transformers: %s", self._folder.name, why)


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows at length one, float32.

    Raises:
        EmbedderError: if one has no direction.
    """
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(rows).all() or (norms == 0.0).any():
        raise EmbedderError("the embedding model gave a vector without a direction")
    scaled: np.ndarray = (rows / norms).astype(np.float32)
    return scaled
