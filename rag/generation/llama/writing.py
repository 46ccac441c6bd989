"""Writes an answer sentence by sentence, each of which can be taken back and written anew.

The tokens of the sentence in hand are known, so that a retry gives back their state and pays for
nothing but itself. A sentence counts as complete only when what follows has begun; those tokens
stay as the beginning of the next sentence.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.generation.llama.citing import CitationRule
from rag.generation.llama.decode import TokenState
from rag.generation.llama.sampling import Sampling, choose
from rag.generation.llama.tokens import Vocabulary
from rag.text.sentences import SentenceSplitter, sentence_spans

_STOPS = (".", "!", "?", "…", "。", "！", "？", "”", '"', "’", ")", "]")


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence and the part of the writer's text it fills.

    Attributes:
        start, end: in the text since the last commit, as characters.
    """

    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Pending:
    """What was decoded since the last committed sentence.

    Attributes:
        ends: for each token, where its characters end in ``text``.
        ready: sentences found in it and not given out yet.
    """

    tokens: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    text: str = ""
    ready: list[str] = field(default_factory=list)
    splitter: SentenceSplitter = field(default_factory=SentenceSplitter)
    utf8: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def add(self, token: int, piece: bytes) -> None:
        """Take in a decoded token."""
        text = self.utf8.decode(piece)
        self.tokens.append(token)
        self.text += text
        self.ends.append(len(self.text))
        self.ready += self.splitter.push(text)

    def finish(self, *, cut: bool) -> None:
        """Take the end for the end of a sentence, unless the text was ``cut`` in its middle."""
        rest = self.splitter.finish()
        sentences = [span.of(rest) for span in sentence_spans(rest)]
        if cut and sentences and not sentences[-1].endswith(_STOPS):
            sentences.pop()
        self.ready += sentences

    def take(self) -> Written:
        """The first sentence that is ready."""
        sentence = self.ready.pop(0)
        start = max(0, self.text.find(sentence))
        return Written(sentence, start, start + len(sentence))

    def drop_until(self, end: int) -> list[int]:
        """Give up the text up to ``end``; the tokens that covered it."""
        n_tokens = next((i for i, at in enumerate(self.ends, 1) if at >= end), len(self.ends))
        dropped, self.tokens = self.tokens[:n_tokens], self.tokens[n_tokens:]
        cut = self.ends[n_tokens - 1] if n_tokens else 0
        self.ends = [at - cut for at in self.ends[n_tokens:]]
        self.text = self.text[cut:]
        return dropped


class SentenceWriter:
    """Decodes behind a prompt. What the model has read is made true only when a token is needed, so
    that nothing is lost when a step is interrupted, and nothing evaluated that is not used.

    Attributes:
        finished: whether the model has ended the answer, or its bound is reached.
        on_token: called for each token that is written, those of retries too.
        n_committed: tokens of the sentences behind the one in hand.
    """

    def __init__(
        self,
        state: TokenState,
        vocabulary: Vocabulary,
        rule: CitationRule,
        *,
        prompt: Sequence[int],
        n_most: int,
    ) -> None:
        self._state = state
        self._vocabulary = vocabulary
        self._rule = rule
        self._n_most = n_most
        self._kept = list(prompt)
        self.n_committed = 0
        self._pending = _Pending()
        self.finished = False
        self.on_token: Callable[[], None] = _nothing

    def write(self, sampling: Sampling, *, salt: int) -> Written | None:
        """The next sentence; None if the answer has ended.

        Args:
            salt: varies the random numbers from sentence to sentence.

        Raises:
            EngineError: if decoding fails.
            KeyboardInterrupt: on Ctrl-C; the same call goes on from there.
        """
        rng = np.random.default_rng((sampling.seed, salt))
        while not self._pending.ready:
            if self.finished:
                return None
            with self._state.interrupt:
                self._step(sampling, rng)
        return self._pending.take()

    def rewind(self) -> None:
        """Take back everything behind the last committed sentence."""
        self._pending = _Pending()
        self._rule.reset()
        self.finished = False

    def commit(self, sentence: Written) -> None:
        """Leave ``sentence`` as it stands; writing goes on behind it."""
        tokens = self._pending.drop_until(sentence.end)
        self._kept += tokens
        self.n_committed += len(tokens)

    def replace(self, sentence: Written | None, text: str) -> None:
        """Put ``text`` where ``sentence`` stands, or behind the last one, and commit it.

        What was written behind the sentence is forgotten; that it was the last one is not.
        """
        lead = self._pending.text[: sentence.start] if sentence else " " * bool(self.n_committed)
        ended = self.finished and not self._pending.ready
        tokens = self._vocabulary.encode(lead + text)
        self.rewind()
        self.finished = ended
        self._kept += tokens
        self.n_committed += len(tokens)

    @property
    def n_tokens(self) -> int:
        """Tokens of the answer so far, the sentence in hand included."""
        return self.n_committed + len(self._pending.tokens)

    def _step(self, sampling: Sampling, rng: np.random.Generator) -> None:
        if self.n_tokens >= self._n_most:
            self._end(cut=True)
            return
        self._state.become([*self._kept, *self._pending.tokens])
        logits = self._state.logits()
        self._rule.restrict(logits)
        token = choose(logits, sampling, rng)
        if self._vocabulary.ends(token):
            self._end(cut=False)
            return
        piece = self._vocabulary.piece(token)
        self._rule.follow(piece)
        self._pending.add(token, piece)
        self.on_token()

    def _end(self, *, cut: bool) -> None:
        self._pending.finish(cut=cut)
        self.finished = True


def _nothing() -> None:
    """Where tokens go that nobody counts."""
