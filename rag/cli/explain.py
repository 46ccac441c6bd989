"""Why an answer is what it is: what was found, what was offered, how each sentence fared."""

from __future__ import annotations

from rich.text import Text

from rag.cli.render import place_of
from rag.cli.screen import Screen
from rag.text.terminal import safe
from rag.types import Answer, CheckedSentence, Hit


def show_explanation(screen: Screen, answer: Answer) -> None:
    """Print on stderr the search, the passages with their scores, and the verdicts."""
    _say(screen, f"searched for: {safe(answer.query)}")
    labels = {passage.chunk.id: passage.label for passage in answer.passages}
    left_out = {hit.chunk.id for hit in answer.left_out}
    for hit in answer.hits:
        label = labels.get(hit.chunk.id)
        fate = f"[{label}]" if label else "did not fit" if hit.chunk.id in left_out else "not used"
        _say(screen, f"  {fate:<12}{_scores(hit)}  {place_of(hit.chunk.source, hit.chunk.place)}")
    for sentence in answer.sentences:
        _say(screen, f"  {_verdict(sentence)}  {safe(sentence.text)}")
    for sentence in answer.dropped:
        _say(screen, f"  left out, {_verdict(sentence)}  {safe(sentence.text)}")


def show_usage(screen: Screen, answer: Answer) -> None:
    """Print on stderr which engine answered, what it read and wrote, and how long it took."""
    usage, provenance = answer.usage, answer.provenance
    of_model = f" ({safe(provenance.model)})" if provenance.model else ""
    _say(
        screen,
        f"engine {safe(provenance.engine)}{of_model}, embedder {safe(provenance.embedder)}, "
        f"verifier {safe(provenance.verifier)}; tokens: {usage.prompt_tokens} prompt, "
        f"{usage.answer_tokens} answer, {usage.evaluated_tokens} evaluated; "
        f"{usage.retries} retries; first sentence after {usage.first_sentence_s:.2f} s, "
        f"all after {usage.seconds:.2f} s",
    )


def _scores(hit: Hit) -> str:
    parts = " ".join(f"{name}={value:.3f}" for name, value in sorted(hit.signals.items()))
    return f"{hit.score:.3f}  {parts}".rstrip()


def _verdict(sentence: CheckedSentence) -> str:
    score = "" if sentence.score is None else f" {sentence.score:.2f}"
    extra = ", citation moved" if sentence.repaired else ""
    extra += f", try {sentence.tries}" if sentence.tries > 1 else ""
    return f"{sentence.verdict}{score}{extra}"


def _say(screen: Screen, line: str) -> None:
    screen.say(Text(line, style="dim"))
