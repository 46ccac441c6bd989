"""Makes a folder with articles, cases and a suite of a question set of another project."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.case_file import write_cases
from rag.evaluation.foreign import rgb, squad
from rag.evaluation.foreign.collection import Collection, Item, Sentence
from rag.evaluation.foreign.fields import Field
from rag.evaluation.types import EvalCase, GoldQuote

_FORMATS = f"{squad.HINT}; {rgb.HINT}"
_SUITE = """\
# Made by rag eval convert. Thresholds can be added: eval/README.md.
name = "{name}"
articles = ["articles"]
cases = ["cases.jsonl"]
"""


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written. ``left_out``: for each reason, how many questions no case was made of."""

    format: str
    folder: Path
    suite: Path
    n_articles: int
    n_cases: int
    left_out: dict[str, int]


def convert(
    source: Path,
    folder: Path,
    *,
    n_cases: int | None = None,
    seed: int = 0,
    negatives_only: bool = False,
) -> Converted:
    """Write ``folder`` from the file ``source``: articles/, cases.jsonl and suite.toml.

    Args:
        n_cases: at most so many, drawn with ``seed`` and kept in the file's order; every article is
            written all the same, because what else can be found is part of the difficulty.
        negatives_only: of an RGB file, leave out what answers.

    Raises:
        EvalError: a file that is neither SQuAD nor RGB or holds something wrong, no question that a
            case can be made of, a folder that is not empty or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EvalError(f"{folder} is not an empty folder", hint="name another with -o")
    found = read(source, negatives_only=negatives_only)
    texts = {article.name: article.text for article in found.articles}
    kept, left_out = _usable(found.items, texts)
    if not kept:
        told = "; ".join(left_out) or "it holds no question"
        raise EvalError(f"{source}: no case can be made of it ({told})")
    if n_cases is not None and n_cases < len(kept):
        chosen = sorted(random.Random(seed).sample(range(len(kept)), n_cases))
        kept = [kept[i] for i in chosen]
    _write(folder, source.stem, texts, [_case(item) for item in kept])
    suite = folder / "suite.toml"
    return Converted(found.format, folder, suite, len(texts), len(kept), left_out)


def read(source: Path, *, negatives_only: bool = False) -> Collection:
    """The question set in ``source``, by its looks.

    Raises:
        EvalError: if it cannot be read, or is in no known format.
    """
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise EvalError(f"cannot read {source}: {exc}") from exc
    whole = _parsed(text)
    if isinstance(whole, dict) and "data" in whole:
        if negatives_only:
            raise EvalError(f"{source} is a SQuAD file: it has no negative passages")
        return squad.read_squad(Field(whole, source, "file", squad.HINT))
    lines = _lines(text, whole, source)
    return rgb.read_rgb(lines, negatives_only=negatives_only)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # it may still be JSON line by line


def _lines(text: str, whole: Any, source: Path) -> list[Field]:
    if isinstance(whole, list):
        return Field(whole, source, "file", rgb.HINT).items()
    fields: list[Field] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise EvalError(f"{source}, line {number}: not JSON ({exc})", hint=_FORMATS) from exc
        if not fields and not (isinstance(value, dict) and "query" in value):
            raise EvalError(f"{source} is neither a SQuAD nor an RGB file", hint=_FORMATS)
        fields.append(Field(value, source, f"line {number}", rgb.HINT))
    return fields


def _usable(items: Iterable[Item], texts: dict[str, str]) -> tuple[list[Item], dict[str, int]]:
    """The questions that can be cases, with only such gold as can be looked up, and for each reason
    how many cannot."""
    kept: list[Item] = []
    left_out: Counter[str] = Counter()
    for item in items:
        gold = tuple(tuple(s for s in places if _occurs_once(s, texts)) for places in item.gold)
        if item.lacking:
            left_out[item.lacking] += 1
        elif not all(gold):
            left_out["the sentence with the answer stands more than once in its article"] += 1
        else:
            kept.append(replace(item, gold=gold))
    return kept, dict(left_out)


def _occurs_once(place: Sentence, texts: dict[str, str]) -> bool:
    return texts[place.article].count(place.text) == 1


def _case(item: Item) -> EvalCase:
    return EvalCase(
        id=item.id,
        kind=item.kind,
        question=item.question,
        gold=tuple(_gold(places) for places in item.gold),
        facts=item.facts,
        tags=item.tags,
    )


def _gold(places: tuple[Sentence, ...]) -> GoldQuote:
    first, *others = (GoldQuote(place.article, place.text) for place in places)
    return GoldQuote(first.document, first.quote, tuple(others))


def _write(folder: Path, name: str, texts: dict[str, str], cases: list[EvalCase]) -> None:
    articles = folder / "articles"
    try:
        articles.mkdir(parents=True, exist_ok=True)
        for article, text in texts.items():
            (articles / article).write_text(text, encoding="utf-8", newline="\n")
        label = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_") or "converted"
        (folder / "suite.toml").write_text(_SUITE.format(name=label), encoding="utf-8")
    except OSError as exc:
        raise EvalError(f"cannot write {folder}: {exc.strerror}") from exc
    write_cases(folder / "cases.jsonl", cases)
