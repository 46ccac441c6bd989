"""The shipped weights of the pair verifier: eight bits a weight, checked before they are used.

Only what training changed is in the file: the upper layers and the heads. The rest is the packaged
encoder (``rag.embedding.weights``), which is checked there. A matrix is kept as int8 rows with a
scale for each; vectors as they are.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from rag.embedding.light import load_encoder
from rag.embedding.model_files import UnknownKindError, describe
from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.errors import ModelError
from rag.grounding.pair_network import PairNetwork

WEIGHTS_FILE = Path(__file__).with_name("pair_weights.safetensors")
WEIGHTS_SHA256 = "fed840ad1fce98576ffeb519484906874a25945610bec3c45256e38824925353"
FROZEN_LAYERS = 2
"""Encoder layers below this one, and the embeddings, are the packaged ones and are not shipped."""
SCALE = ".scale"
KEPT = (
    "encoder.embeddings.",
    *(f"encoder.encoder.layer.{i}." for i in range(FROZEN_LAYERS)),
)


def load_network(path: Path = WEIGHTS_FILE, *, sha256: str = WEIGHTS_SHA256) -> PairNetwork:
    """The pair verifier's network, ready to score.

    Raises:
        ModelError: if the file is missing, is not the one that belongs to this version, or does
            not fit the network.
        EmbedderError: if the packaged encoder is missing or not upstream's.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelError(
            f"cannot read the verifier's weights {path}: {exc.strerror}", hint=_HINT
        ) from exc
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{path} is not this version's file: its sha256 is {found[:12]}…, not {sha256[:12]}…",
            hint=_HINT,
        )
    folder = locate(PACKAGED_MODEL).path
    try:
        tensors = _unpacked(load(data))
        own = {k.removeprefix(_ENCODER): v for k, v in tensors.items() if k.startswith(_ENCODER)}
        shape = describe(folder).shape
        encoder = load_encoder(folder / "model.safetensors", shape, changed=own)
        return PairNetwork(encoder, tensors)
    except (SafetensorError, UnknownKindError, KeyError) as exc:
        raise ModelError(f"{path} does not fit the verifier's network", hint=_HINT) from exc


_ENCODER = "encoder."
_HINT = "install the package again, or set verifier to lexical"


def _unpacked(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name: value * tensors[name + SCALE][:, None] if name + SCALE in tensors else value
        for name, value in tensors.items()
        if not name.endswith(SCALE)
    }
