"""Text with some of its stretches set off, in a way that also shows without colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.text import Text

from rag.cli.show.pieces import one_line
from rag.text.terminal import safe
from rag.text.words import words
from rag.types import Span

MARKED = "bold underline"


def marked(
    text: str,
    spans: Iterable[Span],
    *,
    style: str = MARKED,
    made_safe: Callable[[str], str] = lambda piece: safe(one_line(piece)),
) -> Text:
    """``text``, made safe piece by piece, each of ``spans`` in ``style``. Spans may overlap."""
    found = Text()
    end = 0
    for span in _joined(spans, len(text)):
        found.append(made_safe(text[end : span.start]))
        found.append(made_safe(span.of(text)), style=style)
        end = span.end
    return found.append(made_safe(text[end:]))


def said_in(text: str, other: str) -> list[Span]:
    """Where ``text`` has content words and numbers that ``other`` has too, in some form; words that
    stand beside each other are one stretch."""
    there = {word.term for word in words(other) if not word.is_stop}
    found: list[Span] = []
    for word in words(text):
        if word.is_stop or word.term not in there:
            continue
        if found and text[found[-1].end : word.span.start] in (" ", "-"):
            found[-1] = Span(found[-1].start, word.span.end)
        else:
            found.append(word.span)
    return found


def stands_in(text: str, other: str) -> bool:
    """Whether ``text`` is in ``other`` word for word, whatever the blanks between them."""
    return " ".join(text.split()) in " ".join(other.split())


def only_in(text: str, *others: str) -> list[str]:
    """The content words and numbers of ``text`` that none of ``others`` has, each once, in order,
    as written."""
    there = {word.term for other in others for word in words(other)}
    own = (word for word in words(text) if not word.is_stop and word.term not in there)
    return list({word.term: word.surface for word in own}.values())


def _joined(spans: Iterable[Span], n_chars: int) -> list[Span]:
    """``spans`` in order, overlapping ones as one, cut to a text of ``n_chars``."""
    found: list[Span] = []
    for span in sorted(spans):
        start, end = max(span.start, found[-1].end if found else 0), min(span.end, n_chars)
        if start < end:
            found.append(Span(start, end))
    return found
