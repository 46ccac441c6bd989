"""An answer on the screen as it comes about: ``rag ask`` and ``rag chat`` show it alike."""

from __future__ import annotations

from collections.abc import Iterator

from rag.assistant.events import Dropped, Event, Finished, Retrieved, Shown
from rag.cli.show.flow import Flow
from rag.cli.show.progress import Activity
from rag.cli.show.render import sentence_text, show_dropped, show_left_out, show_query
from rag.cli.show.screen import Screen
from rag.types import Answer


def show_events(
    screen: Screen,
    events: Iterator[Event],
    activity: Activity,
    *,
    question: str,
    streams: bool = True,
) -> Answer:
    """Show sentences as they come (unless not to be streamed); the whole answer at the end.

    A refusal's reason is not shown here: there is no sentence in it. ``activity`` goes on for as
    long as nothing is written where it is drawn.
    """
    flow = Flow(screen.out)
    dropped = []
    try:
        for event in events:
            match event:
                case Retrieved():
                    show_query(screen, event, question)
                    show_left_out(screen, event)
                case Shown(sentence) if streams:
                    if screen.out.is_terminal:
                        activity.stop()
                    flow.add(sentence_text(sentence))
                case Dropped(sentence):
                    dropped.append(sentence)  # said behind the answer, not in the middle of it
                case Finished(answer):
                    activity.stop()
                    flow.end()
                    for sentence in dropped:
                        show_dropped(screen, sentence)
                    return answer
    finally:
        activity.stop()
        flow.end()
    raise RuntimeError("the answer ended without its last event")
