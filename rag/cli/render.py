"""How answers look: sentences as they come, then the sources that were cited.

Everything that comes from an article, a file name or a model passes through ``safe`` here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from rag.assistant.disputes import CONTRARY, DIFFER
from rag.assistant.events import Retrieved
from rag.cli.paths import shown_path
from rag.cli.screen import Screen, put, write
from rag.text.markers import find_markers
from rag.text.terminal import safe
from rag.types import (
    Answer,
    CheckedSentence,
    Chunk,
    ConflictSide,
    Evidence,
    Place,
    PlaceUnit,
    Verdict,
)

MARKER_STYLE = "cyan"
FLAG_STYLE = "yellow"
QUOTE_STYLE = "italic"
PLACE_STYLE = "dim"
N_COPIES_NAMED = 3
"""Copies of a passage that are named."""
N_CLOSEST = 3
_SOUND = (Verdict.SUPPORTED, Verdict.NO_CLAIM)


class Flow:
    """A paragraph that grows by sentences: words wrap on a terminal, sentences come whole.

    Each sentence is on the screen as soon as it is added. Elsewhere than on a terminal the
    paragraph is one line.
    """

    def __init__(self, where: Console) -> None:
        self._where = where
        self._column = 0

    def add(self, sentence: Text) -> None:
        """Put ``sentence`` behind what is there."""
        for word in _words(sentence):
            width = cell_len(word.plain)
            wrap = self._where.is_terminal and self._column + 1 + width > self._where.width
            gap = "" if self._column == 0 else "\n" if wrap else " "
            put(self._where, Text.assemble(gap, word), end="")
            self._column = width if gap == "\n" else self._column + len(gap) + width
        self._where.file.flush()

    def end(self) -> None:
        """Finish the line, if anything was written."""
        if self._column:
            put(self._where, Text())
        self._column = 0


def _words(text: Text) -> Iterator[Text]:
    return (word for word in text.split(" ") if word.plain)


def sentence_text(sentence: CheckedSentence) -> Text:
    """A sentence as shown: markers set off, and said so when the articles do not support it."""
    plain = safe(sentence.text)
    text = Text(plain)
    for marker in find_markers(plain):
        text.stylize(MARKER_STYLE, marker.span.start, marker.span.end)
    if sentence.verdict not in _SOUND:
        text.stylize(FLAG_STYLE)
        text.append(f" [{sentence.verdict}]", style=Style.parse(f"bold {FLAG_STYLE}"))
    return text


def show_sources(screen: Screen, answer: Answer) -> None:
    """Print one entry for each label that is cited: title, date, place, supporting quotes."""
    cited = _cited(answer)
    if not cited:
        return
    screen.show()
    for label, evidence in cited.items():
        _show_source(screen, label, evidence, answer)


def show_disputes(screen: Screen, answer: Answer) -> None:
    """Print where articles differ, their values and dates side by side, and what denies something
    that the question takes for granted; nothing for most answers."""
    for conflict in answer.conflicts:
        sides = [_side(side) for side in conflict.sides]
        screen.show()
        order = Text(" (newest first)" if conflict.newest_first else "")
        line = Text.assemble((f"{DIFFER} ", "bold"), Text(" · ").join(sides), order)
        write(screen.out, line)
    if answer.denial is not None and not answer.refused:
        screen.show()
        label = (f" [{answer.denial.label}]", MARKER_STYLE)
        lead = (f"{CONTRARY} ", "bold")
        write(screen.out, Text.assemble(lead, quoted(answer.denial.quote), label))


def _side(side: ConflictSide) -> Text:
    value = f"{safe(one_line(side.value))} " if side.value else ""
    date = f" ({safe(side.evidence.date)})" if side.evidence.date else ""
    return Text.assemble(value, (f"[{side.evidence.label}]", MARKER_STYLE), date)


def _cited(answer: Answer) -> dict[int, list[Evidence]]:
    """The evidence under each label that the answer prints, labels rising."""
    cited: dict[int, list[Evidence]] = {}
    for sentence in answer.sentences:
        for marker in find_markers(sentence.text):
            for label in marker.labels:
                cited.setdefault(label, [])
    for evidence in answer.evidence:
        cited.setdefault(evidence.label, []).append(evidence)
    return dict(sorted(cited.items()))


def _show_source(screen: Screen, label: int, evidence: list[Evidence], answer: Answer) -> None:
    offered = {passage.label: passage.chunk for passage in answer.passages}
    source: Evidence | Chunk | None = evidence[0] if evidence else offered.get(label)
    if source is None:  # a label that was never offered: the sentence is marked as unresolved
        write(screen.out, Text(f"[{label}] (no such passage)", style=FLAG_STYLE))
        return
    write(screen.out, Text.assemble((f"[{label}]", MARKER_STYLE), " ", headline(source)))
    previous = ""
    places: Sequence[Evidence | Chunk] = evidence or [source]
    for item in places:
        place = place_of(item.source, item.place)
        if place != previous:
            write(screen.out, Text(place, style=PLACE_STYLE), indent=4)
        previous = place
        if isinstance(item, Evidence):
            write(screen.out, quoted(item.quote), indent=4)
    copies = next((hit.copies for hit in answer.hits if hit.chunk.id == _chunk_id(source)), ())
    if copies:
        write(screen.out, Text(also_in(copies), style=PLACE_STYLE), indent=4)


def _chunk_id(source: Evidence | Chunk) -> str:
    return source.chunk_id if isinstance(source, Evidence) else source.id


def also_in(copies: Sequence[str]) -> str:
    """Which other articles say the same, made safe: a few by name, the rest counted."""
    names = ", ".join(safe(name) for name in copies[:N_COPIES_NAMED])
    n_more = len(copies) - N_COPIES_NAMED
    return f"also in {names}" + (f" and {n_more} more" if n_more > 0 else "")


def headline(source: Evidence | Chunk) -> Text:
    """Title and date of a source."""
    date = f" ({safe(source.date)})" if source.date else ""
    return Text.assemble((safe(source.title), "bold"), date)


def quoted(quote: str) -> Text:
    """The quote as one paragraph: its line breaks, and nothing else, become blanks."""
    return Text(f"“{safe(one_line(quote))}”", style=QUOTE_STYLE)


def one_line(text: str) -> str:
    """``text`` with each line break turned into one blank."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")


def place_of(source: str, place: Place) -> str:
    """``path:12-14`` for lines, ``path, page 3`` for other places; made safe."""
    path = safe(shown_path(source))
    if place.unit is not PlaceUnit.LINE:
        return f"{path}, {place}"
    first, last = place.first, place.last
    return f"{path}:{first}" if first == last else f"{path}:{first}-{last}"


def show_refusal(screen: Screen, answer: Answer) -> None:
    """Print why there is no answer; then the source of what denies the question, else, on stderr,
    the passages that come closest."""
    write(screen.out, Text(safe(answer.reason)))
    if answer.denial is not None:
        screen.show()
        _show_source(screen, answer.denial.label, [answer.denial], answer)
        return
    if screen.quiet or not answer.hits:
        return
    screen.say(Text("closest passages:", style="dim"))
    for hit in answer.hits[:N_CLOSEST]:
        chunk = hit.chunk
        line = f"{safe(chunk.title)}  {place_of(chunk.source, chunk.place)}"
        write(screen.err, Text(line, style="dim"), indent=2)


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
