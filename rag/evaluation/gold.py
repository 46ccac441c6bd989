"""Finds gold quotes in the articles, and says whether something cited or retrieved lies on one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from rag.errors import EvalError
from rag.evaluation.source import read_source
from rag.evaluation.types import EvalCase, GoldQuote
from rag.types import Chunk, Evidence, Span


def verify_gold(cases: Iterable[EvalCase], folders: Sequence[Path]) -> tuple[EvalCase, ...]:
    """The cases with every gold quote looked up in the articles of ``folders``.

    Raises:
        EvalError: an article that is missing, ambiguous or unreadable, a quote that does not occur
            in it exactly once.
    """
    texts: dict[Path, str] = {}
    return tuple(
        replace(case, gold=tuple(_located(gold, case, folders, texts) for gold in case.gold))
        for case in cases
    )


def _located(
    gold: GoldQuote, case: EvalCase, folders: Sequence[Path], texts: dict[Path, str]
) -> GoldQuote:
    path = _find(gold.document, case, folders)
    also = tuple(_located(other, case, folders, texts) for other in gold.alternatives)
    if path not in texts:
        texts[path] = read_source(path)
    n_found = texts[path].count(gold.quote)
    if n_found != 1:
        times = "does not occur" if n_found == 0 else f"occurs {n_found} times"
        raise EvalError(
            f"case {case.id}: the gold quote {times} in {gold.document}: {gold.quote[:80]!r}",
            hint=f"quote the article verbatim, once: {path}",
        )
    start = texts[path].index(gold.quote)
    return replace(gold, alternatives=also, span=Span(start, start + len(gold.quote)))


def _find(document: str, case: EvalCase, folders: Sequence[Path]) -> Path:
    candidates = [folder / document for folder in folders]
    candidates += [folder.parent / document for folder in folders]
    found = list(dict.fromkeys(path.resolve() for path in candidates if path.is_file()))
    if not found:
        name = Path(document).name
        found = [path.resolve() for folder in folders for path in sorted(folder.rglob(name))]
    if len(found) == 1:
        return found[0]
    if found:
        raise EvalError(
            f"case {case.id}: {document} may be any of {', '.join(map(str, found))}",
            hint="write the path relative to the folder of articles",
        )
    names = [p.name for folder in folders for p in folder.rglob("*") if p.is_file()]
    near = difflib.get_close_matches(Path(document).name, names, n=1)
    raise EvalError(
        f"case {case.id}: no article {document} in {', '.join(map(str, folders))}",
        hint=f"did you mean {near[0]}?" if near else "",
    )


def same_document(left: str, right: str) -> bool:
    """Whether two ids may name one article: the parts of one end the other.

    The id of an article depends on how many folders were indexed (``x.md`` or ``seeds/x.md``), and
    a case may write it from elsewhere (``../eval/documents/x.md``).
    """
    a, b = _parts(left), _parts(right)
    n = min(len(a), len(b))
    return n > 0 and a[-n:] == b[-n:]


def _parts(document: str) -> tuple[str, ...]:
    parts = PurePosixPath(document.replace("\\", "/")).parts
    return tuple(part for part in parts if part not in ("..", ".", "/"))


def cites(evidence: Evidence, gold: GoldQuote) -> bool:
    """Whether the evidence lies on the gold quote or on one of its alternatives."""
    return any(_on(evidence.document_id, evidence.span, evidence.quote, g) for g in gold.choices)


def covers(chunk: Chunk, gold: GoldQuote) -> bool:
    """Whether the chunk overlaps the gold quote or one of its alternatives."""
    return any(_on(chunk.document_id, chunk.span, chunk.text, g) for g in gold.choices)


def _on(document_id: str, span: Span, text: str, gold: GoldQuote) -> bool:
    if not same_document(document_id, gold.document):
        return False
    if gold.span is not None:
        return span.overlaps(gold.span)
    ours, theirs = " ".join(text.split()), " ".join(gold.quote.split())
    return bool(ours) and (ours in theirs or theirs in ours)
