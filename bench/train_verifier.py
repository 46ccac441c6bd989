"""Train the pair verifier from the packaged encoder.

    python -m bench.train_verifier --data DIR --out FILE [--start FILE] [--sets NAME ...]

DIR holds grounding/ and retrieval/. Without ``--sets`` only train_nli.jsonl and pairs made from
running text are learned; with them, these development sets too (and their claims perturbed), from
the state ``--start``. Figures for a set are only published from a state that never saw it: see
``bench.fit_verifier``. Nothing of seeds/ or eval/ is read.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from bench.verifier import pairs as data
from bench.verifier.pairs import Example
from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.pair_model import PairModel, padded
from rag.grounding.pair_text import MAX_CLAIM_TOKENS, Pair, PairTokenizer, pair_of
from rag.grounding.pair_weights import FROZEN_LAYERS

BATCH = 32
MAX_TOKENS = 176
TOKEN_LOSS = 0.5
NLI = {"cad": 1.0, "conj": 0.5}
"""Share of the NLI pairs drawn: twenty thousand more of their kind were measured to do nothing."""


def first_stage(folder: Path, rng: random.Random, *, share: float) -> list[Example]:
    """NLI pairs, some among others' evidence, and pairs made from running text."""
    nli = data.labelled_nli(folder / "grounding" / "train_nli.jsonl")
    nli = rng.sample(nli, int(len(nli) * 0.75 * share))
    made = data.made_from(data.passages(folder / "retrieval"), rng)
    made = rng.sample(made, int(len(made) * share))
    some = rng.sample(nli, len(nli) // 2)
    return [*data.among_others([*nli, *data.perturbed(some, rng)], 0.3, rng), *made]


def second_stage(folder: Path, sets: Sequence[str], rng: random.Random) -> list[Example]:
    """Labelled grounding pairs, perturbed ones, and a part of the first stage again."""
    found = []
    for name in sets:
        some = data.labelled_grounding(folder / "grounding", name)
        found += [*some, *data.perturbed(some, rng)]
        if name in ("begin_wow", "feversym", "fm2"):
            found += data.among_others(rng.sample(some, len(some) // 4), 1.0, rng)
    return [*found, *rng.sample(first_stage(folder, rng, share=0.3), len(found) // 4)]


def encoded(examples: Sequence[Example], tokenizer: PairTokenizer) -> list[tuple[Pair, np.ndarray]]:
    """Sequences with token targets: 1 wrong, 0 not, -1 not known; float32 ``(claim tokens,)``."""
    evidence = tokenizer.ids([e.evidence for e in examples])
    made = []
    for example, tokens in zip(examples, evidence, strict=True):
        ids, places = tokenizer.tokens(example.claim)
        target = np.full(len(ids), -1.0, dtype=np.float32)
        if example.wrong is not None:
            target[:] = 0.0
            for start, end in example.wrong:
                for i, (a, b) in enumerate(places):
                    if a < end and b > start:
                        target[i] = 1.0
        made.append((pair_of(ids, tokens, MAX_TOKENS), target[:MAX_CLAIM_TOKENS]))
    return made


def batches(n_tokens: Sequence[int], rng: random.Random) -> list[list[int]]:
    """Indices in batches of like lengths, in random order."""
    order = list(range(len(n_tokens)))
    rng.shuffle(order)
    found = []
    for start in range(0, len(order), BATCH * 50):
        part = sorted(order[start : start + BATCH * 50], key=lambda i: n_tokens[i])
        found += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    rng.shuffle(found)
    return found


def loss_of(
    model: PairModel, some: Sequence[tuple[Pair, np.ndarray]], labels: Sequence[float]
) -> torch.Tensor:
    """Cross-entropy of the pairs, plus half that of the tokens whose targets are known."""
    ids, ends = padded([pair for pair, _ in some])
    target = torch.full(ids.shape, -1.0)
    for row, (_, values) in zip(target, some, strict=True):
        row[1 : 1 + len(values)] = torch.from_numpy(values)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        supported, wrong, _ = model(ids, ends)
    loss = bce(supported.float(), torch.tensor(labels))
    known = target >= 0
    if known.any():
        weight = torch.tensor(3.0)
        loss = loss + TOKEN_LOSS * bce(wrong.float()[known], target[known], pos_weight=weight)
    return loss


def train(
    model: PairModel,
    examples: Sequence[Example],
    *,
    epochs: int,
    rate: float,
    seed: int,
    folder: Path,
) -> None:
    """The rate rises, then falls to nothing; embeddings and lower layers stay."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    every = encoded(examples, PairTokenizer(folder))
    for part in (model.encoder.embeddings, *model.encoder.encoder.layer[:FROZEN_LAYERS]):
        part.requires_grad_(False)
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    heads = [*model.pair_head.parameters(), *model.token_head.parameters()]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": heads, "lr": 4 * rate}], weight_decay=0.01
    )
    plan = [b for _ in range(epochs) for b in batches([len(p.ids) for p, _ in every], rng)]
    warm = max(1, len(plan) // 15)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda s: min((s + 1) / warm, max(0.01, (len(plan) - s) / (len(plan) - warm))),
    )
    model.train()
    started, losses = time.perf_counter(), []
    print(len(examples), "pairs,", len(plan), "batches", flush=True)
    for step, chosen in enumerate(plan, 1):
        loss = loss_of(model, [every[i] for i in chosen], [examples[i].label for i in chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0:
            passed = time.perf_counter() - started
            print(f"{step} loss {np.mean(losses[-100:]):.3f} {passed:.0f} s", flush=True)
    model.eval()


def main() -> None:
    """Train and write the state."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="state to go on from")
    parser.add_argument("--sets", nargs="*", default=[], help="development sets to learn from")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--share", type=float, default=1.0, help="of the first stage's pairs")
    options = parser.parse_args()
    folder = locate(PACKAGED_MODEL).path
    rng = random.Random(len(options.sets))
    if options.sets:
        examples = second_stage(options.data, options.sets, rng)
    else:
        examples = first_stage(options.data, rng, share=options.share)
    model = PairModel(folder)
    if options.start:
        model.load_state_dict(torch.load(options.start))
    train(model, examples, epochs=options.epochs, rate=options.rate, seed=0, folder=folder)
    torch.save(model.state_dict(), options.out)


if __name__ == "__main__":
    main()
