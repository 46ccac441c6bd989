"""Why an answer is what it is: what was found, what was offered, how each sentence fared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rag.cli.show.pieces import one_line, place_of
from rag.cli.show.screen import Screen, write
from rag.cli.show.why import parts_of, told_of
from rag.text.terminal import safe
from rag.types import Answer, CheckedSentence, Chunk, Hit, Passage, Verdict

_HEADING = "bold"
_DIM = "dim"
_WAYS = ("dense", "bm25")
"""Signals of a hit that are scores of a search of their own: by meaning, and by words."""


def show_explanation(screen: Screen, answer: Answer) -> None:
    """Print on stderr the search, the passages with their scores, the decision, the verdicts."""
    show_search(screen.err, answer)
    if not answer.sentences and not answer.dropped:
        return
    head(screen.err, "sentences")
    for sentence in answer.sentences:
        _show_sentence(screen.err, sentence, "")
    for sentence in answer.dropped:
        _show_sentence(screen.err, sentence, "not shown, ")


def show_search(where: Console, answer: Answer) -> None:
    """Print what was searched and found, what was offered of it, and whether it was enough."""
    head(where, "searched for", f"{safe(one_line(answer.query))}")
    hits = {hit.chunk.id: hit for hit in answer.hits}
    offered = {passage.chunk.id for passage in answer.passages}
    if answer.passages:
        head(where, "offered", f"{_n(len(answer.passages), 'passage')} of {len(hits)} found")
    for passage in answer.passages:
        _show_passage(where, passage, hits.get(passage.chunk.id))
    left_out = {hit.chunk.id for hit in answer.left_out}
    _show_rest(where, "did not fit the context", answer.left_out)
    rest = [h for h in answer.hits if h.chunk.id not in offered and h.chunk.id not in left_out]
    _show_rest(where, "not used", rest)
    _show_decision(where, answer)


def _show_passage(where: Console, passage: Passage, hit: Hit | None) -> None:
    chunk = passage.chunk
    date = f" ({safe(chunk.date)})" if chunk.date else ""
    write(where, Text(f"[{passage.label}] {safe(chunk.title)}{date}"), indent=2, hanging=4)
    _line(where, f"{place_of(chunk.source, chunk.place)}, {_extent(chunk, hit)}")
    _line(where, _scores(hit) if hit is not None else "offered earlier in the conversation")


def _extent(chunk: Chunk, hit: Hit | None) -> str:
    """How much of the passage that was found is offered, in characters."""
    n_chars = len(chunk.text)
    if hit is None or n_chars == len(hit.chunk.text):
        return f"whole, {n_chars:,} characters"
    return f"the best {n_chars:,} of {len(hit.chunk.text):,} characters"


def _show_rest(where: Console, fate: str, hits: Sequence[Hit]) -> None:
    if not hits:
        return
    head(where, fate, _n(len(hits), "passage"))
    for hit in hits:
        place = place_of(hit.chunk.source, hit.chunk.place)
        line = f"{hit.rank}. {place}, {_scores(hit, with_ranks=False)}"
        write(where, Text(line, style=_DIM), indent=2, hanging=4)


def _show_decision(where: Console, answer: Answer) -> None:
    decision = answer.decision
    if decision is None:
        return
    what = "to answer" if decision.answerable else "to refuse"
    chance = f"probability {decision.probability:.2f}, {decision.threshold:.2f} is needed"
    head(where, "decided", f"{what} ({chance})")
    if decision.unknown:
        words = ", ".join(safe(word) for word in decision.unknown)
        _line(where, f"in no article: {words}", indent=2)
    if not decision.answerable and decision.reason:
        _line(where, safe(decision.reason), indent=2)


def _show_sentence(where: Console, sentence: CheckedSentence, fate: str) -> None:
    score = "" if sentence.score is None else f" {sentence.score:.2f}"
    style = "" if sentence.verdict is Verdict.SUPPORTED and not fate else "yellow"
    lead = Text(f"{fate}{sentence.verdict}{score}", style=style)
    write(where, Text.assemble(lead, f"  {safe(one_line(sentence.text))}"), indent=2, hanging=4)
    labels = ", ".join(dict.fromkeys(f"[{e.label}]" for e in sentence.evidence))
    details = ([f"stands in {labels}"] if labels else []) + told_of(sentence)
    if sentence.signals:
        details.append(", ".join(parts_of(sentence)))
    for line in details:
        _line(where, line)


def show_usage(screen: Screen, answer: Answer) -> None:
    """Print on stderr which engine answered, what it read and wrote, and how long it took."""
    usage, provenance = answer.usage, answer.provenance
    sha256 = provenance.model_sha256[:12]
    model = safe(provenance.model) or (sha256 and f"model sha256 {sha256}")
    of_model = f" ({model})" if model else ""
    _say(
        screen,
        f"engine {safe(provenance.engine)}{of_model}, embedder {safe(provenance.embedder)}, "
        f"verifier {safe(provenance.verifier)}",
    )
    if usage.prompt_tokens:
        n_read = usage.read_tokens
        kept = f": {n_read:,} evaluated, {usage.prompt_tokens - n_read:,} from kept state"
        rate = f", {_rate(usage.reading_rate)}" if usage.reading_rate else ""
        known = n_read and n_read <= usage.prompt_tokens
        _say(screen, f"prompt of {_n(usage.prompt_tokens, 'token')}{kept if known else ''}{rate}")
    if usage.answer_tokens or usage.written_tokens:
        _say(screen, f"answer of {_written(answer)}")
    _say(screen, _times(answer))


def _written(answer: Answer) -> str:
    usage = answer.usage
    parts = [_n(usage.answer_tokens, "token")]
    if usage.written_tokens > usage.answer_tokens:
        parts[0] += f" ({usage.written_tokens:,} written)"
    if usage.retries:
        parts.append(_n(usage.retries, "retry", "retries"))
    if usage.writing_rate:
        parts.append(_rate(usage.writing_rate))
    return ", ".join(parts)


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f} tokens/s" if per_s >= 100 else f"{per_s:,.1f} tokens/s"


def _times(answer: Answer) -> str:
    usage = answer.usage
    first_s = usage.first_token_s and usage.search_s + usage.first_token_s
    moments = [
        ("search done", usage.search_s),
        ("first token", first_s),
        ("first sentence", usage.first_sentence_s),
    ]
    parts = [f"{what} after {after_s:.2f} s" for what, after_s in moments if after_s]
    return ", ".join([*parts, f"all after {usage.seconds:.2f} s"])


def _scores(hit: Hit, *, with_ranks: bool = True) -> str:
    """The fused score, and what each way to search gave: ``dense 0.614 (rank 4)``."""
    parts = []
    for name in _WAYS:
        if name in hit.signals:
            rank = hit.signals.get(f"rank_{name}")
            of_rank = f" (rank {rank:.0f})" if with_ranks and rank else ""
            parts.append(f"{name} {hit.signals[name]:.3f}{of_rank}")
    return f"score {hit.score:.3f}" + (f": {', '.join(parts)}" if parts else "")


def _n(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def head(where: Console, name: str, what: str = "") -> None:
    """Print ``name``, set off, and ``what`` (already safe) behind it."""
    line = Text.assemble((f"{name}:", _HEADING), f" {what}" if what else "")
    write(where, line, hanging=2)


def _line(where: Console, text: str, *, indent: int = 6) -> None:
    write(where, Text(text, style=_DIM), indent=indent)


def _say(screen: Screen, line: str) -> None:
    screen.say(Text(line, style=_DIM))
