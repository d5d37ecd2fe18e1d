"""Train the faithfulness detector: ``python -m training.faithfulness --data ../shared/data --out OUT --minutes 55``.

Segment A is a window of the context, segment B an answer of several claims. The mean of a claim's hidden states
says whether the window supports it, does not, or contradicts it; the token head says of every piece of the answer
whether it is wrong, and is trained where edits or people made that known.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch.nn.functional as functional
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from training.base import load_base
from training.encoder import Encoder, load_trained
from training.faithfulness_data import WINDOW_SIZES, Example, build, denser, print_counts
from training.judged import judged, mixed
from training.loop import CLS, SEP, Batch, Encoded, Loss, Schedule, load_tokenizer, train_in_processes
from training.passages import read_documents
from training.twins import table_twins, twins
from training.wordnet import DEFAULT_FOLDER, WordNet

LABELS = ("supported", "unsupported", "contradicted")
MAX_LENGTH = 448
MAX_ANSWER = 224
TOKEN_WEIGHT = 1.0


def encode(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Encoded]:
    """Word pieces of every example; the window is cut where the two do not fit."""
    answers = [example.answer() for example in examples]
    windows = tokenizer.encode_batch([example.window for example in examples], add_special_tokens=False)
    texts = tokenizer.encode_batch([text for text, _ in answers], add_special_tokens=False)
    return [
        _encoded(example, starts, window.ids, answer)
        for example, (_, starts), window, answer in zip(examples, answers, windows, texts, strict=True)
    ]


def _encoded(example: Example, starts: Sequence[int], window: list[int], answer: Encoding) -> Encoded:
    second = answer.ids[:MAX_ANSWER]
    first = window[: MAX_LENGTH - 3 - len(second)]
    offset = len(first) + 2
    marks = [-1.0] * len(second)
    parts = []
    places = iter(zip(range(len(second)), answer.offsets, strict=False))
    held = next(places, None)
    for claim, start in zip(example.claims, starts, strict=True):
        pieces = []
        while held is not None and held[1][0] < start + len(claim.text):
            if held[1][0] >= start:
                pieces.append(held)
            held = next(places, None)
        if not pieces:
            continue
        parts.append((offset + pieces[0][0], offset + pieces[-1][0] + 1, claim.label, claim.weight))
        for place, (a, b) in pieces if claim.bad is not None else ():
            marks[place] = float(any(a < start + end and b > start + left for left, end in claim.bad or ()))
    return Encoded(
        [CLS, *first, SEP, *second, SEP],
        [0] * offset + [1] * (len(second) + 1),
        0,
        [-1.0] * offset + marks + [-1.0],
        parts,
    )


def loss_of(model: Encoder, batch: Batch) -> Tensor:
    """Cross-entropy of the claims' labels, plus that of the tokens where they are known."""
    assert model.token_head is not None
    hidden = model.hidden(batch.ids, batch.types, batch.mask)
    logits = model.classifier(pool(hidden, batch.parts)).float()
    losses = functional.cross_entropy(logits, batch.parts[:, 3], reduction="none")
    total = (losses * batch.part_weights).sum() / batch.part_weights.sum()
    known = batch.token_labels >= 0
    if bool(known.any()):
        scores = model.token_head(hidden)[..., 0].float()[known]
        total = total + TOKEN_WEIGHT * functional.binary_cross_entropy_with_logits(scores, batch.token_labels[known])
    return total


def pool(hidden: Tensor, parts: Tensor) -> Tensor:
    """Mean hidden state of each part, [parts, width]; ``parts`` is [parts, 4] as in ``Batch``."""
    flat = hidden.float().cumsum(1)
    before = functional.pad(flat, (0, 0, 1, 0))
    row, start, end = parts[:, 0], parts[:, 1], parts[:, 2]
    total = before[row, end] - before[row, start]
    return (total / (end - start).clamp(min=1)[:, None]).to(hidden.dtype)


def task(init: Path | None = None, base: Path | None = None, frozen: int = 1) -> tuple[Encoder, Loss]:
    """The model and its loss, made anew in every worker: that of the checkpoint `init`, else one that begins as the
    model in the folder `base` (`training.base`), else as the base embedder."""
    if init is not None:
        return load_trained(load_file(init), len(LABELS), token_head=True, frozen=frozen), loss_of
    return Encoder(
        len(LABELS), token_head=True, frozen=frozen, base=None if base is None else load_base(base)
    ), loss_of


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--wordnet", type=Path, help=f"folder of WordNet's files, such as {DEFAULT_FOLDER}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=55.0)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--base", type=Path, help="folder of a larger base model (training.base)")
    parser.add_argument("--frozen", type=int, default=1, help="lowest layers that stay as they are")
    parser.add_argument("--judged", type=float, default=0.0, help="share of what people judged, in [0, 1)")
    parser.add_argument("--rounds", type=int, default=6, help="how often passages are gone through for edited claims")
    parser.add_argument("--twins", type=int, default=0, help="how often passages are gone through for twins")
    parser.add_argument(
        "--windows", type=int, nargs="+", default=WINDOW_SIZES, help="sizes for claims made of passages"
    )
    parser.add_argument(
        "--inference", type=float, help="share of pairs of inference, in (0, 1]; other examples thinned"
    )
    parser.add_argument("--init", type=Path, help="a checkpoint to begin from")
    parser.add_argument("--resume", action="store_true", help="go on where a run with the same --out was cut off")
    options = parser.parse_args()
    made = build(
        options.data,
        options.seed,
        WordNet(options.wordnet) if options.wordnet else None,
        rounds=options.rounds,
        sizes=options.windows,
    )
    rng = random.Random(options.seed)
    documents = read_documents(options.data, options.seed) if options.twins else []
    for _ in range(options.twins):
        made += [*twins(documents, rng, sizes=options.windows), *table_twins(options.data, rng)]
    if options.judged:
        made = mixed(made, judged(options.data, random.Random(options.seed)), options.judged)
    if options.inference:
        made = denser(made, options.inference, rng)
    print_counts(made)
    random.Random(options.seed).shuffle(made)
    examples = [example for example in encode(made, load_tokenizer()) if example.parts]
    print(f"{len(examples)} examples, {sum(len(example.ids) for example in examples)} pieces", flush=True)
    checkpoint = options.out / "checkpoint.safetensors"
    schedule = Schedule(options.minutes, options.rate, checkpoint, tokens=2048, resume=options.resume)
    made_anew = partial(task, options.init, options.base, options.frozen)
    train_in_processes(made_anew, examples, schedule, seed=options.seed, workers=options.workers)


if __name__ == "__main__":
    main()
