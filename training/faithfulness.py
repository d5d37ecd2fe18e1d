"""Train ``faithfulness-minilm-v1``: ``python -m training.faithfulness --data ../shared/data --out OUT --minutes 55``.

Segment A is a window of the context, segment B one sentence of the answer. The first token says
supported, unsupported or contradicted; the token head says of every piece of the sentence whether it is
wrong, and is trained where edits made that known.
"""

from __future__ import annotations

import argparse
import random
from functools import partial
from pathlib import Path

import torch.nn.functional as functional
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from training.encoder import Encoder, load_trained
from training.faithfulness_data import Pair, build
from training.loop import CLS, SEP, Batch, Encoded, Loss, Schedule, load_tokenizer, train_in_processes

LABELS = ("supported", "unsupported", "contradicted")
MAX_LENGTH = 320
MAX_SENTENCE = 96
TOKEN_WEIGHT = 0.5
FROZEN = 2
"""Lowest layers that stay as they are: a quarter less work a step."""


def encode(pairs: list[Pair], tokenizer: Tokenizer) -> list[Encoded]:
    """Word pieces of every pair; the window is cut where the two do not fit."""
    windows = tokenizer.encode_batch([pair.window for pair in pairs], add_special_tokens=False)
    sentences = tokenizer.encode_batch([pair.sentence for pair in pairs], add_special_tokens=False)
    encoded = []
    for pair, window, sentence in zip(pairs, windows, sentences, strict=True):
        second = sentence.ids[:MAX_SENTENCE]
        first = window.ids[: MAX_LENGTH - 3 - len(second)]
        ids = [CLS, *first, SEP, *second, SEP]
        types = [0] * (len(first) + 2) + [1] * (len(second) + 1)
        tokens = None
        if pair.bad is not None:
            marks = [float(any(a < end and b > start for start, end in pair.bad)) for a, b in sentence.offsets]
            tokens = [-1.0] * (len(first) + 2) + marks[:MAX_SENTENCE] + [-1.0]
        encoded.append(Encoded(ids, types, pair.label, pair.weight, tokens))
    return encoded


def loss_of(model: Encoder, batch: Batch) -> Tensor:
    """Cross-entropy of the label, plus that of the tokens where they are known."""
    assert model.token_head is not None
    hidden = model.hidden(batch.ids, batch.types, batch.mask)
    logits = model.classifier(hidden[:, 0]).float()
    losses = functional.cross_entropy(logits, batch.labels, reduction="none")
    total = (losses * batch.weights).sum() / batch.weights.sum()
    known = batch.token_labels >= 0
    if bool(known.any()):
        scores = model.token_head(hidden)[..., 0].float()[known]
        total = total + TOKEN_WEIGHT * functional.binary_cross_entropy_with_logits(scores, batch.token_labels[known])
    return total


def task(init: Path | None = None) -> tuple[Encoder, Loss]:
    """The model (that of the checkpoint `init`, if given) and its loss, made anew in every worker."""
    if init is None:
        return Encoder(len(LABELS), token_head=True, frozen=FROZEN), loss_of
    model = load_trained(load_file(init), len(LABELS), token_head=True)
    for layer in list(model.layers)[:FROZEN]:
        layer.requires_grad_(False)
    return model, loss_of


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=55.0)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--init", type=Path, help="a checkpoint to go on from")
    options = parser.parse_args()
    pairs = build(options.data, options.seed)
    random.Random(options.seed).shuffle(pairs)
    examples = encode(pairs, load_tokenizer())
    print(f"{len(examples)} pairs, {sum(len(example.ids) for example in examples)} pieces", flush=True)
    schedule = Schedule(options.minutes, options.rate, options.out / "checkpoint.safetensors", tokens=1024)
    train_in_processes(partial(task, options.init), examples, schedule, seed=options.seed, workers=options.workers)


if __name__ == "__main__":
    main()
