"""What fits a model's context: prompts, and how many passages go into one."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import ContextOverflow
from rag.generation.llama.tokens import Vocabulary
from rag.generation.prompting import Prompts, render_passage
from rag.types import Passage, PromptPart, Turn, WrittenPrompt

_SEAM_TOKENS = 4
"""What the seams between a passage and its neighbours may add to its own tokens."""


class Room:
    """The context beside the answer, and the prompts that go into it.

    Attributes:
        n_ctx: tokens of context; n_most: of the longest answer, at most a third of them.
    """

    def __init__(
        self, vocabulary: Vocabulary, prompts: Prompts, *, n_ctx: int, max_answer_tokens: int
    ) -> None:
        self._vocabulary = vocabulary
        self._prompts = prompts
        self.n_ctx = n_ctx
        self.n_most = min(max_answer_tokens, max(1, n_ctx // 3))

    @property
    def n_tokens(self) -> int:
        """Tokens for a prompt."""
        return self.n_ctx - self.n_most

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """How many of ``passages``, from the first, fit with question and answer.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """
        kept = self._kept(question, history)
        left = self.n_tokens - self._n_longest(question, kept)
        for number, passage in enumerate(passages):
            left -= self._count(passage)
            if left < 0:
                return number
        return len(passages)

    def prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> list[int]:
        """The tokens of the prompt, with as much of ``history`` as there is room for.

        Raises:
            ContextOverflow: if the question with these passages does not fit; nothing is cut.
        """
        ids = self._assembled(question, passages, self._kept(question, history), quote=quote)
        if len(ids) > self.n_tokens:
            raise self._overflow(f"the question with {len(passages)} passages", len(ids))
        return ids

    def rules(self, *, quote: bool = False) -> list[int]:
        """The tokens of a prompt that asks nothing of nothing."""
        return self._assembled("?", (), (), quote=quote)

    def written(self, ids: Sequence[int]) -> WrittenPrompt:
        """The prompt ``ids`` as text, control tokens apart from what only looks like one."""
        parts: list[PromptPart] = []
        text: list[int] = []
        for token in (*ids, None):
            if token is not None and not self._vocabulary.is_control(token):
                text.append(token)
                continue
            if text:
                parts.append(PromptPart(self._vocabulary.decode(text)))
                text = []
            if token is not None:
                name = self._vocabulary.written_form(token).decode("utf-8", "replace")
                parts.append(PromptPart(name, is_control=True))
        return WrittenPrompt(tuple(parts), n_tokens=len(ids), n_room=self.n_tokens)

    def _assembled(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> list[int]:
        ask = self._prompts.quote if quote else self._prompts.answer
        return self._vocabulary.assemble(ask(question, passages, history))

    def _n_longest(self, question: str, history: Sequence[Turn]) -> int:
        """Tokens of the prompt without passages, by the rules that take more of them."""
        return max(len(self._assembled(question, (), history, quote=q)) for q in (False, True))

    def _count(self, passage: Passage) -> int:
        return len(self._vocabulary.encode("\n\n" + render_passage(passage))) + _SEAM_TOKENS

    def _kept(self, question: str, history: Sequence[Turn]) -> Sequence[Turn]:
        """The turns that leave half of the room to the passages; the oldest go first.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """
        if self._vocabulary.is_too_long(question):
            raise self._overflow("the question with the rules", len(question), unit="characters")
        n_alone = self._n_longest(question, ())
        if n_alone > self.n_tokens:
            raise self._overflow("the question with the rules", n_alone)
        kept = list(history)
        while kept and self._n_longest(question, kept) - n_alone > self.n_tokens // 2:
            kept.pop(0)
        return kept

    def _overflow(self, what: str, n: int, *, unit: str = "tokens") -> ContextOverflow:
        return ContextOverflow(
            f"{what} takes {n:,} {unit}; the model's context of {self.n_ctx:,} tokens leaves "
            f"{self.n_tokens:,} beside the answer",
            hint="ask a shorter question, or raise the context (RAG_CONTEXT_TOKENS=8192)",
        )
