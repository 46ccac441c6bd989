"""Which engine answers, and how it is set up: settings -> engine. Nothing heavy at the top."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rag.errors import EngineError, UsageError
from rag.settings import Settings, endpoint_key

if TYPE_CHECKING:
    from rag.generation.endpoint.client import EndpointClient
    from rag.generation.endpoint.engine import EndpointEngine
    from rag.generation.endpoint.retrying import Retries
    from rag.generation.llama.engine import LlamaEngine
    from rag.generation.prompting import Prompt
    from rag.models.files import ModelFile
    from rag.protocols import Engine, Meter
    from rag.retrieval.evidence import SentenceRanker

Notice = Callable[[str], None]
LineWriter = Callable[["Prompt"], str]
PULL_HINT = "rag model pull llama-3.2-1b"


def unsaid(message: str) -> None:
    """Where lines go that nobody wants to read."""


def choose_model(settings: Settings, *, notice: Notice) -> ModelFile | None:
    """The model that the llama engine shall run; None for another engine.

    With no engine set, llama is taken where a model is there, otherwise extractive, and that is
    said.

    Raises:
        EngineError: llama was asked for and there is no model, or llama-cpp-python is missing.
        ModelError: the model's file is not there or not what it should be.
        UsageError: an endpoint was named on the command line for another engine.
    """
    from rag.models.files import active, resolve
    from rag.models.header import read_header
    from rag.models.trial import is_vouched_for

    if settings.engine != "endpoint" and settings.sources.get("endpoint") == "flag":
        raise UsageError("--endpoint has no effect here", hint="add --engine endpoint")
    if settings.engine == "extractive" and settings.sources.get("model") == "flag":
        notice("the extractive engine needs no model: -m has no effect")
    if settings.engine in ("extractive", "endpoint"):
        return None
    named = settings.model or active()
    asked = settings.engine == "llama" or bool(settings.model)
    runs = find_spec("llama_cpp") is not None
    if asked and not named:
        raise EngineError("the llama engine has no model file", hint=PULL_HINT)
    if asked and not runs:
        raise EngineError("llama-cpp-python is not installed", hint="pip install llama-cpp-python")
    if named and runs:
        model = resolve(named)
        if not is_vouched_for(model):  # a file that is no model is said before anything is indexed
            read_header(model.path)
        return model
    why = "llama-cpp-python is not installed" if named else "no model file is installed"
    notice(f"{why}: answering with the articles' own sentences ({PULL_HINT} fetches a model)")
    return None


def open_endpoint(
    settings: Settings, *, notice: Notice, meter: Meter | None = None
) -> EndpointEngine:
    """The engine on the server of the settings, which is asked for its models.

    Raises:
        UsageError: the address or the key cannot be used.
        EngineError: the server cannot be reached, refuses the key, or offers no model.
    """
    from rag.generation.endpoint.engine import EndpointEngine
    from rag.generation.endpoint.retrying import Retries

    return EndpointEngine(
        endpoint_client(settings, Retries()),
        model=endpoint_model(settings),
        n_ctx=settings.context_tokens,
        temperature=settings.temperature,
        seed=settings.seed,
        max_answer_tokens=settings.max_answer_tokens,
        max_retries=settings.retries,
        notice=notice,
        meter=meter,
    )


def endpoint_client(settings: Settings, retries: Retries) -> EndpointClient:
    """What speaks to the server of the settings; nothing is sent yet.

    Raises:
        UsageError: the address or the key cannot be used.
    """
    from rag.generation.endpoint.address import Address, checked_key
    from rag.generation.endpoint.client import EndpointClient

    address = Address.parse(settings.endpoint)
    key = checked_key(endpoint_key(), address)
    timeout_s = settings.endpoint_timeout_s
    return EndpointClient(address, key=key, timeout_s=timeout_s, retries=retries)


def endpoint_model(settings: Settings) -> str:
    """The model to ask a server for: ``-m`` of the command line, else the setting. The setting
    ``model`` of a file or variable names a GGUF file and is not meant."""
    named = settings.model if settings.sources.get("model") == "flag" else ""
    return named or settings.endpoint_model


def open_engine(
    settings: Settings,
    model: ModelFile | None,
    ranker: SentenceRanker,
    *,
    notice: Notice,
    detail: Notice = unsaid,
    meter: Meter | None = None,
    plans: bool = False,
) -> Engine:
    """The llama engine with ``model``; the extractive one without.

    Args:
        meter: told how far a model is.
        plans: whether it shall never write, so that a model's weights are not needed.

    Raises:
        ModelError: the model cannot be loaded.
    """
    if model is None:
        from rag.generation.extractive import ExtractiveEngine

        return ExtractiveEngine(ranker)
    if plans:
        from rag.generation.llama.planning import LlamaPlanner

        return LlamaPlanner(
            model,
            n_ctx=settings.context_tokens,
            kv_type=settings.kv_type,
            max_answer_tokens=settings.max_answer_tokens,
        )
    return _open_llama(settings, model, notice=notice, detail=detail, meter=meter)


def _open_llama(
    settings: Settings,
    model: ModelFile,
    *,
    notice: Notice,
    detail: Notice = unsaid,
    meter: Meter | None = None,
) -> LlamaEngine:
    from rag.generation.llama.engine import LlamaEngine
    from rag.generation.llama.prefix_store import PrefixStore, default_folder

    max_bytes = settings.prefix_cache_mb * 1_000_000
    prefixes = PrefixStore(default_folder(), max_bytes=max_bytes, detail=detail)
    engine = LlamaEngine(
        model,
        n_ctx=settings.context_tokens,
        n_threads=settings.threads,
        gpu_layers=settings.gpu_layers,
        kv_type=settings.kv_type,
        temperature=settings.temperature,
        seed=settings.seed,
        max_answer_tokens=settings.max_answer_tokens,
        max_retries=settings.retries,
        prefixes=prefixes if max_bytes else None,
        notice=notice,
        meter=meter,
    )
    detail(f"model {model.name}: {engine.running}")
    return engine


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What there is to know of an engine that is open.

    Attributes:
        name: ``llama``, ...; model: its name, for a server with the host; empty if there is none.
        running: where its layers are and how its context was made, in words; empty if not known.
        n_ctx: its context in tokens; 0 if it has none.
    """

    name: str
    model: str = ""
    running: str = ""
    n_ctx: int = 0

    def __str__(self) -> str:
        return f"{self.name}, {self.model}" if self.model else self.name


def facts_of(engine: Engine) -> EngineFacts:
    """What there is to know of ``engine``."""
    file = getattr(engine, "model_file", None)
    return EngineFacts(
        engine.name,
        model=file.name if file is not None else getattr(engine, "model_name", ""),
        running=str(getattr(engine, "running", "")),
        n_ctx=getattr(engine, "n_ctx", 0),
    )


@runtime_checkable
class Adjustable(Protocol):
    """An engine of which some settings may change while it is open."""

    def write_as(
        self, *, temperature: float, seed: int, max_answer_tokens: int, max_retries: int
    ) -> None:
        """How answers are written from now on."""


def adjust(engine: Engine | Adjustable, settings: Settings) -> None:
    """Let an open engine write as the settings say, if it can write in more than one way."""
    if isinstance(engine, Adjustable):
        engine.write_as(
            temperature=settings.temperature,
            seed=settings.seed,
            max_answer_tokens=settings.max_answer_tokens,
            max_retries=settings.retries,
        )


@contextmanager
def open_writer(settings: Settings, *, notice: Notice) -> Iterator[LineWriter | None]:
    """What writes a line to a prompt with the model on this machine; None where there is none, or
    where the settings name another engine.

    Raises:
        EngineError, ModelError: a model asked for by name cannot run.
    """
    model = choose_model(settings, notice=unsaid)
    if model is None:
        yield None
        return
    engine = _open_llama(settings, model, notice=notice)
    try:
        yield engine.write_line
    finally:
        engine.close()
