"""How many tokens a text takes, guessed: the server's tokenizer is not here."""

from __future__ import annotations

from collections.abc import Sequence

from rag.generation.endpoint.messages import Message

DEFAULT_WINDOW = 4096
"""Tokens of context where a server does not say: what Ollama gives a model unless told otherwise,
and less than any llama-server or vLLM in use."""
_BYTES_PER_TOKEN = 3
"""English prose takes 4 to 5 bytes a token with the vocabularies of today, Llama 2 about 3.6, other
Latin and Cyrillic scripts 3 to 5, Chinese 3 to 4: with 3 a prompt that counts as fitting does fit,
save for tables of digits, which the server then refuses aloud."""
_PER_MESSAGE = 8
"""What a template puts around a message: role names and control tokens."""


def estimated(text: str) -> int:
    """Tokens of ``text``, rather too many than too few."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def estimated_prompt(messages: Sequence[Message]) -> int:
    """Tokens of a prompt of ``messages``."""
    return sum(estimated(message["content"]) + _PER_MESSAGE for message in messages)
