"""The corpora there are: those that settings files describe, and those that have an index."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from rag.resources import data_dir
from rag.setting_values import CORPUS_NAME
from rag.settings import CORPORA, Settings, index_homes, index_path, load, settings_files
from rag.store.schema import FILE_NAME


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus by its name; the default one has the empty name.

    Attributes:
        settings: in force when it is chosen.
        described_in: the settings files with a table of it.
    """

    name: str
    settings: Settings
    described_in: tuple[Path, ...] = ()

    @property
    def index_dir(self) -> Path:
        """The folder of its index."""
        return index_path(self.settings)

    @property
    def has_index(self) -> bool:
        """Whether an index was made of it."""
        return (self.index_dir / FILE_NAME).is_file()


def known_corpora(
    *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> list[Corpus]:
    """The default corpus if it has an index, then every named one, by name.

    Raises:
        UsageError: a settings file that cannot be used.
    """
    cwd = Path.cwd() if cwd is None else cwd
    environ = os.environ if environ is None else environ
    files = settings_files(cwd=cwd, environ=environ)
    names = {name for file in files for name in file.corpora}
    for home in index_homes(files, cwd=cwd, environ=environ):
        names.update(_with_index(home / CORPORA))
    found = [
        Corpus(
            name,
            load({"corpus": name}, cwd=cwd, environ=environ),
            tuple(file.path for file in files if name in file.corpora),
        )
        for name in ("", *sorted(names))
    ]
    return [corpus for corpus in found if corpus.name or corpus.has_index]


def require_known(settings: Settings) -> None:
    """Check that the chosen corpus has an index, a table, or folders that were named.

    Raises:
        UsageError: if it has none of them.
    """
    name = settings.corpus
    if not name or settings.articles or (index_path(settings) / FILE_NAME).is_file():
        return
    others = [corpus.name for corpus in known_corpora() if corpus.name]
    if name in others:
        raise UsageError(
            f"the corpus {name} has no index, and no settings file names its articles",
            hint=f"rag index -c {name} FOLDER",
        )
    near = difflib.get_close_matches(name, others, n=2) or others[:5]
    known = f"; there is {', '.join(near)}" if near else ""
    raise UsageError(
        f"there is no corpus {name}{known}", hint=f"to make it: rag index -c {name} FOLDER"
    )


def indexing_command() -> str:
    """The command that indexes a user's own articles: those of this folder, if it has any and is
    not the checkout of this program."""
    from rag.ingest.registry import is_supported

    try:
        if data_dir("seeds").parent == Path.cwd():
            return "rag index FOLDER"
        has_some = any(is_supported(path) for path in Path.cwd().iterdir())
    except OSError:  # the folder is gone, or is not to be listed
        has_some = False
    return "rag index ." if has_some else "rag index FOLDER"


def with_corpus(hint: str, corpus: str) -> str:
    """``hint`` with the corpus it is about in each ``rag index`` that it says to type."""
    if not corpus:
        return hint
    return re.sub(r"rag index(?! -c\b)", lambda found: f"{found[0]} -c {corpus}", hint)


def _with_index(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:  # no corpus was ever indexed here
        return []
    return [
        name
        for name in names
        if CORPUS_NAME.fullmatch(name) and (folder / name / FILE_NAME).is_file()
    ]
