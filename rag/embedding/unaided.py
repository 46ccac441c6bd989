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
    from rag.embedding.light import LightModel
    from rag.embedding.openvino_model import OpenVinoModel

_FEW = 24
"""Documents that are embedded sooner without building the compiled model."""
_LEAST_COSINE = 0.999
"""Of a vector by the compiled model to the one by the light model; bfloat16 keeps 0.9999."""
_CHECKED = PROBES[:-1]
"""What both embed before the compiled model is believed; the long probe takes longer than all."""

_log = logging.getLogger(__name__)


class Unaided:
    """The ways of a model that need no sentence-transformers; there may be none.

    Args:
        proofs: folder of notes about models that were found equal.
        bfloat16: as ``OpenVinoModel`` takes it; device: None or ``cpu``, else none of this is used
            for documents.
        is_wanted: whether any of this may be used.
    """

    def __init__(
        self,
        folder: ModelFolder,
        proofs: Path,
        *,
        bfloat16: bool | None,
        device: str | None,
        is_wanted: bool,
    ) -> None:
        self._folder = folder
        self._proofs = proofs
        self._bfloat16 = bfloat16
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
        from rag.embedding.openvino_model import OpenVinoModel

        if not self.light or self._device not in (None, "cpu") or may_have_accelerator():
            return None
        try:
            fast = OpenVinoModel(self.light, bfloat16=self._bfloat16)
            compiled, plain = unit(fast.embed(_CHECKED)), unit(self.light.embed(_CHECKED))
            least = (compiled * plain).sum(axis=1).min()
        except UnknownKindError as exc:
            self._leave(exc)
            return None
        _log.debug("compiled, the embedder keeps a cosine of %.5f", least)
        return fast if least >= _LEAST_COSINE else None

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
