"""Pages for people: one HTML file that loads nothing and runs no script but its own.

Whatever a template shows is escaped, and nothing in a template can switch that off. A page's own
style and script are named by hash in its content security policy, so that nothing else can act,
whatever an article managed to bring along.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rag.text.terminal import safe

_CLOSING = "</"


def templates_of(package: str, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """The templates in the folder ``templates`` of ``package``; ``safe_text`` makes text visible
    (``rag.text.terminal.safe``), ``filters`` come on top."""
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {**filters, "safe_text": safe}
    del environment.filters["safe"]  # nothing in the template can switch escaping off
    return environment


def asset(environment: Environment, name: str) -> tuple[Markup, str]:
    """A style or script of the templates as it is, and what a content security policy calls it.

    It is our own text, the only one that is not escaped.

    Raises:
        ValueError: if it could end the element it stands in.

    Source: W3C, Content Security Policy Level 3, section 2.3.1 (hash sources).
    """
    assert environment.loader is not None
    text = environment.loader.get_source(environment, name)[0]
    if _CLOSING in text:
        raise ValueError(f"{name} must not hold {_CLOSING!r}")
    digest = hashlib.sha256(text.encode()).digest()
    return Markup(text), "sha256-" + base64.b64encode(digest).decode()
