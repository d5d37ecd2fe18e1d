"""Train ``toxicity-minilm-v1``: ``python -m training.toxicity --data ../shared/data --out OUT --minutes 20``.

One text in, one logit out. Sets: Jigsaw (without its held-out tenth), Davidson, Stormfront, Toxic Spans,
plain passages of BEGIN, HaluEval and SummEdits as examples of harmless prose.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import torch.nn.functional as functional
from torch import Tensor

from evaluator.text.sentences import split_sentences
from training.data import held_out, read_rows
from training.encoder import Encoder
from training.identity import benign_sentences, identity_terms
from training.loop import CLS, SEP, Batch, Encoded, Loss, Schedule, load_tokenizer, train_in_processes

MAX_LENGTH = 160
Example = tuple[str, int, float]


def jigsaw(data: Path, rng: random.Random) -> Iterator[Example]:
    """All toxic comments outside the held-out tenth, and calm ones, those with identity terms first."""
    calm: list[str] = []
    for row in read_rows(data / "toxicity/jigsaw.train.jsonl.gz"):
        if held_out(row.id) or not row.text.strip():
            continue
        if row.label == 1:
            yield row.text, 1, 1.0
        else:
            calm.append(row.text)
    rng.shuffle(calm)
    named = [text for text in calm if identity_terms(text)]
    other = [text for text in calm if not identity_terms(text)]
    yield from ((text, 0, 1.0) for text in named[:16000])
    yield from ((text, 0, 1.0) for text in other[:26000])


def other_sets(data: Path, rng: random.Random) -> Iterator[Example]:
    """Tweets, forum posts and news comments; mostly toxic sets are thinned and weighted down."""
    davidson = read_rows(data / "toxicity/davidson.train.jsonl.gz")
    rng.shuffle(davidson)
    toxic = [row for row in davidson if row.label == 1]
    yield from ((row.text, 1, 0.5) for row in toxic[:4000])
    yield from ((row.text, 0, 1.0) for row in davidson if row.label == 0)
    yield from (
        (row.text, int(row.label), 1.0) for row in read_rows(data / "toxicity/stormfront_sampled.train.jsonl.gz")
    )
    spans = read_rows(data / "toxicity/toxic_spans.train.jsonl.gz")
    rng.shuffle(spans)
    yield from ((row.text, 1, 0.7) for row in spans[:4500])


def harmless_prose(data: Path, rng: random.Random) -> Iterator[Example]:
    """Encyclopaedic and business prose (nobody is insulted in it), and sentences about identities."""
    contexts: set[str] = set()
    for name in ("begin_wow.test.dev", "halueval_qa.subset", "summedits.test.dev"):
        contexts.update(row.context for row in read_rows(data / f"faithfulness/{name}.jsonl.gz"))
    texts = []
    for context in sorted(contexts):
        spans = split_sentences(context)[:24]
        parts = [spans[start : start + 3] for start in range(0, len(spans), 3)]
        texts += [context[part[0].start : part[-1].end] for part in parts]
    rng.shuffle(texts)
    yield from ((text, 0, 1.0) for text in texts[:4000])
    yield from ((text, 0, 1.0) for text in benign_sentences())


def encode(examples: list[Example]) -> list[Encoded]:
    """Word pieces of every example, cut to the model's length."""
    tokenizer = load_tokenizer()
    encoded = []
    for (_, label, weight), item in zip(
        examples,
        tokenizer.encode_batch([text[:4000] for text, _, _ in examples], add_special_tokens=False),
        strict=True,
    ):
        ids = [CLS, *item.ids[: MAX_LENGTH - 2], SEP]
        encoded.append(Encoded(ids, [0] * len(ids), label, weight))
    return encoded


def loss_of(model: Encoder, batch: Batch) -> Tensor:
    """Weighted binary cross-entropy of the first token's logit."""
    hidden = model.hidden(batch.ids, batch.types, batch.mask)
    logits = model.classifier(hidden[:, 0]).float()[:, 0]
    losses = functional.binary_cross_entropy_with_logits(logits, batch.labels.float(), reduction="none")
    return (losses * batch.weights).sum() / batch.weights.sum()


def task() -> tuple[Encoder, Loss]:
    """The model and its loss, made anew in every worker."""
    return Encoder(1, token_head=False), loss_of


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--rate", type=float, default=1e-4)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    parts = (jigsaw, other_sets, harmless_prose)
    examples = encode([example for part in parts for example in part(options.data, rng)])
    print(f"{len(examples)} examples, {sum(len(e.ids) for e in examples)} pieces", flush=True)
    schedule = Schedule(options.minutes, options.rate, options.out / "checkpoint.safetensors")
    train_in_processes(task, examples, schedule, seed=options.seed, workers=options.workers)


if __name__ == "__main__":
    main()
