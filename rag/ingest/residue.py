"""What web pages leave in saved articles: image labels, share lines, comment forms, footers.

Only whole short lines are taken out, never a part of a paragraph, so an article *about* cookies or
newsletters keeps its sentences. Words that may as well be a heading ("Comments", "Search") count
only beside other residue. On the development sets (5,521 paragraphs) nothing is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.ingest.residue_lines import is_residue, may_be_residue, opens_tail
from rag.text.sentences import sentence_spans

_MAX_TAIL_CHARS = 160
_MIN_SENTENCE_WORDS = 5
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")


def residue_flags(paragraphs: Sequence[str]) -> list[bool]:
    """Which paragraphs are web residue, for the paragraphs of one article in order.

    After the opening of a comment form or a list of other articles, short lines that are no
    sentences belong to it; if nothing but short lines follows, all of them do.
    """
    flags = [is_residue(paragraph) for paragraph in paragraphs]
    _spread(paragraphs, flags)
    is_short = [_is_short(paragraph) for paragraph in paragraphs]
    last_long = max((at for at, short in enumerate(is_short) if not short), default=-1)
    for at, paragraph in enumerate(paragraphs):
        if at > 0 and opens_tail(paragraph):
            if at > last_long:
                flags[at:] = [True] * (len(flags) - at)
                break
            if flags[at]:
                _drop_links(paragraphs, flags, is_short, at + 1)
    return flags


def _spread(paragraphs: Sequence[str], flags: list[bool]) -> None:
    """Let ambiguous lines join residue, or each other, beside them: forwards, then backwards."""
    ambiguous = [may_be_residue(paragraph) for paragraph in paragraphs]
    for at in range(1, len(flags)):
        beside = flags[at - 1] or ambiguous[at - 1]
        flags[at] = flags[at] or (ambiguous[at] and beside)
    for at in range(len(flags) - 2, -1, -1):
        flags[at] = flags[at] or (ambiguous[at] and flags[at + 1])


def _drop_links(
    paragraphs: Sequence[str], flags: list[bool], is_short: Sequence[bool], at: int
) -> None:
    """Flag the titles of other articles from ``at`` up to where the article goes on."""
    while at < len(paragraphs) and is_short[at]:
        is_sentence = (
            _SENTENCE_END.search(paragraphs[at].rstrip()) is not None
            and len(paragraphs[at].split()) >= _MIN_SENTENCE_WORDS
        )
        is_heading = at + 1 < len(paragraphs) and not is_short[at + 1]
        if not flags[at] and (is_sentence or is_heading):
            return
        flags[at] = True
        at += 1


def _is_short(paragraph: str) -> bool:
    return len(paragraph) <= _MAX_TAIL_CHARS and len(sentence_spans(paragraph)) <= 2
