"""Numbers of things, as they are said."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 article``, ``1,200 articles``: for nouns that take an s."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
