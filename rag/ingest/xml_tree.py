"""XML of untrusted files as a tree: no entities, no network, bounded memory."""

from __future__ import annotations

from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from rag.errors import InputError

_MAX_MARKS = 2_000_000
"""Tags and attributes; libxml2 2.14 takes up to about 250 bytes for each."""
_HINT = "Save the file again with the program that made it, or take it out of the folder."


def xml_root(data: bytes, *, name: str) -> Any:
    """The root element of ``data``; ``name`` (of the file, safe to show) is used in messages.

    Depth is bounded by libxml2 (256), and with it every walk over the tree.

    Raises:
        InputError: if it is not well-formed, declares entities, or has millions of tags.
    """
    require_modest(data, name=name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as exc:
        raise InputError(f"{name} cannot be read: its XML is damaged.", hint=_HINT) from exc
    return root


def require_modest(data: bytes, *, name: str) -> None:
    """Refuse XML that would cost far more memory than its size.

    Raises:
        InputError: if it declares entities or has millions of tags and attributes.
    """
    if b"<!ENTITY" in data:
        raise InputError(f"{name} cannot be read: it declares entities.", hint=_HINT)
    if data.count(b"<") + data.count(b"=") > _MAX_MARKS:
        raise InputError(f"{name} cannot be read: it has too many tags.", hint=_HINT)
