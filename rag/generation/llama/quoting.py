"""An answer that can only be made of sentences of the passages: ``rag.protocols.Generation``.

At the beginning of each sentence the model chooses among those that were not said yet; where the
ones that still fit go on alike, nothing is asked of it. So a sentence costs a decode for each place
where it has to be told from the others, and one for all of its other tokens together, which need no
scores (3.6 times as fast as decoding them one by one, measured). The choice is greedy: the tokens
that come next are compared, not whole sentences; that would take a decode for each sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import EngineError
from rag.generation.llama.decode import TokenState
from rag.generation.llama.generation import Clock, over_after_an_error
from rag.generation.llama.sampling import Sampling, choose
from rag.generation.llama.tokens import Vocabulary
from rag.generation.llama.trie import TokenTrie, distinct
from rag.generation.prompting import REFUSAL
from rag.protocols import Meter
from rag.text.markers import as_line
from rag.types import Draft, Usage

MAX_QUOTATIONS = 5
"""A model that never chooses to end, or a broken one, must not recite the articles: more sentences
than this are for the reader to look up."""


@dataclass(frozen=True, slots=True)
class Option:
    """What may come at the beginning of a sentence.

    Attributes:
        draft: the quotation, or the refusal; None ends the answer.
        text: as it stands in the model's context, its marker included; ids: its tokens.
    """

    draft: Draft | None
    text: str
    ids: tuple[int, ...]

    @property
    def quotes(self) -> bool:
        """Whether it is a quotation, neither the end nor the refusal."""
        return self.draft is not None and self.draft.quotation is not None


class Offer:
    """Everything that may come at the beginning of a sentence, told apart by its tokens.

    Attributes:
        options: in the order in which ties are settled: that of the passages, then the refusal (of
            a first sentence) or the end (of later ones).
    """

    def __init__(self, vocabulary: Vocabulary, drafts: Sequence[Draft], *, first: bool) -> None:
        self._vocabulary = vocabulary
        lead = "" if first else " "
        options = [self._option(draft, lead + in_context(draft)) for draft in drafts]
        options.append(
            self._option(Draft(REFUSAL), REFUSAL)
            if first
            else Option(None, "", (vocabulary.end_turn,))
        )
        readable = [o for o in reversed(options) if vocabulary.decode(o.ids) == o.text]
        told_apart = distinct([option.ids for option in readable])  # the refusal before quotations
        self.options = tuple(readable[place] for place in reversed(told_apart))
        self.trie = TokenTrie([option.ids for option in self.options])

    def _option(self, draft: Draft, text: str) -> Option:
        return Option(draft, text, tuple(self._vocabulary.encode(text)))

    def verified(self, number: int, path: Sequence[int]) -> Option:
        """Option ``number``, to which the tokens of ``path`` have led.

        Raises:
            EngineError: if these are not its tokens, or its tokens are not its text.
        """
        option = self.options[number]
        is_led_to = option.ids[: len(path)] == tuple(path)
        is_quoted = not option.quotes or option.text.strip() == in_context(option.draft)
        if not is_led_to or not is_quoted or self._vocabulary.decode(option.ids) != option.text:
            raise EngineError(f"what was decoded is not the sentence it should be: {option.text!r}")
        return option


class QuoteGeneration:
    """Quotations chosen by a model, one by one; after an error nothing more comes."""

    def __init__(
        self,
        state: TokenState,
        vocabulary: Vocabulary,
        drafts: Sequence[Draft],
        *,
        prompt: Sequence[int],
        sampling: Sampling,
        max_retries: int,
        n_most: int,
        meter: Meter | None = None,
    ) -> None:
        """Nothing is evaluated before the first ``next``.

        Args:
            drafts: the quotations to choose from.
            n_most: tokens after which no further sentence may end; the first one may.
            meter: told how much is written: of a quotation, the places where there was a choice.
        """
        self._state = state
        self._vocabulary = vocabulary
        self._drafts = tuple(drafts)
        self._used: set[Draft] = set()
        self._kept = list(prompt)
        self._sampling = sampling
        self._max_retries = max_retries
        self._n_most = n_most
        self._clock = Clock(len(prompt), lambda: state.n_evaluated, meter)
        self._n_said = 0
        self._tries = 0
        self._n_answer = 0
        self._offer: Offer | None = None
        self._current: Option | None = None
        self._closed = False

    def next(self) -> Draft | None:
        """The next quotation, or the refusal, after which there is nothing else.

        None when the answer is complete or was closed.

        Raises:
            EngineError: if decoding fails; the answer is then over.
            KeyboardInterrupt: on Ctrl-C; ``next`` may be called again.
        """
        with over_after_an_error(self.close):
            self._settle()
            if self._closed or self._n_said == MAX_QUOTATIONS:
                self.close()
                return None
            found = self._choose()
            if found is None or found.draft is None:
                self.close()
                return None
            return self._take(found)

    def retry(self) -> Draft | None:
        """Another quotation in place of the last one; None if there is no other.

        Raises:
            EngineError: if decoding fails; the answer is then over.
            KeyboardInterrupt: on Ctrl-C.
        """
        if self._closed or self._current is None or self._tries >= self._max_retries:
            return None
        with over_after_an_error(self.close):
            found = self._choose(ending=False)
            if found is None:
                return None
            self._tries += 1
            self._clock.retries += 1
            return self._take(found)

    def accept(self, text: str) -> None:
        """The sentence stays in the model's context as it was quoted, shown or not: nothing but
        quotations may stand there."""
        if not self._closed:
            self._settle()

    def close(self) -> None:
        """Give up what is held. May be called twice. The context's state stays."""
        if not self._closed:
            self._closed = True
            self._clock.stop()

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far."""
        return self._clock.usage(self._n_answer + len(self._current.ids if self._current else ()))

    def _choose(self, *, ending: bool = True) -> Option | None:
        """What the model would say here; None if there is nothing left to say.

        Args:
            ending: whether it may also refuse or end the answer.
        """
        offer = self._offer = self._offer or Offer(
            self._vocabulary, self._drafts, first=not self._n_said
        )
        allowed = self._allowed(offer, ending=ending)
        if not allowed:
            return None
        walk = offer.trie.walk(allowed)
        rng = np.random.default_rng((self._sampling.seed, self._n_said))
        while (number := walk.member) is None:
            choices = walk.choices()
            alone = len(choices) == 1
            walk.take(choices[0] if alone else self._pick(choices, walk.path, rng))
        return offer.verified(number, walk.path)

    def _allowed(self, offer: Offer, *, ending: bool) -> list[int]:
        """The numbers of the options that may be taken now."""
        room = self._n_most - self._n_answer
        return [
            number
            for number, option in enumerate(offer.options)
            if (
                option.draft not in self._used and (not self._n_said or len(option.ids) <= room)
                if option.quotes
                else ending
            )
        ]

    def _pick(self, choices: list[int], path: list[int], rng: np.random.Generator) -> int:
        """The choice that the model finds best behind ``path``: one decode for all of it."""
        with self._clock.working(), self._state.interrupt:
            self._state.become([*self._kept, *path])
            scores = self._state.logits()[choices]
        self._clock.note_token()
        return choices[choose(scores, self._sampling, rng)]

    def _take(self, found: Option) -> Draft:
        """Hold ``found`` as the sentence in hand; it is not offered again."""
        assert found.draft is not None
        self._current = found
        self._used.add(found.draft)
        self._clock.note_sentence()
        return found.draft

    def _settle(self) -> None:
        """Leave the sentence in hand behind."""
        said, self._current = self._current, None
        if said is None:
            return
        self._kept += said.ids
        self._n_answer += len(said.ids)
        self._n_said += 1
        self._tries = 0
        if self._n_said == 1:  # from here on a blank comes first, and an end may come
            self._offer = None
        if not said.quotes:
            self.close()


def in_context(draft: Draft | None) -> str:
    """A quotation as it stands in the model's context: on one line, its marker behind it."""
    assert draft is not None
    assert draft.quotation is not None
    return f"{as_line(draft.text)} [{draft.quotation.label}]"
