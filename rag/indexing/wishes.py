"""What a user chose for an index; it is noted there, so that later runs need not be told again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rag.indexing.index_type import IndexType
from rag.ingest.ignore import Patterns
from rag.ingest.table_keys import TableKeys
from rag.store.database import is_old, open_for_reading
from rag.store.reader import StoreReader
from rag.store.schema import FILE_NAME

NOTE = "wishes"


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which files of the folders are articles, how tables are read, how vectors are searched.

    The names are those of the settings.
    """

    include: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    gitignore: bool = False
    text_key: str = ""
    title_key: str = ""
    date_key: str = ""
    index_type: str = IndexType.AUTO

    @property
    def patterns(self) -> Patterns:
        """Which files are articles.

        Raises:
            UsageError: a pattern is none.
        """
        return Patterns(self.include, self.ignore, self.gitignore)

    @property
    def keys(self) -> TableKeys:
        """Which column of a table holds what."""
        return TableKeys(self.text_key, self.title_key, self.date_key)

    @property
    def readers(self) -> str:
        """What changes the text that is read of a file, as one string."""
        return json.dumps(asdict(self.keys)) if self.keys != TableKeys() else ""

    def as_note(self) -> str:
        """What is kept in the index."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


WISH_KEYS = tuple(f.name for f in fields(Wishes))


def wishes_of(note: str) -> Wishes:
    """The wishes in a note; what is missing or makes no sense there is as if nothing was said."""
    try:
        values = json.loads(note)
        known = {name: values[name] for name in WISH_KEYS if name in values}
        for name in ("include", "ignore"):
            known[name] = tuple(str(item) for item in known.get(name, ()))
        known["index_type"] = IndexType(known.get("index_type", IndexType.AUTO))
        return Wishes(**known)
    except (ValueError, TypeError):
        return Wishes()


def noted_wishes(index_dir: Path) -> Wishes:
    """What the index was made with; defaults if there is none.

    Raises:
        CorpusIndexError: if it is damaged or of another version.
    """
    path = index_dir / FILE_NAME
    if not path.is_file() or path.stat().st_size == 0 or is_old(path):
        return Wishes()
    with StoreReader(path, open_for_reading(path)) as store:
        return wishes_of(store.noted(NOTE))
