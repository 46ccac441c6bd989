"""From a name or a path to a model file that may be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError
from rag.models import catalogue
from rag.models.catalogue import CATALOGUE, CatalogueEntry
from rag.models.places import models_dir, read_json, state_dir, write_json
from rag.models.record import file_record


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file on this machine.

    Attributes:
        path: absolute.
        sha256: of its bytes, hex.
        name: the catalogue's name for it, else the file's.
        pinned: whether the bytes are those of a catalogue entry, hence trusted.
    """

    path: Path
    sha256: str
    name: str
    pinned: bool


def installed() -> tuple[CatalogueEntry, ...]:
    """The catalogue entries whose file is in the models folder with the right size."""
    return tuple(entry for entry in CATALOGUE if _is_there(entry))


def path_of(entry: CatalogueEntry) -> Path:
    """Where the file of ``entry`` is, or would be."""
    return models_dir() / entry.file


def resolve(name_or_path: str) -> ModelFile:
    """The model file that ``name_or_path`` means, verified against its pin if it has one.

    Raises:
        ModelError: an unknown name, a model that was not pulled, a path that is no readable file,
            or a pulled file whose bytes are not the pinned ones.
    """
    entry = catalogue.find(name_or_path)
    if entry is not None:
        return _pulled(entry)
    path = Path(name_or_path).expanduser().absolute()
    if not path.exists():
        raise ModelError(_absent(name_or_path, path), hint=catalogue.suggestion(name_or_path))
    if not path.is_file():
        raise ModelError(f"{path} is not a file", hint="give the path of a .gguf file")
    record = file_record(path)
    known = catalogue.by_sha256(record.sha256)
    return ModelFile(path, record.sha256, known.name if known else path.name, known is not None)


def active() -> str | None:
    """The name or path of the model in use: the one chosen, else the first that is installed."""
    chosen = read_json(_choice_file()).get("model")
    if isinstance(chosen, str) and chosen:
        return chosen
    return next((entry.name for entry in installed()), None)


def use(name_or_path: str) -> ModelFile:
    """Make this the model in use from now on.

    Raises:
        ModelError: as ``resolve``; or the choice cannot be written.
    """
    model = resolve(name_or_path)
    known = catalogue.find(name_or_path)
    try:
        write_json(_choice_file(), {"model": known.name if known else str(model.path)})
    except OSError as exc:
        raise ModelError(f"cannot write {_choice_file()}: {exc.strerror or exc}") from exc
    return model


def _choice_file() -> Path:
    return state_dir() / "model.json"


def _is_there(entry: CatalogueEntry) -> bool:
    try:
        return path_of(entry).stat().st_size == entry.size_bytes
    except OSError:
        return False


def _pulled(entry: CatalogueEntry) -> ModelFile:
    path, again = path_of(entry), f"rag model pull {entry.name}"
    if not path.is_file():
        raise ModelError(f"the model {entry.name} is not on this machine ({path})", hint=again)
    record = file_record(path)
    if (record.size_bytes, record.sha256) != (entry.size_bytes, entry.sha256):
        raise ModelError(
            f"{path} is not the pinned {entry.name}: sha256 {record.sha256[:12]}… "
            f"instead of {entry.sha256[:12]}… ({record.size_bytes:,} bytes)",
            hint=f"rm {path}; {again}",
        )
    return ModelFile(path, record.sha256, entry.name, pinned=True)


def _absent(given: str, path: Path) -> str:
    looks_like_path = path.suffix.lower() == ".gguf" or "/" in given or "\\" in given
    return f"no model file at {path}" if looks_like_path else f"no model is called {given!r}"
