"""What the files of a sentence-transformers model say, read without importing that library.

Only models are described that ``rag.embedding.light`` can run: a BERT encoder in float32, the mean
or the first token's vector, nothing else behind it. For all others the reason is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.embedding.bert import BertShape

_MODULES = ("Transformer", "Pooling", "Normalize")
_POOLINGS = ("mean", "cls")
_OLD_POOLING = "pooling_mode_"


class UnknownKindError(Exception):
    """A model that has to be left to sentence-transformers; the text says why."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What there is to know of a model before its weights are read.

    Attributes:
        max_sequence: longest sequence in tokens, special tokens included.
        pooling: ``mean`` or ``cls``.
        prompts: by name; what is put before a text of that kind.
    """

    shape: BertShape
    max_sequence: int
    pooling: str
    prompts: dict[str, str]
    default_prompt_name: str


def describe(folder: Path) -> ModelDescription:
    """The description of the model in ``folder``.

    Raises:
        UnknownKindError: if the model is of another kind, or a file is missing or damaged.
    """
    try:
        config = _read(folder / "config.json")
        limits = _read(folder / "sentence_bert_config.json")
        own = folder / "config_sentence_transformers.json"
        prompts = _read(own) if own.exists() else {}
        return ModelDescription(
            shape=_shape(config),
            max_sequence=_limit(limits, config),
            pooling=_pooling(folder),
            prompts={str(k): str(v) for k, v in (prompts.get("prompts") or {}).items()},
            default_prompt_name=str(prompts.get("default_prompt_name") or ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise UnknownKindError(f"its files cannot be read: {exc}") from exc


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _shape(config: dict[str, Any]) -> BertShape:
    _require(config.get("model_type") == "bert", f"its type is {config.get('model_type')}")
    _require(config.get("hidden_act") == "gelu", f"it activates by {config.get('hidden_act')}")
    positions = config.get("position_embedding_type") or "absolute"
    _require(positions == "absolute", f"its positions are {positions}")
    for key in ("is_decoder", "quantization_config", "auto_map"):
        _require(not config.get(key), f"{key} is set")
    number_format = config.get("dtype") or config.get("torch_dtype") or "float32"
    _require(number_format == "float32", f"it runs in {number_format}")
    return BertShape(
        n_layers=int(config["num_hidden_layers"]),
        n_heads=int(config["num_attention_heads"]),
        width=int(config["hidden_size"]),
        n_positions=int(config["max_position_embeddings"]),
        epsilon=float(config["layer_norm_eps"]),
    )


def _limit(limits: dict[str, Any], config: dict[str, Any]) -> int:
    _require(not limits.get("do_lower_case"), "its texts are put in small letters first")
    unknown = set(limits) - {"max_seq_length", "do_lower_case"}
    _require(not unknown, f"sentence_bert_config.json holds {', '.join(sorted(unknown))}")
    stated, possible = int(limits["max_seq_length"]), int(config["max_position_embeddings"])
    _require(3 <= stated <= possible, f"it states {stated} of {possible} positions")
    return stated


def _pooling(folder: Path) -> str:
    modules = _read(folder / "modules.json")
    kinds = [str(module["type"]) for module in modules]
    names = tuple(kind.rsplit(".", 1)[-1] for kind in kinds)
    known = all(kind.startswith("sentence_transformers.") for kind in kinds)
    _require(known and names in (_MODULES, _MODULES[:2]), f"its modules are {', '.join(names)}")
    _require(modules[0]["path"] == "", "its encoder lies in a folder of its own")
    config = _read(folder / str(modules[1]["path"]) / "config.json")
    _require(config.get("include_prompt", True) is True, "it leaves its prompt out")
    old = [key.removeprefix(_OLD_POOLING) for key in config if key.startswith(_OLD_POOLING)]
    chosen = [name for name in old if config[_OLD_POOLING + name]]
    pooling = config["pooling_mode"] if "pooling_mode" in config else " ".join(chosen)
    pooling = str(pooling).removesuffix("_tokens").removesuffix("_token")
    _require(pooling in _POOLINGS, f"it pools by {pooling or 'nothing'}")
    return pooling


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise UnknownKindError(reason)
