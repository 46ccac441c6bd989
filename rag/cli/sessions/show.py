"""A kept chat on the screen: whole, or its end, for somebody who goes on with it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from rag.chat.store_rows import SessionInfo
from rag.cli.sessions.table import cut, summary
from rag.cli.show.disputes import show_disputes
from rag.cli.show.flow import Flow
from rag.cli.show.pieces import one_line
from rag.cli.show.render import sentence_text, show_refusal
from rag.cli.show.screen import Screen, write
from rag.cli.show.sources import show_sources
from rag.text.terminal import safe
from rag.types import Answer

_N_REMINDED_LINES = 4
"""Lines of the last answer that remind of it."""


def show_chat(screen: Screen, info: SessionInfo, answers: Sequence[Answer]) -> None:
    """Print each question, its answer, and the sources of that, as the chat did."""
    screen.notice(f"{info.id}: {summary(info)}")
    for answer in answers:
        write(screen.out, Text(f"> {safe(one_line(answer.question))}", "bold"), hanging=2)
        if answer.refused:
            show_refusal(screen, answer)
        else:
            _show_sentences(screen, answer)
            show_disputes(screen, answer)
            show_sources(screen, answer)
        screen.show()


def remind(screen: Screen, info: SessionInfo, answers: Sequence[Answer]) -> None:
    """Say on stderr which chat goes on, with its last question and the beginning of its answer."""
    screen.notice(f"going on with {summary(info)}")
    if not answers or screen.quiet:
        return
    width = screen.err.width - 1
    screen.say(Text(cut(f"> {safe(one_line(answers[-1].question))}", width), "dim"))
    said = cut(safe(one_line(answers[-1].text)), width * _N_REMINDED_LINES)
    write(screen.err, Text(said, "dim"))


def _show_sentences(screen: Screen, answer: Answer) -> None:
    flow = Flow(screen.out)
    for sentence in answer.sentences:
        flow.add(sentence_text(sentence))
    flow.end()
