"""What each part of the detector's mix buys: ``python -m training.ablation --data ../shared/data --base runs/base``.

One run with all of the mix, and one without each part of it, all of the same number of tokens, the same seed and the
same rate. The table says what the network of each is worth alone (`training.probe`). A small budget shows what is
learned first; parts that pay off later look worse than they are.
"""

from __future__ import annotations

import argparse
import random
from functools import partial
from pathlib import Path

from training.faithfulness import encode, task
from training.faithfulness_data import Example, build
from training.judged import judged, mixed
from training.loop import Schedule, load_tokenizer, train_in_processes
from training.passages import read_documents
from training.probe import probe
from training.twins import table_twins, twins
from training.wordnet import DEFAULT_FOLDER, WordNet

EVERYTHING = "everything"
_DAY = 24 * 60.0


def mix(data: Path, wordnet: Path, seed: int, share: float) -> dict[str, list[Example]]:
    """The parts of the mix by name; what people judged is `share` of all characters."""
    rng = random.Random(seed)
    made = build(data, seed, WordNet(wordnet), rounds=2)
    pairs = [example for example in made if example.source.startswith("nli:")]
    edits = [example for example in made if not example.source.startswith("nli:")]
    own = [*twins(read_documents(data, seed), rng), *table_twins(data, rng)]
    people = mixed([*pairs, *edits, *own], judged(data, random.Random(seed)), share)[len(made) + len(own) :]
    return {"edits": edits, "inference": pairs, "twins": own, "judged": people}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--wordnet", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--base", type=Path, required=True, help="folder of the larger base model (training.base)")
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--tokens", type=int, default=1_000_000, help="of every run")
    parser.add_argument("--frozen", type=int, default=4)
    parser.add_argument("--judged", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=30)
    parser.add_argument("--limit", type=int, default=200, help="answers of a set, and pairs, at most")
    options = parser.parse_args()
    parts = mix(options.data, options.wordnet, options.seed, options.judged)
    for left_out in (EVERYTHING, *parts):
        chosen = [example for name, part in parts.items() if name != left_out for example in part]
        random.Random(options.seed).shuffle(chosen)
        examples = [example for example in encode(chosen, load_tokenizer()) if example.parts]
        checkpoint = options.out / left_out / "checkpoint.safetensors"
        schedule = Schedule(_DAY, options.rate, checkpoint, most=options.tokens)
        made_anew = partial(task, None, options.base, options.frozen)
        train_in_processes(made_anew, examples, schedule, seed=options.seed, workers=2)
        found = probe(checkpoint, options.data, options.limit)
        head = left_out if left_out == EVERYTHING else f"without {left_out}"
        print(f"| {head} | " + " | ".join(f"{name} {value:.3f}" for name, value in found.items()) + " |", flush=True)


if __name__ == "__main__":
    main()
