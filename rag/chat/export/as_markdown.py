"""A conversation as Markdown: what is read as it is, kept in notes, or shown on a forge.

Only our own words are Markdown; all others are escaped (``rag.text.markdown``). A citation links to
the heading of its source, which CommonMark renderers that give headings an anchor understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.chat.export.conversation import (
    MEANING,
    N_CLOSEST,
    SOUND,
    Conversation,
    Source,
    cost_of,
    notes_of,
    pieces,
    sources_of,
)
from rag.text.markdown import plain_words
from rag.text.terminal import safe_line
from rag.types import Answer, CheckedSentence, Conflict, Provenance

_N_WORDS = 6
"""Words of a sentence that name it in the list of checks."""


def as_markdown(conversation: Conversation) -> str:
    """The whole conversation with its evidence; paragraphs are not wrapped."""
    blocks = [f"# {plain_words(conversation.heading)}", _summary(conversation)]
    for number, answer in enumerate(conversation.answers, 1):
        blocks += _answer(number, answer)
    if conversation.answers:
        blocks.append("## How these answers came about")
        blocks += [_origin(*origin) for origin in conversation.origins]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _summary(conversation: Conversation) -> str:
    parts = [plain_words(conversation.when)]
    if conversation.corpus:
        parts.append(f"corpus {plain_words(conversation.corpus)}")
    parts.append(_counted(len(conversation.answers), "question"))
    parts.append(f"{_counted(conversation.n_supported, 'sentence')} supported")
    if conversation.n_flagged:
        parts.append(f"**{conversation.n_flagged} not supported**")
    if conversation.n_refused:
        parts.append(f"{conversation.n_refused} refused")
    return " · ".join(part for part in parts if part)


def _counted(n: int, name: str) -> str:
    return f"{n} {name}{'' if n == 1 else 's'}"


def _answer(number: int, answer: Answer) -> Iterator[str]:
    sources = sources_of(answer)
    links = {
        source.label: f"[\\[{source.label}\\]](#{_anchor(number, source)})" for source in sources
    }
    yield f"## {number}. {plain_words(answer.question)}"
    if answer.query.strip() != answer.question.strip():
        yield f"*Searched for:* {plain_words(answer.query)}"
    if answer.refused:
        yield f"**Refused.** {plain_words(answer.reason)}"
    yield " ".join(_said(sentence, links) for sentence in answer.sentences)
    yield from (_conflict(conflict, links) for conflict in answer.conflicts)
    if answer.denial is not None:
        link = links[answer.denial.label]
        yield f"**The articles say otherwise:** “{plain_words(answer.denial.quote)}” {link}"
    yield from _checks("How each sentence was checked", answer.sentences, links)
    for source in sources:
        yield from _source(number, source)
    if answer.refused and not sources:
        yield from _closest(answer)
    yield from _checks("Left out of the answer", answer.dropped, links)
    yield f"*{cost}*" if (cost := cost_of(answer)) else ""


def _anchor(number: int, source: Source) -> str:
    """What renderers make of the heading ``Source 1-2``."""
    return f"source-{number}-{source.label}"


def _said(sentence: CheckedSentence, links: dict[int, str]) -> str:
    said = _linked(sentence.text, links)
    if sentence.verdict in SOUND:
        return said
    return f"{said} **⚠ {MEANING[sentence.verdict]}**"


def _linked(text: str, links: dict[int, str]) -> str:
    """``text`` with its markers as links, blanks at the seams kept."""
    parts: list[str] = []
    for piece in pieces(text, frozenset(links)):
        before = " " if parts and piece.text[:1].isspace() else ""
        after = " " if piece.text[-1:].isspace() else ""
        words = plain_words(piece.text)
        parts.append(
            links[piece.label] if piece.label else f"{before}{words}{after if words else ''}"
        )
    return "".join(parts)


def _conflict(conflict: Conflict, links: dict[int, str]) -> str:
    order = " (newest first)" if conflict.newest_first else ""
    lines = [f"**The articles differ**{order}:", ""]
    for side in conflict.sides:
        value = f"**{plain_words(side.value)}**: " if side.value.strip() else ""
        date = f" ({plain_words(side.evidence.date)})" if side.evidence.date else ""
        quote = plain_words(side.evidence.quote)
        lines.append(f"- {value}“{quote}” {links[side.evidence.label]}{date}")
    return "\n".join(lines)


def _checks(
    title: str, sentences: Iterable[CheckedSentence], links: dict[int, str]
) -> Iterator[str]:
    rows = [f"{n}. {_check(sentence, links)}" for n, sentence in enumerate(sentences, 1)]
    if rows:
        yield f"### {title}"
        yield "\n".join(rows)


def _check(sentence: CheckedSentence, links: dict[int, str]) -> str:
    words = safe_line(sentence.claim.text).split(" ")
    start = plain_words(" ".join(words[:_N_WORDS])) + (" …" if len(words) > _N_WORDS else "")
    score = "" if sentence.score is None else f" {sentence.score:.2f}"
    by = "".join(dict.fromkeys(links.get(e.label, "") for e in sentence.evidence))
    notes = "".join(f"; {plain_words(note)}" for note in notes_of(sentence))
    return f"“{start}”: **{MEANING[sentence.verdict]}**{score}{f' by {by}' if by else ''}{notes}"


def _source(number: int, source: Source) -> Iterator[str]:
    yield f"### Source {number}-{source.label}"
    date = f" ({plain_words(source.date)})" if source.date else ""
    article = plain_words(source.document_id)
    yield f"**{plain_words(source.title)}**{date}, {article}, {source.place}"
    for evidence in source.evidence:
        yield f"> {plain_words(evidence.quote)}\n>\n> {evidence.place}"
    if source.copies:
        yield f"Also in {', '.join(map(plain_words, source.copies))}"


def _closest(answer: Answer) -> Iterator[str]:
    rows = [
        f"- {plain_words(hit.chunk.title)}, {plain_words(hit.chunk.document_id)}, {hit.chunk.place}"
        for hit in answer.hits[:N_CLOSEST]
    ]
    if rows:
        yield "Closest passages:"
        yield "\n".join(rows)


def _origin(provenance: Provenance, numbers: tuple[int, ...]) -> str:
    known = {name: getattr(provenance, name) for name in provenance.__dataclass_fields__}
    rows = [f"- {name.replace('_', ' ')}: {plain_words(v)}" for name, v in known.items() if v]
    answers = f"Answer{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}:"
    return "\n".join([answers, "", *rows]) if rows else f"{answers} nothing is known."
