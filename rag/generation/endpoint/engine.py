"""The endpoint engine: answers from passages with the model that a server runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import ContextOverflow, EngineError
from rag.generation.endpoint.budget import DEFAULT_WINDOW, estimated, estimated_prompt
from rag.generation.endpoint.client import EndpointClient, Offer
from rag.generation.endpoint.failures import NotFound
from rag.generation.endpoint.generation import EndpointGeneration
from rag.generation.endpoint.messages import continuing, opening
from rag.generation.endpoint.quoting import QuotationFinder
from rag.generation.endpoint.sentences import SentenceStream
from rag.generation.prompting import Prompt, Prompts, packaged, render_passage
from rag.generation.standalone import MAX_TOKENS, OPENING, accepted
from rag.protocols import Meter
from rag.types import Passage, PromptPart, Turn, WrittenPrompt

_RETRY_TOKENS = 160
"""A retry is read for one sentence; more tokens than a long one takes."""
_SEAMS = 16
"""What a template puts around the two further messages of that request."""
_LEAST_TOKENS = 16
"""With fewer left of an answer's bound no sentence comes about."""


class EndpointEngine:
    """``rag.protocols.Engine`` on a server with the OpenAI chat interface. Use it from one thread.

    Attributes:
        model_sha256: empty: which file the server runs cannot be known.
        model_name: the model's name and the server's host: all that is known.
        n_ctx: tokens of context that are reckoned with.
        prompt_id: of the templates in use.
    """

    name = "endpoint"
    model_sha256 = ""

    def __init__(
        self,
        client: EndpointClient,
        *,
        model: str = "",
        n_ctx: int = 0,
        temperature: float = 0.0,
        seed: int = 0,
        max_answer_tokens: int = 400,
        max_retries: int = 2,
        prompts: Prompts | None = None,
        notice: Callable[[str], None] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Ask the server which models it has.

        Args:
            model: empty: the first that the server lists.
            n_ctx: tokens of context; 0: what the server says, else 4,096.
            max_retries: how often a sentence may be written again.
            notice: gets a line for what a user should know.
            meter: told of each piece of text that comes; how far a server is with a prompt is not
                known.

        Raises:
            EngineError: the server cannot be reached, refuses the key, or offers no model.
        """
        self._client = client
        self._prompts = prompts or packaged()
        self.prompt_id = self._prompts.prompt_id
        self._notice = notice
        self._meter = meter
        offer = self._chosen(model)
        self._model = offer.name
        self.model_name = f"{offer.name} at {client.address.place}"
        self.n_ctx = n_ctx or offer.window or client.served_window() or DEFAULT_WINDOW
        self.write_as(
            temperature=temperature,
            seed=seed,
            max_answer_tokens=max_answer_tokens,
            max_retries=max_retries,
        )
        if not client.address.is_loopback:
            self._say(f"the question and the passages are sent to {client.address.place}")

    def write_as(
        self, *, temperature: float, seed: int, max_answer_tokens: int, max_retries: int
    ) -> None:
        """How answers are written from now on."""
        self._temperature = temperature
        self._seed = seed
        self._max_answer_tokens = min(max_answer_tokens, max(1, self.n_ctx // 3))
        self._max_retries = max_retries

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """How many of ``passages``, from the first, surely fit the context; tokens are estimated.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """
        kept = self._kept_history(question, history)
        left = self._room - self._size(question, kept)
        for number, passage in enumerate(passages):
            left -= estimated(render_passage(passage)) + 1
            if left < 0:
                return number
        return len(passages)

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> EndpointGeneration:
        """Start an answer; nothing is sent before its first sentence is asked for.

        With ``quote``, what repeats a sentence of the passages becomes a quotation, and anything
        else comes as a draft without one, which no check lets pass.

        Raises:
            ContextOverflow: if the question with these passages does not fit; nothing is cut.
        """
        prompt = self._prompt(question, passages, history, quote=quote)
        return EndpointGeneration(
            lambda said, number: self._ask(prompt, said, number),
            max_retries=self._max_retries,
            finder=QuotationFinder(passages) if quote else None,
            notice=self._notice,
            meter=self._meter,
        )

    def written_prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> WrittenPrompt:
        """The messages that would be sent; how the server makes one text of them is not known."""
        messages = opening(self._prompt(question, passages, history, quote=quote))
        parts: list[PromptPart] = []
        for message in messages:
            parts += [PromptPart(message["role"], is_control=True), PromptPart(message["content"])]
        n_tokens = estimated_prompt(messages)
        return WrittenPrompt(tuple(parts), n_tokens, n_room=self._room, is_estimate=True)

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        """``question`` made independent of ``history``; unchanged if the model makes no sense.

        Raises:
            EngineError: if the server fails.
            KeyboardInterrupt: on Ctrl-C.
        """
        if not history:
            return question
        messages = opening(self._prompts.condense(question, history))
        if estimated_prompt(messages) + MAX_TOKENS > self.n_ctx:
            return question
        chat = self._client.chat(
            messages, model=self._model, max_tokens=MAX_TOKENS, temperature=0.0, seed=self._seed
        )
        try:
            text = ""
            while "\n" not in text.strip() and (piece := chat.read()) is not None:
                text += piece
        finally:
            chat.close()
        line = (text.strip().splitlines() or [""])[0]
        return accepted(line.removeprefix(OPENING), question, history)

    def close(self) -> None:
        """Nothing is held: each request has its own connection."""

    @property
    def _room(self) -> int:
        """Tokens for the prompt, the request to go on with an answer included."""
        return self.n_ctx - self._max_answer_tokens - estimated(self._prompts.go_on()) - _SEAMS

    def _prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool,
    ) -> Prompt:
        kept = self._kept_history(question, history)
        fill = self._prompts.quote if quote else self._prompts.answer
        prompt = fill(question, passages, kept)
        n_prompt = estimated_prompt(opening(prompt))
        if n_prompt > self._room:
            raise self._overflow(f"the question with {len(passages)} passages", n_prompt)
        return prompt

    def _ask(self, prompt: Prompt, said: Sequence[str], number: int) -> SentenceStream | None:
        """A completion behind ``said``; ``number`` of a retry, which is freer and short."""
        left = self._max_answer_tokens - sum(estimated(sentence) for sentence in said)
        if said and left < _LEAST_TOKENS:
            return None
        chat = self._client.chat(
            continuing(prompt, said, self._prompts.go_on()),
            model=self._model,
            max_tokens=min(left, _RETRY_TOKENS) if number else left,
            temperature=min(1.2, self._temperature + 0.3 * number),
            seed=self._seed + 7919 * number,
        )
        return SentenceStream(chat)

    def _chosen(self, model: str) -> Offer:
        """The offer of the name ``model``, or the first.

        A name that is not listed is used all the same: some servers list none, or take any.
        """
        try:
            offers = self._client.offers()
        except NotFound:
            if not model:
                raise
            offers = []
        if not model:
            if not offers:
                raise EngineError(
                    f"{self._client.address.url} lists no model", hint="name one with -m"
                )
            return offers[0]
        found = next((offer for offer in offers if offer.name == model), None)
        if found is None and offers:
            self._say(f"{self._client.address.place} does not list a model {model!r}")
        return found or Offer(model)

    def _size(self, question: str, history: Sequence[Turn]) -> int:
        """Tokens of the prompt without passages, by the longer of the two sets of rules."""
        prompts = (
            fill(question, (), history) for fill in (self._prompts.answer, self._prompts.quote)
        )
        return max(estimated_prompt(opening(prompt)) for prompt in prompts)

    def _kept_history(self, question: str, history: Sequence[Turn]) -> Sequence[Turn]:
        """The turns that leave half of the room to the passages; the oldest go first.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """
        n_alone = self._size(question, ())
        if n_alone > self._room:
            raise self._overflow("the question with the rules", n_alone)
        kept = list(history)
        while kept and self._size(question, kept) - n_alone > self._room // 2:
            kept.pop(0)
        return kept

    def _overflow(self, what: str, n: int) -> ContextOverflow:
        return ContextOverflow(
            f"{what} takes about {n:,} tokens; the server's context of {self.n_ctx:,} tokens "
            f"leaves {self._room:,} beside the answer",
            hint="ask a shorter question, or set context_tokens to what the server really has",
        )

    def _say(self, line: str) -> None:
        if self._notice is not None:
            self._notice(line)
