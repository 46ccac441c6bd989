"""The records that pass between stages: the glossary of the program.

All records are frozen and hold tuples. Offsets are characters (code points) of the text they are
said to refer to, half-open ``[start, end)``. Labels count from 1. Scores of two retrievers are not
comparable; every other score says its range where it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters ``[start, end)``.

    Raises:
        ValueError: if not ``0 <= start <= end``.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def of(self, text: str) -> str:
        """The slice of ``text`` that this span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        """The same span seen from an origin ``by`` characters earlier."""
        return Span(self.start + by, self.end + by)

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end


class PlaceUnit(StrEnum):
    """What places of a source file are counted in."""

    LINE = "line"
    PAGE = "page"
    PARAGRAPH = "paragraph"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its file a text stands: ``line 12``, ``pages 3-4``.

    Attributes:
        first, last: numbers from 1.
    """

    first: int
    last: int
    unit: PlaceUnit = PlaceUnit.LINE

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.unit} {self.first}"
        return f"{self.unit}s {self.first}-{self.last}"


class BlockKind(StrEnum):
    """What a block of a document is: only paragraphs are chunked, headings give context."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of article text. What lies between blocks (residue, header) is never chunked.

    Attributes:
        span: where it lies in ``Document.text``.
        level: heading level from 1; 0 for a paragraph.
    """

    span: Span
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One article as read.

    Attributes:
        id: unique in the index and stable: the path relative to the folder that was indexed, POSIX,
            prefixed by the folder's name when several folders are indexed.
        source: absolute path of the file.
        title: the article's title; never empty (the file name if there is nothing better).
        text: the form that every offset refers to. For plain text and Markdown it is the decoded
            file itself, unchanged.
        blocks: the article's own text, in order, not overlapping.
        sha256: of the file's bytes, hex.
        date: ISO date (``2024-04-25``, or shorter) if the article states one, else empty.
        place_starts: for each line (page, ...) of the *source file* that begins a piece of
            ``text``, the offset in ``text``: a sorted tuple of ``(offset, number)`` pairs, numbers
            from 1.
        unit: what the numbers count.
        meta: what else the header says (topic, licence, ...).
    """

    id: str
    source: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    sha256: str
    date: str = ""
    place_starts: tuple[tuple[int, int], ...] = ((0, 1),)
    unit: PlaceUnit = PlaceUnit.LINE
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not indexed, and why (one sentence a user can act on)."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A verbatim slice of a document: what is retrieved and quoted.

    Attributes:
        id: stable across rebuilds: derived from the document id, the span and the text.
        span: in ``Document.text``; ``text == document.text[span]``.
        sentences: spans of whole sentences **in ``text``** (not in the document), in order.
        headings: the headings above it, outermost first.
        title, source, date: copied from the document, for embedding and for display.
        place_starts, unit: as of the document, offsets **in ``text``**.
    """

    id: str
    document_id: str
    span: Span
    text: str
    sentences: tuple[Span, ...]
    headings: tuple[str, ...]
    title: str
    source: str
    date: str
    place_starts: tuple[tuple[int, int], ...] = ((0, 1),)
    unit: PlaceUnit = PlaceUnit.LINE

    @property
    def place(self) -> Place:
        """Where it stands in the source file."""
        return Place(self.place_starts[0][1], self.place_starts[-1][1], self.unit)

    @property
    def context(self) -> str:
        """What is embedded and indexed in front of the text, never quoted: title and headings."""
        return " | ".join((self.title, *self.headings))


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query.

    Attributes:
        score: higher is better; the scale belongs to the retriever.
        rank: from 1.
        signals: the parts the score was made of, by name (for ``rag search`` and ``--explain``).
        copies: ids of other articles that were found to say the same in nearly the same words.
    """

    chunk: Chunk
    score: float
    rank: int
    retriever: str
    signals: dict[str, float] = field(default_factory=dict)
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as offered to an engine under a label (from 1, stable within a conversation)."""

    label: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence of a passage, ranked by how likely it answers a question.

    Attributes:
        span: **in the passage's text**.
        score: probability in [0, 1] that it states what is asked, given that a passage does.
        signals: the features the score was made of, by name.
    """

    passage: Passage
    span: Span
    score: float
    signals: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.span.of(self.passage.chunk.text)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what was answered (plain text without a sources block)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A stretch of a prompt.

    Attributes:
        text: as the model reads it.
        is_control: whether it is a control token, or a role of a chat, and no text.
    """

    text: str
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class WrittenPrompt:
    """A prompt as an engine hands it to its model.

    Attributes:
        n_tokens: of it; n_room: of the context, the longest answer taken off.
        is_estimate: whether tokens are estimated, since the model's vocabulary is not known.
    """

    parts: tuple[PromptPart, ...]
    n_tokens: int
    n_room: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost.

    Attributes:
        prompt_tokens: tokens of the prompt; evaluated_tokens: how many of them (and of the answer,
            retries included) were really evaluated, the rest came from a kept state.
        seconds: wall time; first_sentence_s: until the first sentence was ready.
        search_s: until the engine was asked; first_token_s: from there to its first token;
        read_tokens: tokens evaluated in that time.
        written_tokens: tokens of the answer, retries included; writing_s: what the model took for
            all of them but the first (checks are not counted).

    A count of 0 is also what an engine gives that cannot know it: nothing is estimated.
    """

    prompt_tokens: int = 0
    answer_tokens: int = 0
    evaluated_tokens: int = 0
    retries: int = 0
    first_sentence_s: float = 0.0
    seconds: float = 0.0
    search_s: float = 0.0
    first_token_s: float = 0.0
    read_tokens: int = 0
    written_tokens: int = 0
    writing_s: float = 0.0

    @property
    def reading_rate(self) -> float:
        """Tokens of the prompt evaluated in a second; 0 if not known."""
        return self.read_tokens / self.first_token_s if self.first_token_s else 0.0

    @property
    def writing_rate(self) -> float:
        """Tokens written in a second; 0 if not known."""
        return (self.written_tokens - 1) / self.writing_s if self.writing_s else 0.0


@dataclass(frozen=True, slots=True)
class Quotation:
    """Where a verbatim sentence stands.

    Attributes:
        label: of the passage.
        span: **in the passage's text**.
    """

    label: int
    span: Span


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence as an engine proposes it, markers included: ``Llama 3 has two sizes [1].``

    Attributes:
        quotation: what the sentence claims to repeat word for word (quote mode); None otherwise.
            ``text`` is then exactly that stretch of the passage, without a marker.
    """

    text: str
    quotation: Quotation | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker in a sentence.

    Attributes:
        label: the number in the marker.
        span: of the marker **in the claim's text as drafted**.
        chunk_id: the passage it points to; None for a label that was never offered.
    """

    label: int
    span: Span
    chunk_id: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer without its markers, and the citations it carried."""

    text: str
    citations: tuple[Citation, ...]


class Verdict(StrEnum):
    """What the check of one sentence found."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNCITED = "uncited"
    UNRESOLVED = "unresolved"
    NO_CLAIM = "no_claim"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The exact stretch of a passage that supports a sentence.

    Attributes:
        label: of the passage; chunk_id: of its chunk.
        span: **in the document's text**; quote: that text, verbatim.
        place: where the quote stands in the source file.
    """

    label: int
    chunk_id: str
    document_id: str
    source: str
    title: str
    date: str
    span: Span
    quote: str
    place: Place


@dataclass(frozen=True, slots=True)
class Support:
    """What a verifier says of one claim against one set of evidence texts.

    Attributes:
        score: in [0, 1], higher is better supported; None if it could not be scored.
        signals: the parts of the score by name, each in [0, 1] (1 = nothing wrong).
        missing: numbers, names or words of the claim that the evidence lacks.
        best: index of the evidence text that supports most; None if none does.
        span: the supporting stretch in that text.
    """

    score: float | None
    signals: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    best: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of the answer with its verdict: the unit in which answers are streamed and shown.

    Attributes:
        text: as shown, with markers renumbered to the passages that were kept.
        score: the verifier's, in [0, 1]; None if there was nothing to score.
        repaired: whether the citation was moved to a passage that supports the sentence.
        tries: how often the engine wrote this sentence (1 = at once).
        signals: what the score was made of, see ``Support``; empty for a quotation and for what was
            not scored. Two sentences are equal whatever it holds.
    """

    text: str
    claim: Claim
    verdict: Verdict
    score: float | None
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    repaired: bool = False
    tries: int = 1
    signals: dict[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to answer at all, decided before anything is generated.

    Attributes:
        probability: that a passage answers the question, in [0, 1].
        unknown: words of the question, as asked, that no article contains.
        reason: one sentence for the reader if it is not answered; empty otherwise.
        threshold: the probability from which a question is answered, if no rule speaks against it.
    """

    answerable: bool
    probability: float
    unknown: tuple[str, ...] = ()
    reason: str = ""
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an answer came about: equal provenance means comparable answers.

    Attributes:
        model: name and host of a model on a server, of which no file can be hashed; else empty.
        scope: which articles alone were looked at, and how many; empty for all.
    """

    index_id: str = ""
    embedder: str = ""
    engine: str = ""
    model: str = ""
    model_sha256: str = ""
    prompt_id: str = ""
    verifier: str = ""
    sampling: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of the answers in which articles differ.

    Attributes:
        evidence: the sentence, with its article's date.
        value: the number, sum or share as written there; empty if the difference is a denial.
    """

    evidence: Evidence
    value: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two or more articles that answer the question differently.

    Attributes:
        sides: newest first where dates tell, those without one last; otherwise best-ranked first.
        newest_first: whether every side is dated and older than the one before it.

    Raises:
        ValueError: if there are fewer than two sides.
    """

    sides: tuple[ConflictSide, ...]
    newest_first: bool = False

    def __post_init__(self) -> None:
        if len(self.sides) < 2:
            raise ValueError("a conflict has two sides or more")


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole of an answer.

    Attributes:
        question: as asked; query: as searched (differs for follow-ups).
        sentences: those shown, in order; dropped: those that failed the check and are not shown,
            and of a strict answer that was refused, those beside them.
        refused: whether the articles do not say; reason: why, one sentence (empty if answered).
        passages: what was offered to the engine; left_out: hits that were to be offered and did
            not fit its context.
        conflicts: where articles differ; of each, every side is among the sentences.
        denial: what denies something that the question takes for granted; None if nothing does.
            It is among the sentences, unless the answer is a refusal.
        decision: whether to answer, as it was made before the engine was asked; None in what was
            made before decisions were kept.
    """

    question: str
    query: str
    sentences: tuple[CheckedSentence, ...]
    refused: bool
    reason: str
    passages: tuple[Passage, ...]
    hits: tuple[Hit, ...] = ()
    left_out: tuple[Hit, ...] = ()
    dropped: tuple[CheckedSentence, ...] = ()
    provenance: Provenance = Provenance()
    usage: Usage = Usage()
    conflicts: tuple[Conflict, ...] = ()
    denial: Evidence | None = None
    decision: Decision | None = None

    @property
    def text(self) -> str:
        """The answer as one string with its markers; the refusal's reason if it was refused."""
        if self.refused:
            return self.reason
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every distinct piece of evidence of the shown sentences, in order of first use."""
        return tuple(dict.fromkeys(e for s in self.sentences for e in s.evidence))


def as_json(record: Any) -> Any:
    """Any record of this module as plain JSON values: enums as strings, tuples as lists."""
    if isinstance(record, StrEnum):
        return str(record)
    if hasattr(record, "__dataclass_fields__"):
        return {name: as_json(getattr(record, name)) for name in record.__dataclass_fields__}
    if isinstance(record, dict):
        return {str(key): as_json(value) for key, value in record.items()}
    if isinstance(record, (list, tuple)):
        return [as_json(item) for item in record]
    return record
