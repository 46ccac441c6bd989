"""The model files the program knows by name: each pinned by revision, size and sha256."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from rag.errors import ModelError

_LICENCE_3_1 = ("Llama 3.1 Community License", "https://www.llama.com/llama3_1/license/")
_LICENCE_3_2 = ("Llama 3.2 Community License", "https://www.llama.com/llama3_2/license/")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model file, pinned.

    Attributes:
        name: what users type; repo, revision, file: where it lies on the model hub.
        size_bytes, sha256: of that very file.
        licence, licence_url: what using the file binds the user to.
        ram_note: the memory it needs, for a person to read.
    """

    name: str
    repo: str
    file: str
    revision: str
    size_bytes: int
    sha256: str
    licence: str
    licence_url: str
    ram_note: str

    @property
    def url_path(self) -> str:
        """The path of the file on the hub, without the host."""
        return f"/{self.repo}/resolve/{self.revision}/{self.file}"


CATALOGUE: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        name="llama-3.2-1b",
        repo="bartowski/Llama-3.2-1B-Instruct-GGUF",
        file="Llama-3.2-1B-Instruct-Q4_K_M.gguf",
        revision="067b946cf014b7c697f3654f621d577a3e3afd1c",
        size_bytes=807_694_464,
        sha256="6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83",
        licence=_LICENCE_3_2[0],
        licence_url=_LICENCE_3_2[1],
        ram_note="runs in 2 GB of memory; the quickest, the least exact",
    ),
    CatalogueEntry(
        name="llama-3.2-3b",
        repo="bartowski/Llama-3.2-3B-Instruct-GGUF",
        file="Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        revision="5ab33fa94d1d04e903623ae72c95d1696f09f9e8",
        size_bytes=2_019_377_696,
        sha256="6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff",
        licence=_LICENCE_3_2[0],
        licence_url=_LICENCE_3_2[1],
        ram_note="runs in 4 GB of memory",
    ),
    CatalogueEntry(
        name="llama-3.1-8b",
        repo="bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
        file="Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
        revision="bf5b95e96dac0462e2a09145ec66cae9a3f12067",
        size_bytes=4_920_739_232,
        sha256="7b064f5842bf9532c91456deda288a1b672397a54fa729aa665952863033557c",
        licence=_LICENCE_3_1[0],
        licence_url=_LICENCE_3_1[1],
        ram_note="needs 8 GB of memory; wants a GPU or patience",
    ),
)


def find(name: str) -> CatalogueEntry | None:
    """The entry called ``name`` (case does not matter); None if there is none."""
    folded = name.casefold()
    return next((entry for entry in CATALOGUE if entry.name == folded), None)


def entry(name: str) -> CatalogueEntry:
    """The entry called ``name``.

    Raises:
        ModelError: if no model is called that; the hint suggests the nearest name.
    """
    found = find(name)
    if found is None:
        raise ModelError(f"no model is called {name!r}", hint=suggestion(name))
    return found


def suggestion(name: str) -> str:
    """What to type instead of the unknown ``name``."""
    names = [known.name for known in CATALOGUE]
    near = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}? `rag model list` shows all"
    return f"known models: {', '.join(names)}; or give the path of a .gguf file"


def by_sha256(sha256: str) -> CatalogueEntry | None:
    """The entry whose file has this hash; None if it is none of ours."""
    return next((known for known in CATALOGUE if known.sha256 == sha256), None)
