"""How sentence-transformers and torch are set up before and while they embed."""

from __future__ import annotations

import logging
import os
import sys

_DEVICES = ("/dev/nvidiactl", "/dev/kfd")
"""Graphics processors of Linux, as their drivers name them."""


def stay_offline_and_quiet() -> None:
    """Settle, before the libraries are imported, that they fetch nothing and print nothing."""
    for name in (
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_HUB_DISABLE_TELEMETRY",
    ):
        os.environ[name] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)


def multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it: emulated it is slower than float32."""
    import torch

    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def may_have_accelerator() -> bool:
    """Whether there is something that sentence-transformers could run on beside the processor, as
    far as that can be told without importing torch."""
    return sys.platform == "darwin" or any(map(os.path.exists, _DEVICES))
