"""Fits the weights of the sentence ranker and of the answerability decision.

    python -m bench.fit_evidence --data DIR          (DIR holds NAME.docs.jsonl, NAME.queries.jsonl)

Both are logistic models over the features of the production code, on the production pipeline
(chunker, embedder, hybrid retrieval). Sentence ranker: does a sentence of the five retrieved
passages hold the answer. Answerability: the same questions as they are, with the passages that
answer taken out, and with their whole article taken out. Every set weighs the same. The script
prints how the models do on each set when it was left out, then writes the models fitted on all.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.devsets import DevSet, Query, RememberingEmbedder, indexed, load_set
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.grounding import answerability
from rag.logistic import LogisticModel
from rag.retrieval import evidence
from rag.retrieval.evidence import Prepared, SentenceRanker
from rag.retrieval.hybrid import HybridRetriever
from rag.text.question import analyse
from rag.types import Hit, Passage

SENTENCE_SETS = ("xquad_en", "nq_gold", "qamr_wikinews")
ANSWERABILITY_SETS = ("xquad_en", "nq_gold")
FOREIGN = {"xquad_en": "nq_gold", "nq_gold": "xquad_en", "qamr_wikinews": "xquad_en"}
"""Whose questions are asked of a set's articles, to be refused."""
N_FOREIGN = 400
DROPOUT = 0.35
"""Share of a question's words that a paraphrase replaces."""
N_PASSAGES = 5
POOL = 40
BLANK = LogisticModel(evidence.FEATURES, np.zeros(len(evidence.FEATURES)), 0.0)
"""Stands in while the ranker's own features are collected."""


@dataclass
class Rows:
    """Feature rows of one set; ``group`` is the question's number."""

    x: np.ndarray
    y: np.ndarray
    group: np.ndarray


def retrieve_all(
    queries: Sequence[Query], retriever: HybridRetriever
) -> list[tuple[Query, list[Hit]]]:
    """Every query with its hits, deep enough that the answering ones can be taken out."""
    return [(query, retriever.retrieve(query.question, POOL)) for query in queries]


def passages_of(hits: Sequence[Hit]) -> list[Passage]:
    """The first hits as they would be offered."""
    return [Passage(label, hit.chunk) for label, hit in enumerate(hits[:N_PASSAGES], 1)]


def sentences_of(found: Sequence[tuple[Query, list[Hit]]]) -> list[str]:
    """The sentences of all passages that can be offered, to embed them in one go."""
    chunks = {hit.chunk.id: hit.chunk for _, hits in found for hit in hits[: 2 * N_PASSAGES]}
    return [span.of(chunk.text) for chunk in chunks.values() for span in chunk.sentences]


def paraphrased(prepared: Prepared, rng: np.random.Generator) -> Prepared:
    """``prepared`` as if the asker had used other words for a part of it: those words match
    nothing. The question sets were written with the passage in view, people ask without."""
    other = {t: f"{t}~" for t in prepared.idf if rng.random() < DROPOUT}
    idf = {other.get(t, t): weight for t, weight in prepared.idf.items()}
    question = prepared.question
    names = frozenset(other.get(t, t) for t in question.names)
    unit = frozenset(other.get(t, t) for t in question.unit)
    return replace(prepared, idf=idf, question=replace(question, names=names, unit=unit))


def sentence_rows(found: Sequence[tuple[Query, list[Hit]]], ranker: SentenceRanker) -> Rows:
    """One row a sentence of the offered passages; 1 where it holds the answer. Every question comes
    as it is (even group) and paraphrased (odd group)."""
    x, y, group = [], [], []
    rng = np.random.default_rng(0)
    for number, (query, hits) in enumerate(found):
        prepared = ranker.prepare(query.question)
        for form in (prepared, paraphrased(prepared, rng)):
            for rank, passage in enumerate(passages_of(hits), 1):
                x.append(ranker.features(form, passage, rank))
                for span in passage.chunk.sentences:
                    y.append(query.answered_by(passage.chunk, span))
                    group.append(2 * number + (form is not prepared))
    return Rows(np.vstack(x), np.array(y, dtype=float), np.array(group))


def decision_rows(
    found: Sequence[tuple[Query, list[Hit]]],
    foreign: Sequence[tuple[Query, list[Hit]]],
    ranker: SentenceRanker,
) -> Rows:
    """Three rows a question: as it is (1), without its passages (0), without its article (0); and
    one (0) for each question to other articles, ``foreign``."""
    x: list[np.ndarray] = []
    y: list[int] = []
    group: list[int] = []
    rng = np.random.default_rng(0)

    def add(question: str, hits: Sequence[Hit], *, label: int, number: int) -> None:
        prepared = ranker.prepare(question)
        for form in (prepared, paraphrased(prepared, rng)):
            ranked = ranker.rank_prepared(form, passages_of(hits))
            x.append(answerability.features(analyse(question), ranked))
            y.append(label)
            group.append(2 * number + (form is not prepared))

    for query, hits in foreign:
        add(query.question, hits, label=0, number=-1)
    for number, (query, hits) in enumerate(found):
        without_passage = [h for h in hits if not query.answered_by(h.chunk)]
        without_article = [h for h in hits if h.chunk.title not in query.titles]
        for label, kept in ((1, hits), (0, without_passage), (0, without_article)):
            if kept and (label == 0 or any(query.answered_by(h.chunk) for h in kept[:N_PASSAGES])):
                add(query.question, kept, label=label, number=number)
    return Rows(np.vstack(x), np.array(y, dtype=float), np.array(group))


def fit(rows: Sequence[Rows]) -> LogisticRegression:
    """A logistic regression in which every set weighs the same and so does each class in it."""
    weights = [
        np.where(r.y == 1, 0.5 / max(1, r.y.sum()), 0.5 / max(1, (1 - r.y).sum())) for r in rows
    ]
    weight = np.concatenate(weights)
    model = LogisticRegression(C=1.0, max_iter=5000)
    x = np.vstack([r.x for r in rows])
    return model.fit(x, np.concatenate([r.y for r in rows]), weight * len(weight) / weight.sum())


def top_k(model: LogisticRegression, rows: Rows) -> str:
    """Share of questions with an answering sentence among the first 1, 2 and 3."""
    z = model.decision_function(rows.x)
    found = {1: [], 2: [], 3: []}
    for number in np.unique(rows.group):
        mask = rows.group == number
        if rows.y[mask].any():
            order = np.argsort(-z[mask], kind="stable")
            for k, hits in found.items():
                hits.append(rows.y[mask][order[:k]].max())
    return " / ".join(f"{np.mean(hits):.3f}" for hits in found.values())


def separation(model: LogisticRegression, rows: Rows) -> str:
    """AUROC, and the share refused of what cannot be answered where 5 % of the rest are."""
    z = model.decision_function(rows.x)
    cut = np.quantile(z[rows.y == 1], 0.05)
    refused = float(np.mean(z[rows.y == 0] < cut))
    at_half = float(np.mean(z[rows.y == 0] < 0)), float(np.mean(z[rows.y == 1] < 0))
    return (
        f"AUROC {roc_auc_score(rows.y, z):.3f}, refused at 5 % false refusals {refused:.3f}, "
        f"at p = 0.5 {at_half[0]:.3f} against {at_half[1]:.3f}, logit at 5 % {cut:.2f}"
    )


def as_model(model: LogisticRegression, features: Sequence[str]) -> LogisticModel:
    """The fitted model in the form the program uses."""
    return LogisticModel(tuple(features), model.coef_[0], float(model.intercept_[0]))


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="report only")
    options = parser.parse_args()
    embedder = RememberingEmbedder(SentenceTransformerEmbedder())
    found, rankers, terms, foreign = {}, {}, {}, {}
    with tempfile.TemporaryDirectory() as work:
        for name in SENTENCE_SETS:
            devset: DevSet = load_set(options.data, name)
            index = indexed(devset, Path(work) / name, embedder)
            embedder.embed_documents([query.question for query in devset.queries])
            found[name] = retrieve_all(devset.queries, HybridRetriever(index, embedder))
            terms[name] = (index.document_frequency, index.n_chunks)
            rankers[name] = SentenceRanker(embedder, *terms[name], model=BLANK)
            strangers = FOREIGN[name]
            others = load_set(options.data, strangers).queries[:N_FOREIGN]
            embedder.embed_documents([query.question for query in others])
            foreign[name] = retrieve_all(others, HybridRetriever(index, embedder))
            embedder.embed_documents(sentences_of([*found[name], *foreign[name]]))
            print(f"{name}: {len(found[name])} questions, {index.n_chunks} chunks", flush=True)
        sentences = {name: sentence_rows(found[name], rankers[name]) for name in SENTENCE_SETS}
        for name in SENTENCE_SETS:
            others = fit([sentences[n] for n in SENTENCE_SETS if n != name])
            print(f"sentence ranker, {name} left out: {top_k(others, sentences[name])}")
        ranking = fit([sentences[n] for n in SENTENCE_SETS])
        for name in SENTENCE_SETS:
            print(f"sentence ranker, fitted on all, {name}: {top_k(ranking, sentences[name])}")
        chosen = as_model(ranking, evidence.FEATURES)
        for name in SENTENCE_SETS:
            rankers[name] = SentenceRanker(embedder, *terms[name], model=chosen)
        decisions = {n: decision_rows(found[n], foreign[n], rankers[n]) for n in SENTENCE_SETS}
    for name in ANSWERABILITY_SETS:
        others = fit([decisions[n] for n in ANSWERABILITY_SETS if n != name])
        print(f"answerability, {name} left out: {separation(others, decisions[name])}")
    deciding = fit([decisions[n] for n in ANSWERABILITY_SETS])
    for name in SENTENCE_SETS:
        print(f"answerability, fitted on both, {name}: {separation(deciding, decisions[name])}")
    if not options.dry_run:
        how = "python -m bench.fit_evidence"
        chosen.save(evidence.WEIGHTS_FILE, fitted_on=", ".join(SENTENCE_SETS), fitted_by=how)
        as_model(deciding, answerability.FEATURES).save(
            answerability.WEIGHTS_FILE, fitted_on=", ".join(ANSWERABILITY_SETS), fitted_by=how
        )


if __name__ == "__main__":
    main()
