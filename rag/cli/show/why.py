"""Why an answer can be believed: what was decided, and of each sentence what bears it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rag.cli.show.disputes import show_disputes
from rag.cli.show.marked import marked, only_in, said_in, stands_in
from rag.cli.show.pieces import FLAG_STYLE, QUOTE_STYLE, headline, label_text, one_line, place_text
from rag.cli.show.screen import Screen, write
from rag.grounding import quotation
from rag.text.markers import find_markers
from rag.text.terminal import safe
from rag.types import Answer, CheckedSentence, Claim, Decision, Evidence, Verdict

_DIM = "dim"
_MARGIN = 3
_VERDICTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.UNSUPPORTED: "not supported by what it cites, nor by another passage",
    Verdict.UNCITED: "cites nothing, and no passage supports it",
    Verdict.UNRESOLVED: "cites what was never offered, and no passage supports it",
    Verdict.NO_CLAIM: "asserts nothing",
}
SIGNALS = {
    "words": "words of the sentence that the passages have",
    "numbers": "no number is missing",
    "names": "no name is missing",
    "polarity": "nothing is denied",
    "read": "what a small network makes of it",
}
"""What the parts of a score mean; parts of other verifiers are named only."""


def show_why(screen: Screen, answer: Answer) -> None:
    """Print the decision, each sentence with its evidence, and what was left out."""
    write(screen.out, Text(f"Question: {safe(one_line(answer.question))}", "bold"), hanging=2)
    if answer.query.strip() != answer.question.strip():
        write(screen.out, Text(f"searched for: {safe(one_line(answer.query))}"), hanging=2)
    if answer.refused:
        write(screen.out, Text(f"Refused: {safe(one_line(answer.reason))}"), hanging=2)
    show_decision(screen, answer.decision)
    judged = (*answer.sentences, *answer.dropped)
    if judged:
        _say(screen, _how_judged(answer), indent=0)
    for number, sentence in enumerate(answer.sentences, 1):
        screen.show()
        show_sentence(screen, sentence, answer, number=number)
    _show_dropped(screen, answer)
    show_disputes(screen, answer)
    if any(sentence.signals and not _is_verbatim(sentence) for sentence in judged):
        screen.show()
        _show_parts(screen, answer)


def show_decision(screen: Screen, decision: Decision | None) -> None:
    """Print how likely the passages were to answer, and what no article mentions."""
    if decision is None:
        return
    what = "A passage answers it" if decision.answerable else "No passage answers it"
    chance = f"probability {decision.probability:.2f}, {decision.threshold:.2f} is needed"
    _say(screen, f"{what}: {chance}.", indent=0)
    if decision.unknown:
        listed = ", ".join(safe(one_line(word)) for word in decision.unknown)
        _say(screen, f"In no article: {listed}.", indent=0)


def show_sentence(
    screen: Screen, sentence: CheckedSentence, answer: Answer, *, number: int
) -> None:
    """Print a sentence, its verdict, and beside it the evidence, shared words set off."""
    quotes = "\n".join(evidence.quote for evidence in sentence.evidence)
    is_verbatim = _is_verbatim(sentence)
    text = marked(sentence.text, () if is_verbatim else said_in(sentence.text, quotes))
    for marker in find_markers(text.plain):
        text.stylize("not bold not underline cyan", marker.span.start, marker.span.end)
    write(screen.out, Text.assemble(f"{number:<{_MARGIN}}", text), hanging=_MARGIN)
    _show_verdict(screen, sentence, answer, is_verbatim=is_verbatim)
    for evidence in sentence.evidence:
        _show_evidence(screen, sentence.claim, evidence, is_verbatim=is_verbatim)
    if is_verbatim and sentence.evidence and not is_quotation(answer):
        _say(screen, "word for word as it stands there")
    elif sentence.evidence:
        _show_unquoted(screen, sentence, answer, quotes)


def _is_verbatim(sentence: CheckedSentence) -> bool:
    quotes = " ".join(evidence.quote for evidence in sentence.evidence)
    return stands_in(sentence.claim.text, quotes)


def _show_verdict(
    screen: Screen, sentence: CheckedSentence, answer: Answer, *, is_verbatim: bool
) -> None:
    sign = screen.symbols.yes if sentence.verdict is Verdict.SUPPORTED else screen.symbols.no
    style = "" if sentence.verdict is Verdict.SUPPORTED else FLAG_STYLE
    line = f"{sign} {_VERDICTS[sentence.verdict]}{_score(sentence, answer)}"
    write(screen.out, Text(line, style), indent=_MARGIN, hanging=2)
    if sentence.signals and not is_verbatim:
        _say(screen, f" {screen.symbols.dot} ".join(parts_of(sentence)))
    for line in told_of(sentence):
        _say(screen, line)


def parts_of(sentence: CheckedSentence) -> list[str]:
    """The parts of the score, made safe: ``words 0.80``."""
    return [f"{safe(one_line(name))} {value:.2f}" for name, value in sentence.signals.items()]


def told_of(sentence: CheckedSentence) -> list[str]:
    """What the passages lack of a sentence, what was done to its citations, how often it was
    written; made safe, nothing for most sentences."""
    lacking = ", ".join(safe(one_line(word)) for word in sentence.missing)
    told = (
        _moved(sentence),
        f"written {sentence.tries} times" if sentence.tries > 1 else "",
        f"not in the passages: {lacking}" if lacking else "",
    )
    return [line for line in told if line]


def _score(sentence: CheckedSentence, answer: Answer) -> str:
    if sentence.score is None:
        return ""
    if is_quotation(answer):
        return ", word for word" if sentence.verdict is Verdict.SUPPORTED else ", not word for word"
    return f", score {sentence.score:.2f}"


def _moved(sentence: CheckedSentence) -> str:
    """What was done to the citations that the sentence was written with."""
    if not sentence.repaired:
        return ""
    before = list(dict.fromkeys(c.label for c in sentence.claim.citations))
    after = [label for m in find_markers(sentence.text) for label in m.labels]
    gone = [label for label in before if label not in after]
    if not before:
        return f"written without a citation; {_labels(after)} was found to support it"
    if not set(after) <= set(before):
        return f"it cited {_labels(before)}; its citation was moved to {_labels(after)}"
    if gone:
        return f"it cited {_labels(before)}; {_labels(gone)} added nothing"
    return ""


def _show_evidence(screen: Screen, claim: Claim, evidence: Evidence, *, is_verbatim: bool) -> None:
    head = Text.assemble(label_text(evidence.label), " ", headline(evidence))
    write(screen.out, head, indent=_MARGIN, hanging=4)
    where = place_text(screen, evidence.source, evidence.place)
    write(screen.out, where, indent=_MARGIN + 4)
    shared = () if is_verbatim else said_in(evidence.quote, claim.text)
    quote = marked(evidence.quote, shared)
    signs = screen.symbols
    quote.style = QUOTE_STYLE
    line = Text.assemble(signs.open_quote, quote, signs.close_quote)
    write(screen.out, line, indent=_MARGIN + 4, hanging=1)


def _show_unquoted(screen: Screen, sentence: CheckedSentence, answer: Answer, quotes: str) -> None:
    """Say which words of the sentence the quotes lack, and whether the titles have them."""
    cited = {evidence.chunk_id for evidence in sentence.evidence}
    chunks = [p.chunk for p in answer.passages if p.chunk.id in cited]
    above = " ".join(f"{chunk.context} {chunk.date}" for chunk in chunks)
    beside = " ".join(chunk.text for chunk in chunks)
    absent = only_in(sentence.claim.text, quotes)
    titled = [word for word in absent if not only_in(word, above)]
    nearby = [word for word in absent if word not in titled and not only_in(word, beside)]
    rest = [word for word in absent if word not in titled and word not in nearby]
    for what, listed in (
        ("only in the title, headings or date", titled),
        ("elsewhere in the passage", nearby),
        ("in other words, or not at all", rest),
    ):
        if listed:
            _say(screen, f"{what}: {', '.join(safe(word) for word in listed)}")


def _show_dropped(screen: Screen, answer: Answer) -> None:
    if not answer.dropped:
        return
    screen.show()
    write(screen.out, Text("Left out of the answer:", "bold"))
    for sentence in answer.dropped:
        mark = f"{screen.symbols.dash:<{_MARGIN}}"
        text = Text.assemble(mark, safe(one_line(sentence.text)))
        write(screen.out, text, hanging=_MARGIN)
        _show_verdict(screen, sentence, answer, is_verbatim=False)


def _how_judged(answer: Answer) -> str:
    name, _, threshold = answer.provenance.verifier.rpartition("@")
    if is_quotation(answer):
        return "Judged by comparing each sentence with the article, character by character."
    if not name:
        return ""
    return f"Judged by {safe(name)}: scores from 0 to 1, {safe(threshold)} is needed."


def is_quotation(answer: Answer) -> bool:
    """Whether the sentences are quotations, which no verifier judges."""
    return answer.provenance.verifier == quotation.NAME


def _show_parts(screen: Screen, answer: Answer) -> None:
    names = dict.fromkeys(n for s in (*answer.sentences, *answer.dropped) for n in s.signals)
    meanings = [f"{name}: {SIGNALS[name]}" for name in names if name in SIGNALS]
    if meanings:
        text = "Parts of a score, 1 is best. " + "; ".join(meanings) + "."
        _say(screen, text, indent=0)


def _labels(labels: Sequence[int]) -> str:
    return "".join(f"[{label}]" for label in dict.fromkeys(labels))


def _say(screen: Screen, line: str, *, indent: int = _MARGIN) -> None:
    if line:
        write(screen.out, Text(line, style=_DIM), indent=indent, hanging=2)
