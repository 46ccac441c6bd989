"""Messages: a prompt in roles, and text that cannot leave its role.

A server turns messages into one text by the model's template and tokenises the whole, so what looks
like a control token in an article becomes one there. Here it is broken up before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict

from rag.generation.prompting import Prompt

_TAG = re.compile(r"<(?=[|｜/<\w])")  # <|eot_id|>  </s>  <<SYS>>  <start_of_turn>  <｜User｜>
_BRACKET = re.compile(r"\[(?=/?[A-Z_]{2,}\])")  # [INST]  [/INST]  [AVAILABLE_TOOLS]


class Message(TypedDict):
    """What one side says."""

    role: str
    content: str


def neutral(text: str) -> str:
    """``text`` with a blank inside whatever a template of a known model family may take for a
    control token. Nothing else changes; a comparison that leaves blanks out still holds."""
    return _BRACKET.sub("[ ", _TAG.sub("< ", text))


def opening(prompt: Prompt) -> list[Message]:
    """The messages that ask for an answer from its beginning."""
    return [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": neutral(prompt.user)},
    ]


def continuing(prompt: Prompt, said: Sequence[str], request: str) -> list[Message]:
    """The messages that ask to go on behind the sentences ``said``; from the beginning if there is
    none.

    To leave the assistant's message open is what some servers understand and others refuse or
    answer anew; that a user asks to go on is understood by every chat model.
    """
    if not said:
        return opening(prompt)
    return [
        *opening(prompt),
        {"role": "assistant", "content": neutral(" ".join(said))},
        {"role": "user", "content": request},
    ]
