"""How answers look: sentences with what was found of them, refusals, and notices on the way.

Everything that comes from an article, a file name or a model passes through ``safe`` here.
"""

from __future__ import annotations

from rich.text import Text

from rag.assistant.events import Retrieved
from rag.cli.show.pieces import FLAG_STYLE, MARKER_STYLE, one_line, place_of
from rag.cli.show.screen import Screen, write
from rag.cli.show.sources import show_source
from rag.text.markers import find_markers
from rag.text.terminal import safe
from rag.types import Answer, CheckedSentence, Verdict

N_CLOSEST = 3
_SOUND = (Verdict.SUPPORTED, Verdict.NO_CLAIM)


def sentence_text(sentence: CheckedSentence) -> Text:
    """A sentence as shown: markers set off, and said so when the articles do not support it: in
    words, and on a terminal also without colours set off from all others."""
    plain = safe(sentence.text)
    text = Text(plain)
    for marker in find_markers(plain):
        text.stylize(MARKER_STYLE, marker.span.start, marker.span.end)
    if sentence.verdict not in _SOUND:
        text.stylize(FLAG_STYLE)
        text.append(" ").append(f"[{sentence.verdict}]", style=f"bold reverse {FLAG_STYLE}")
    return text


def show_refusal(screen: Screen, answer: Answer) -> None:
    """Print why there is no answer; then the source of what denies the question, else, on stderr,
    the passages that come closest."""
    write(screen.out, Text(safe(answer.reason)))
    if answer.denial is not None:
        screen.show()
        show_source(screen, answer.denial.label, [answer.denial], answer)
        return
    if screen.quiet or not answer.hits:
        return
    screen.say(Text("closest passages:", style="dim"))
    for hit in answer.hits[:N_CLOSEST]:
        chunk = hit.chunk
        title = Text(f"{safe(one_line(chunk.title))}  ", style="dim")
        write(screen.err, title.append(place_of(chunk.source, chunk.place)), indent=2, hanging=2)


def show_query(screen: Screen, found: Retrieved, question: str) -> None:
    """Say how a follow-up was understood, when the search was for something else than was asked."""
    if found.query.strip() != question.strip():
        screen.notice(f"searching for: {one_line(found.query)}")


def show_left_out(screen: Screen, found: Retrieved) -> None:
    """Say, once, that passages were left out because the model's context has no room for them."""
    n_left, n_all = len(found.left_out), len(found.left_out) + len(found.passages)
    if n_left:
        screen.notice(
            f"{n_left} of {n_all} passages did not fit the model's context "
            "(--context asks for a larger one, --explain says which)"
        )


def show_dropped(screen: Screen, sentence: CheckedSentence) -> None:
    """Say, if verbose, that a sentence failed its check, and what the passages lack."""
    lacking = f" (not in the passages: {', '.join(sentence.missing)})" if sentence.missing else ""
    screen.detail(f"left out, {sentence.verdict}: {sentence.text}{lacking}")
