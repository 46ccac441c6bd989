"""The shipped weights of the pair verifier: eight bits a weight, checked before they are used.

Only what training changed is in the file: the upper layers and the heads. The rest is the packaged
encoder (``rag.embedding.weights``), which is checked there. A matrix is kept as int8 rows with a
scale for each; vectors as they are.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load, save_file

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.errors import ModelError
from rag.grounding.pair_model import FROZEN_LAYERS, PairModel

WEIGHTS_FILE = Path(__file__).with_name("pair_weights.safetensors")
WEIGHTS_SHA256 = "fed840ad1fce98576ffeb519484906874a25945610bec3c45256e38824925353"
_SCALE = ".scale"
_KEPT = (
    "encoder.embeddings.",
    *(f"encoder.encoder.layer.{i}." for i in range(FROZEN_LAYERS)),
)


def save_weights(model: PairModel, path: Path) -> str:
    """Write what training changed; the sha256 of the file comes back."""
    tensors: dict[str, torch.Tensor] = {}
    for name, value in model.state_dict().items():
        if name.startswith(_KEPT):
            continue
        value = value.detach().float().contiguous()
        if value.ndim < 2:
            tensors[name] = value
            continue
        scale = value.abs().amax(dim=1).clamp(min=1e-8) / 127
        tensors[name] = (value / scale[:, None]).round().to(torch.int8)
        tensors[name + _SCALE] = scale
    save_file(tensors, str(path))
    path.chmod(0o644)  # safetensors 0.8 leaves it to the owner alone, and so would a wheel
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_model(path: Path = WEIGHTS_FILE, *, sha256: str = WEIGHTS_SHA256) -> PairModel:
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
    model = PairModel(locate(PACKAGED_MODEL).path)
    missing, unexpected = model.load_state_dict(_unpacked(load(data)), strict=False)
    if unexpected or not all(name.startswith(_KEPT) for name in missing):
        raise ModelError(f"{path} does not fit the verifier's network", hint=_HINT)
    return model.eval()


_HINT = "install the package again, or set verifier to lexical"


def _unpacked(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {
        name: value.float() * tensors[name + _SCALE][:, None] if name + _SCALE in tensors else value
        for name, value in tensors.items()
        if not name.endswith(_SCALE)
    }
