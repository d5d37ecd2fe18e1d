"""What the recipes of the single-text classifiers share: one text in, one logit a label out."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import torch.nn.functional as functional
from safetensors.torch import load_file
from torch import Tensor

from evaluator.text.sentences import split_sentences
from training.data import read_rows
from training.encoder import Encoder, load_trained
from training.loop import CLS, SEP, Batch, Encoded, Loss, Schedule, load_tokenizer, train_in_processes

MAX_LENGTH = 160
"""Word pieces of a window, the two special ones included."""
Label = int | None
"""1 bad, 0 good, None where nobody knows."""
Example = tuple[str, Label | tuple[Label, ...], float]
"""Text, its label (one for each head where there are several), weight."""
Source = Callable[[Path, random.Random], Iterable[Example]]
"""Examples of one kind, from the data folder."""


def harmless_passages(data: Path, rng: random.Random) -> list[str]:
    """Runs of three sentences of encyclopaedic and business prose, in random order."""
    contexts: set[str] = set()
    for name in ("begin_wow.test.dev", "halueval_qa.subset", "summedits.test.dev"):
        contexts.update(row.context for row in read_rows(data / f"faithfulness/{name}.jsonl.gz"))
    texts = []
    for context in sorted(contexts):
        spans = split_sentences(context)[:24]
        parts = [spans[start : start + 3] for start in range(0, len(spans), 3)]
        texts += [context[part[0].start : part[-1].end] for part in parts]
    rng.shuffle(texts)
    return texts


def encode(examples: Sequence[Example]) -> list[Encoded]:
    """Word pieces of every example, cut to the model's length; a part says (head, 0, label, weight)."""
    texts = [text[:4000] for text, _, _ in examples]
    found = load_tokenizer().encode_batch(texts, add_special_tokens=False)
    encoded = []
    for (_, said, weight), item in zip(examples, found, strict=True):
        ids = [CLS, *item.ids[: MAX_LENGTH - 2], SEP]
        labels = said if isinstance(said, tuple) else (said,)
        parts = [(head, 0, label, weight) for head, label in enumerate(labels) if label is not None]
        encoded.append(Encoded(ids, [0] * len(ids), int(1 in labels), parts=parts))
    return encoded


def loss_of(model: Encoder, batch: Batch) -> Tensor:
    """Weighted binary cross-entropy of the first token's logits, over all labels that are known."""
    hidden = model.hidden(batch.ids, batch.types, batch.mask)
    row, head, _, label = batch.parts.T
    logits = model.classifier(hidden[:, 0]).float()[row, head]
    losses = functional.binary_cross_entropy_with_logits(logits, label.float(), reduction="none")
    return (losses * batch.part_weights).sum() / batch.part_weights.sum()


def task(heads: int, init: Path | None = None) -> tuple[Encoder, Loss]:
    """The model (that of the checkpoint or weights ``init``, if given) and its loss, made anew in every worker. Of an
    ``init`` with one head every head begins as that one."""
    if init is None:
        return Encoder(heads, token_head=False), loss_of
    tensors = load_file(init)
    for name in ("classifier.weight", "classifier.bias"):
        if len(tensors[name]) == 1:
            tensors[name] = tensors[name].repeat_interleave(heads, 0)
    return load_trained(tensors, heads, token_head=False), loss_of


def run(description: str | None, sources: Sequence[Source], *, seed: int, minutes: float, heads: int = 1) -> None:
    """Command line of a recipe: train on what ``sources`` yield, ``minutes`` and ``seed`` being the defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--init", type=Path, help="a checkpoint, or shipped weights, to go on from")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    examples = encode([example for source in sources for example in source(options.data, rng)])
    bad = sum(example.label for example in examples)
    print(f"{len(examples)} examples, {bad} bad, {sum(len(e.ids) for e in examples)} pieces", flush=True)
    schedule = Schedule(options.minutes, options.rate, options.out / "checkpoint.safetensors")
    train_in_processes(
        partial(task, heads, options.init), examples, schedule, seed=options.seed, workers=options.workers
    )
