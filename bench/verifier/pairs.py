"""Training pairs of claim and evidence, labelled by people or made from running text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.verifier.changes import NAME, changed, other_name
from rag.grounding.windows import windows_for
from rag.text.sentences import sentence_spans

RETRIEVAL_SETS = ("xquad_en", "nq_gold", "qamr_wikinews")
"""chunkeval is left out: the licences of its texts are not known."""
_SYNONYMS = dict(
    pair.split("/")
    for pair in """began/started started/began large/big big/large purchased/bought bought/purchased
movie/film film/movie famous/well-known built/constructed constructed/built
released/published located/situated situated/located important/significant near/close-to
approximately/about about/around nearly/almost almost/nearly many/numerous numerous/many
received/got created/made made/created died/passed-away ended/finished home/house also/too
located/found wrote/authored authored/wrote usually/generally generally/usually often/frequently
often/commonly main/principal chief/main required/needed needed/required helped/assisted
showed/demonstrated became/turned-into several/some entire/whole whole/entire several/various
attempted/tried tried/attempted children/kids rapidly/quickly quickly/fast currently/now
referred/known discovered/found
roughly/about primarily/mainly mainly/mostly mostly/mainly while/whereas because/since
however/but over/more-than under/less-than gave/provided provided/gave happened/occurred
occurred/happened employed/used used/utilized utilized/used""".split()
)
_DIGITS = dict(enumerate("zero one two three four five six seven eight nine ten".split()))
_FILLERS = re.compile(
    r"\b(however|also|therefore|moreover|furthermore|indeed|very|often called|in fact),?\s",
    re.IGNORECASE,
)
_OPENERS = ("Well, ", "Yes, ", "I know that ", "It is said that ", "According to the text, ")


@dataclass(frozen=True, slots=True)
class Example:
    """A claim, what it stands on, and whether it stands.

    Attributes:
        label: 1.0 if the evidence supports all of the claim.
        wrong: character ranges of the claim that it does not bear; None if not known.
    """

    claim: str
    evidence: str
    label: float
    wrong: tuple[tuple[int, int], ...] | None = None


def labelled_nli(path: Path) -> list[Example]:
    """The pairs of ``train_nli.jsonl``."""
    records = [json.loads(line) for line in path.open(encoding="utf-8")]
    return [
        Example(r["claim"], r["evidence"], float(r["label"]), () if r["label"] else None)
        for r in records
    ]


def labelled_grounding(folder: Path, name: str) -> list[Example]:
    """The pairs of a development set, long evidence cut to what the verifier would read."""
    found = []
    for path in sorted(folder.glob(f"{name}.dev*.jsonl")):
        for line in path.open(encoding="utf-8"):
            r = json.loads(line)
            for window in windows_for(r["claim"], r["evidence"], lambda term: 1.0)[:1]:
                wrong = () if r["label"] else None
                found.append(Example(r["claim"], window, float(r["label"]), wrong))
    return found


def passages(folder: Path) -> list[list[str]]:
    """The paragraphs of the retrieval sets as lists of sentences."""
    found = []
    for name in RETRIEVAL_SETS:
        for line in (folder / f"{name}.docs.jsonl").open(encoding="utf-8"):
            for paragraph in json.loads(line)["text"].split("\n\n"):
                spans = sentence_spans(paragraph)
                sentences = [" ".join(s.of(paragraph).split()) for s in spans]
                kept = [s for s in sentences if 20 < len(s) < 400]
                if kept:
                    found.append(kept)
    return found


def perturbed(examples: Sequence[Example], rng: random.Random) -> list[Example]:
    """Supported claims, each with one thing in it changed."""
    names = [n for e in examples for n in NAME.findall(e.evidence) if len(n) > 3] or ["London"]
    made = []
    for example in examples:
        inside = [n for n in NAME.findall(example.evidence) if len(n) > 3]
        offered = rng.sample(names, min(10, len(names))) + 3 * inside
        if example.label == 1.0 and (new := changed(example.claim, offered, rng)):
            made.append(Example(new.text, example.evidence, 0.0, new.wrong))
    return made


def among_others(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    """``examples``, a share of them with another one's evidence before or behind their own."""
    made = []
    for example in examples:
        if rng.random() < share and len(example.evidence) < 300:
            other = rng.choice(examples).evidence[:250]
            both = [example.evidence, other]
            rng.shuffle(both)
            example = replace(example, evidence=" ".join(both))
        made.append(example)
    return made


def made_from(texts: Sequence[list[str]], rng: random.Random) -> list[Example]:
    """For every sentence: told again beside its surroundings, told wrongly, told where it is not,
    told with more than is there."""
    every = [n for p in texts for s in p for n in NAME.findall(s) if len(n) > 3]
    made = []
    for text in texts:
        own = [n for s in text for n in NAME.findall(s) if len(n) > 3]
        for i, sentence in enumerate(text):
            names = rng.sample(every, 8) + 2 * own
            first = max(0, i - rng.choice((0, 0, 1, 2)))
            around = text[first : i + rng.choice((1, 1, 2, 3))]
            made += _of_sentence(sentence, around, texts, names, rng)
    return made


def _of_sentence(
    sentence: str,
    around: list[str],
    texts: Sequence[list[str]],
    names: Sequence[str],
    rng: random.Random,
) -> list[Example]:
    evidence = " ".join(around)
    claim = retold(sentence, rng)
    made = [Example(claim, evidence, 1.0, ())]
    if new := changed(claim, names, rng):
        made.append(Example(new.text, evidence, 0.0, new.wrong))
    dice = rng.random()
    absent = [s for s in around if s != sentence]
    if dice < 0.2 and absent:
        made.append(Example(claim, " ".join(absent), 0.0, None))
    elif dice < 0.45 and (cut := shortened(sentence, rng)):
        less = " ".join(cut[0] if s == sentence else s for s in around)
        made.append(Example(sentence, less, 0.0, (cut[1],)))
    elif dice < 0.65:
        made.append(_joined(claim, rng.choice(rng.choice(texts)), evidence))
    elif dice < 0.8 and (swapped := other_name(claim, names, rng)):
        made.append(Example(swapped.text, evidence, 0.0, swapped.wrong))
    if rng.random() < 0.15 and absent:
        both = f"{sentence.rstrip('.')}, and {retold(absent[0], rng)}"
        made.append(Example(both, evidence, 1.0, ()))
    return made


def _joined(claim: str, more: str, evidence: str) -> Example:
    start = len(claim.rstrip(". ")) + len(", and ")
    text = f"{claim.rstrip('. ')}, and {more}"
    return Example(text, evidence, 0.0, ((start, len(text)),))


def shortened(sentence: str, rng: random.Random) -> tuple[str, tuple[int, int]] | None:
    """``sentence`` without one of its parts, and where that part stood."""
    found = [
        m.span()
        for m in re.finditer(
            r", [^,]{8,60}(?=,|\.$)| \([^)]+\)"
            r"| (?:in|on|by|from|for|with|during|after|of|at) (?:the )?[A-Z0-9][\w-]+(?: [A-Z]\w+)*"
            r"| (?:and|or) [^,.]{5,40}(?=[,.])",
            sentence,
        )
        if m.start() > 10
    ]
    if not found:
        return None
    start, end = rng.choice(found)
    return sentence[:start] + sentence[end:], (start, end)


def retold(sentence: str, rng: random.Random) -> str:
    """``sentence`` in words that it still supports: cut, turned round, with other words."""
    text = sentence
    if rng.random() < 0.35 and (cut := shortened(text, rng)):
        text = cut[0]
    if rng.random() < 0.2:
        text = _turned(text)
    if rng.random() < 0.5:
        text = _other_words(text, rng)
    if rng.random() < 0.3:
        text = _FILLERS.sub("", text)
    if rng.random() < 0.1:
        text = text.lower()
    if rng.random() < 0.08:
        text = rng.choice(_OPENERS) + text
    return text[:1].upper() + text[1:] if rng.random() < 0.5 else text


def _turned(text: str) -> str:
    """ "In 1990, he left." as "He left in 1990." """
    match = re.fullmatch(r"((?:In|On|At|During|After|Before|By|From) [^,]{3,40}), (.+?)\.", text)
    if match is None:
        return text
    start, rest = match.groups()
    return f"{rest[:1].upper()}{rest[1:]} {start[:1].lower()}{start[1:]}."


def _other_words(text: str, rng: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        word = match.group()
        if word in _SYNONYMS and rng.random() < 0.6:
            return _SYNONYMS[word].replace("-", " ")
        if word.isdigit() and int(word) in _DIGITS and rng.random() < 0.5:
            return _DIGITS[int(word)]
        return word

    return re.sub(r"(?<![\d.,])\b\w+\b(?![.,]\d)", other, text)
