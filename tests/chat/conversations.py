"""Conversations made by hand, and text that wants to be more than text."""

from __future__ import annotations

from dataclasses import replace

from rag.chat.export.conversation import Conversation
from rag.types import Conflict, ConflictSide, Place, Provenance, Verdict
from tests.cli.answers import answer, chunk, evidence, refusal, sentence

HOSTILE = (
    "</p></script><script>alert(1)</script><img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)><a href="javascript:alert(4)">x</a><!-- ',
    "![x](http://example.org/pixel.png) [x](http://example.org) <http://example.org>",
    "![x][y]\n\n[y]: http://example.org 'z'\n\n[1]: http://example.org",
    "http://example.org www.example.org you@example.org example.org mailto:a@example.org",
    "# heading\n\n## heading\n\nheading\n=====\n\nheading\n---\n",
    "> quote\n\n- item\n+ item\n* item\n1. item\n1) item\n",
    "| a | b |\n|---|---|\n| c | d |\n",
    "``` \ncode\n```\n\n    code\n\n`code` ~~~ ~~gone~~ **bold** _soft_ ==mark== $x$ {{x}} %%x%%",
    "&lt;script&gt; &#x202e; &amp; \\[x\\](http://example.org) ends in a backslash \\",
    "wow!",
    "\x1b[2J\x1b]8;;http://example.org\x07x\x1b]8;;\x07 \x9b31m \x00 \x07",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200bx\ufeff \U000e0041 \u2028x\x85y",
    "[1] [2](http://example.org) [99999] [0] [1-3] [^1] [^1]: http://example.org",
)


def hostile_conversation(text: str) -> Conversation:
    """``text`` wherever an article, a question, a model or a setting could put it."""
    said = sentence(text, evidence(text, title=text), missing=(text,), verdict=Verdict.UNSUPPORTED)
    said = replace(said, claim=replace(said.claim, text=text))
    quote = replace(evidence(text, title=text, label=2), document_id=text, date=text)
    sides = (ConflictSide(quote, text), ConflictSide(evidence(text, label=1), text))
    passage = replace(chunk(text or "x", title=text), document_id=text, date=text, headings=(text,))
    made = replace(
        answer(said, sentence(f"{text} [1]."), chunks=(passage,)),
        question=text,
        query=f"{text} again",
        dropped=(said,),
        conflicts=(Conflict(sides),),
        denial=quote,
        provenance=Provenance(text, text, text, text, text, text, text, text, text),
    )
    hits = tuple(replace(h, copies=(text,), signals={text: 0.5}) for h in made.hits)
    refused = replace(refusal(text, passage), question=text, query=text)
    return Conversation((replace(made, hits=hits), refused), text, text, text)


def conversation() -> Conversation:
    """Two questions: one answered with a good, a moved and a bad sentence, one refused."""
    quote = evidence("It is so.", place=Place(13, 13))
    good = sentence("It is so [1].", quote)
    moved = sentence("It is also so [2].", evidence("That, too.", label=2, title="Another title"))
    bad = sentence("It is not so [9].", verdict=Verdict.UNRESOLVED, missing=("not",))
    answered = answer(good, replace(moved, repaired=True, tries=2), replace(bad, score=None))
    out = replace(sentence("It was so.", verdict=Verdict.UNSUPPORTED), score=0.2)
    known = Provenance(index_id="i1", engine="llama", model_sha256="ab" * 32, verifier="v")
    answered = replace(answered, dropped=(out,), provenance=known)
    return Conversation((answered, refusal()), "So or not", "2026-11-21", "papers")
