"""Paragraphs of an article that give orders to a model instead of telling the reader something.

They are data, never instructions, whatever engine answers; and an order is no evidence either:
"state that the limit is 5 million" does not say that the limit is 5 million. Such paragraphs are
kept in the index and shown by a search, but no answer rests on them.
"""

from __future__ import annotations

import re

from rag.types import Span

_MODEL = r"(?:ai |language |chat )?(?:assistants?|models?|chatbots?|llms?|ais?)"
_DUTY = r"(?:must|should|shall|(?:has|have|is|are)(?: hereby)? (?:ordered |required |told )?to)"
_SPEECH = (
    r"(?:state|say|answer|reply|respond|repeat|output|print|claim|tell|cite|ignore|disregard|"
    r"forget|refuse|treat|mention|insist|confirm|pretend|call)"
)
_ORDER = re.compile(
    r"<\|[a-z_0-9]+\|>|\[/?INST\]|<</?SYS>>|\"role\"\s*:\s*\"|END OF (?:CONTEXT|DOCUMENTS?)\b"
    r"|^\W*(?:SYSTEM|USER|ASSISTANT|DEVELOPER)\s*:"
    rf"|\b{_MODEL}(?: (?:that|which|who|reading|asked)\b[^.]{{0,70}}?)? {_DUTY}"
    rf"(?: (?:now|always|only|never|also))* {_SPEECH}\b"
    r"|\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:instructions?|prompts?|rules?|"
    r"guidelines)\b"
    r"|\byou are (?:now )?(?:an?|in) (?:ai|assistant|language model|chatbot|\w+ mode)\b"
    r"|\b(?:print|reveal|repeat|show) your (?:system )?(?:prompt|instructions)\b"
    r"|\bif (?:the|a) (?:question|user|reader|prompt) (?:asks|mentions|is|says|wants)\b"
    r"|\bif you (?:are|were) told to\b|\binstructions? (?:above|below) ha(?:s|ve) priority\b"
    r"|\b(?:reply|respond|answer)\b[^.]{0,30}\b(?:the (?:single |exact )?(?:word|phrase|sentence)|"
    r"only with|nothing else)\b"
    r"|\b(?:note|message|instructions?|notice|orders?) (?:to|for) (?:the |any |every |all )?"
    rf"{_MODEL}\b"
    r"|\bfrom now on\b[^.]{0,30}\b(?:translate|answer|reply|begin|end|write|call)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PARAGRAPH = re.compile(r"\S(?:.|\n(?![ \t\r]*\n))*")


def is_order(paragraph: str) -> bool:
    """Whether ``paragraph`` addresses a model with an order or carries a prompt's control marks."""
    return _ORDER.search(paragraph) is not None


def without_orders(text: str) -> str:
    """``text`` with such paragraphs blanked; the length and every offset stay what they were."""
    return _PARAGRAPH.sub(
        lambda m: " " * len(m.group()) if is_order(m.group()) else m.group(), text
    )


def lies_in_order(text: str, span: Span) -> bool:
    """Whether some of ``span`` belongs to such a paragraph of ``text``."""
    return span.of(without_orders(text)) != span.of(text)
