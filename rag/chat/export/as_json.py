"""A conversation for programs: the very objects of ``rag ask --json``, in a list."""

from __future__ import annotations

from typing import Any

from rag.chat.export.conversation import Conversation
from rag.text.json_line import json_line
from rag.types import Answer, as_json

ANSWER_SCHEMA = "rag.answer/1"
SESSION_SCHEMA = "rag.session/1"


def answer_record(answer: Answer) -> dict[str, Any]:
    """All of an answer, with its text and evidence spelt out."""
    return {
        "schema": ANSWER_SCHEMA,
        "answer": answer.text,
        "evidence": as_json(answer.evidence),
        **as_json(answer),
    }


def session_record(conversation: Conversation) -> dict[str, Any]:
    """All of a conversation: what it is about, and each of its answers whole."""
    return {
        "schema": SESSION_SCHEMA,
        "title": conversation.heading,
        "when": conversation.when,
        "corpus": conversation.corpus,
        "answers": [answer_record(answer) for answer in conversation.answers],
    }


def as_json_text(conversation: Conversation) -> str:
    """The object of ``session_record`` on one line."""
    return json_line(session_record(conversation)) + "\n"
