"""The llama engine: answers from passages with a Llama 3.x instruct model in GGUF form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from rag.generation import standalone
from rag.generation.llama import condensing
from rag.generation.llama.backend import Backend, Placement
from rag.generation.llama.citing import CitationRule, MarkerTokens
from rag.generation.llama.decode import common_prefix
from rag.generation.llama.generation import LlamaGeneration
from rag.generation.llama.prefix import PrefixedState
from rag.generation.llama.prefix_store import PrefixStore
from rag.generation.llama.quoting import QuoteGeneration
from rag.generation.llama.room import Room
from rag.generation.llama.sampling import Sampling
from rag.generation.llama.tokens import Vocabulary
from rag.generation.llama.writing import SentenceWriter
from rag.generation.prompting import Prompt, Prompts, packaged
from rag.generation.quotable import quotable
from rag.models.files import ModelFile, resolve
from rag.models.trial import ensure_loadable
from rag.protocols import Meter
from rag.types import Passage, Turn, WrittenPrompt


class LlamaEngine:
    """``rag.protocols.Engine`` on llama.cpp. Use it from one thread.

    Attributes:
        model_file: the file in use; n_ctx: its context in tokens, as chosen.
        prompt_id: of the templates in use; sampling: how tokens are chosen.
        running: where the model's layers went, and how the context was made.
    """

    name = "llama"

    def __init__(
        self,
        model: ModelFile | Path | str,
        *,
        n_ctx: int = 0,
        n_threads: int = 0,
        gpu_layers: str = "auto",
        kv_type: str = "f16",
        temperature: float = 0.0,
        seed: int = 0,
        max_answer_tokens: int = 400,
        max_retries: int = 2,
        prompts: Prompts | None = None,
        prefixes: PrefixStore | None = None,
        notice: Callable[[str], None] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Load the model.

        Args:
            model: a resolved file, or the name or path of one.
            n_ctx: tokens of context; 0: chosen by the model and the memory.
            n_threads: 0: one for each physical core.
            gpu_layers: ``auto`` or a number.
            kv_type: number format of the key/value memory: f16, bf16, q8_0 or q4_0.
            max_retries: how often a sentence may be written again.
            prefixes: where the state of the prompts' rules is kept; None: nowhere.
            notice: gets a line for each thing that was asked for and cannot be had.
            meter: told how far a prompt is read and an answer written.

        Raises:
            ModelError: the file is missing, broken, or no Llama 3 instruct model.
            EngineError: llama-cpp-python is not installed or cannot run here.
        """
        self.model_file = model if isinstance(model, ModelFile) else resolve(str(model))
        ensure_loadable(self.model_file)
        self.model_sha256 = self.model_file.sha256
        self._prompts = prompts or packaged()
        self.prompt_id = self._prompts.prompt_id
        placement = Placement(n_ctx, n_threads, gpu_layers, kv_type)
        self._backend = Backend(self.model_file.path, placement, notice=notice)
        try:
            self._vocabulary = Vocabulary(self._backend)
        except BaseException:
            self._backend.close()
            raise
        self.n_ctx = self._backend.n_ctx
        self.write_as(
            temperature=temperature,
            seed=seed,
            max_answer_tokens=max_answer_tokens,
            max_retries=max_retries,
        )
        self.running = self._backend.running
        self._meter = meter
        self._state, self._side_state = self._states(prefixes)

    def write_as(
        self, *, temperature: float, seed: int, max_answer_tokens: int, max_retries: int
    ) -> None:
        """How answers are written from now on; the model stays as it is."""
        self.sampling = Sampling(temperature=temperature, seed=seed)
        self._room = Room(
            self._vocabulary,
            self._prompts,
            n_ctx=self.n_ctx,
            max_answer_tokens=max_answer_tokens,
        )
        self._max_retries = max_retries

    def _states(self, prefixes: PrefixStore | None) -> tuple[PrefixedState, PrefixedState]:
        """The answer's state, and the one for condensing, which share the context's room."""
        store = prefixes if self.model_sha256 else None  # a state is worth its model's identity
        facts = {"model": self.model_sha256, **self._backend.state_facts}
        answer = PrefixedState(self._backend, 0, store=store, facts=facts, meter=self._meter)
        side = PrefixedState(self._backend, 1, store=store, facts=facts, meter=self._meter)
        answer.share_room(side)
        side.share_room(answer)
        return answer, side

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """How many of ``passages``, from the first, fit the context with question and answer.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """
        return self._room.fit(question, passages, history)

    def written_prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> WrittenPrompt:
        """See ``rag.protocols.PromptWriter``."""
        return self._room.written(self._room.prompt(question, passages, history, quote=quote))

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> LlamaGeneration | QuoteGeneration:
        """Start an answer; nothing is evaluated before its first sentence is asked for.

        Raises:
            ContextOverflow: if the question with these passages does not fit; nothing is cut.
        """
        prompt = self._room.prompt(question, passages, history, quote=quote)
        if passages:
            self._state.expect(_shared(prompt, self._room.rules(quote=quote)))
        return self._quoting(prompt, passages) if quote else self._writing(prompt, passages)

    def _writing(self, prompt: list[int], passages: Sequence[Passage]) -> LlamaGeneration:
        rule = CitationRule(self._marker_tokens, [passage.label for passage in passages])
        writer = SentenceWriter(
            self._state, self._vocabulary, rule, prompt=prompt, n_most=self._room.n_most
        )
        return LlamaGeneration(
            writer,
            sampling=self.sampling,
            max_retries=self._max_retries,
            n_prompt=len(prompt),
            n_evaluated=lambda: self._state.n_evaluated,
            meter=self._meter,
        )

    def _quoting(self, prompt: list[int], passages: Sequence[Passage]) -> QuoteGeneration:
        return QuoteGeneration(
            self._state,
            self._vocabulary,
            quotable(passages),
            prompt=prompt,
            sampling=self.sampling,
            max_retries=self._max_retries,
            n_most=self._room.n_most,
            meter=self._meter,
        )

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        """``question`` made independent of ``history``; unchanged if the model makes no sense.

        Raises:
            EngineError: if decoding fails.
            KeyboardInterrupt: on Ctrl-C.
        """
        if not history or self._vocabulary.is_too_long(question):
            return question
        prompt = self._vocabulary.assemble(
            self._prompts.condense(question, history), opening=standalone.OPENING
        )
        needed = len(prompt) + standalone.MAX_TOKENS
        if needed > self.n_ctx:
            return question
        of_others = self._prompts.condense("?", [Turn("?", "?")])
        rules = _shared(prompt, self._vocabulary.assemble(of_others))
        self._side_state.expect(rules)
        try:
            rule = CitationRule(self._marker_tokens, ())
            written = condensing.write_line(self._side_state, self._vocabulary, rule, prompt)
        finally:
            self._side_state.truncate(len(rules))
        return standalone.accepted(written, question, history)

    def write_line(self, prompt: Prompt) -> str:
        """The line that the model writes to ``prompt``, greedily, in a few tokens; empty if the
        prompt does not fit the context.

        Raises:
            EngineError: if decoding fails.
            KeyboardInterrupt: on Ctrl-C.
        """
        ids = self._vocabulary.assemble(prompt)
        if len(ids) + standalone.MAX_TOKENS > self.n_ctx:
            return ""
        rule = CitationRule(self._marker_tokens, ())
        return condensing.write_line(self._side_state, self._vocabulary, rule, ids)

    def close(self) -> None:
        """Free the model. May be called twice."""
        self._backend.close()

    @cached_property
    def _marker_tokens(self) -> MarkerTokens:
        return MarkerTokens(self._vocabulary)


def _shared(prompt: list[int], of_others: list[int]) -> list[int]:
    """What ``prompt`` begins with in common with one that asks nothing of nothing: the rules."""
    return prompt[: common_prefix(prompt, of_others)]
