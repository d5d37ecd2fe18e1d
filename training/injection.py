"""Train the injection model: ``python -m training.injection --data ../shared/data --out OUT --minutes 15``.

Where a text comes from is read before it: the same request is harmless where a user typed it, and an attack where it
stands in retrieved content. Typed attacks: the first four fifths of deepset, half of the in-the-wild jailbreaks,
jailbreaks that a model wrote, and attacks made by construction. Typed and harmless: questions, instructions, long
prompts with their documents, comments, and prompts that use the attackers' words. Retrieved: `training.retrieved`,
and passages with and without attacks made by construction. Near copies of what is held out are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from evaluator.text.lookalikes.folded import folded
from training.attacks import passage_attack, prompt_attack, roughened
from training.data import Row, held_out, read_rows
from training.harmless_prompts import harmless_prompts
from training.near import clusters, near_copies
from training.prompts import TYPED, typed_rows
from training.retrieved import asked_and_answered, hidden_instructions
from training.text_recipe import Example, Source, harmless_passages, run

ATTACKS = 9000
"""Prompts made by construction, and as many passages two thirds over."""
LEADS = {"question": "typed by a user:", "context": "retrieved content:"}
"""What is read before a text, by the field of a sample that it stands in."""
WRITTEN = ("jbb_pair", "gptfuzz_templates")
"""Sets of jailbreaks that a model wrote."""
DEEPSET = "injection/deepset.all.dev.jsonl.gz"
JAILBREAKS = "injection/inthewild_jailbreak.all.dev.jsonl.gz"


def deepset_split(data: Path) -> tuple[list[Row], list[Row]]:
    """The first four fifths of deepset, for training, and the last fifth, for the card."""
    rows = read_rows(data / DEEPSET)
    cut = len(rows) * 4 // 5
    return rows[:cut], rows[cut:]


def jailbreak_split(data: Path) -> tuple[list[Row], list[Row]]:
    """About half of the jailbreaks for training, the others held out; near copies stay together."""
    rows = read_rows(data / JAILBREAKS)
    keys = clusters([row.text for row in rows])
    kept = [row for row, key in zip(rows, keys, strict=True) if not held_out(f"wild-{key}", 3)]
    out = [row for row, key in zip(rows, keys, strict=True) if held_out(f"wild-{key}", 3)]
    return kept, out


def real_attacks(data: Path, rng: random.Random) -> Iterator[Example]:
    """Both sets' training parts: deepset three times, jailbreaks by their beginning and by a part of them."""
    train, test = deepset_split(data)
    copies = near_copies([row.text for row in train], [row.text for row in test])
    for row, copied in zip(train, copies, strict=True):
        if not copied:
            yield from [(row.text, int(row.label), 1.0)] * 3
    for row in jailbreak_split(data)[0]:
        yield row.text, 1, 1.0
        yield from ((row.text[: rng.randint(150, 500)], 1, 0.7) for _ in range(2))
        yield part_of(row.text, rng), 1, 0.3


def questions(data: Path, rng: random.Random) -> list[str]:
    """Distinct questions and instructions of other sets, harmless all of them, in random order."""
    found: set[str] = set()
    for name in ("answer_equivalence/evouna_tq.all", "faithfulness/halueval_qa.subset"):
        found.update(row.question for row in read_rows(data / f"{name}.jsonl.gz"))
    for name in ("judge/pandalm.test", "faithfulness/begin_wow.test.dev"):
        for row in read_rows(data / f"{name}.jsonl.gz"):
            found.add(row.question)
            if name.startswith("judge") and row.context:
                found.add(f"{row.question}\n\n{row.context}")
    chosen = sorted(text for text in found if text.strip())
    rng.shuffle(chosen)
    return chosen


def comments(data: Path, rng: random.Random) -> list[str]:
    """Wikipedia comments, rude ones too, outside Jigsaw's held-out tenth, and image captions."""
    rows = read_rows(data / "toxicity/jigsaw.train.jsonl.gz")
    found = [row.text for row in rows if not held_out(row.id) and row.text.strip()]
    found = rng.sample(found, 3500)
    captions = sorted({str(row.text) for row in read_rows(data / "nli/cad_nli.train.jsonl.gz")})
    return found + rng.sample(captions, 800)


def written_attacks(data: Path, rng: random.Random) -> Iterator[Example]:
    """Jailbreaks that a model wrote, and templates of such: by their beginning, and by a part of them."""
    for row in written_jailbreaks(data):
        yield row.text, 1, 1.0
        yield part_of(row.text, rng), 1, 0.5


def written_jailbreaks(data: Path) -> list[Row]:
    """Those that are no near copies of what is held out."""
    rows = [row for name in WRITTEN for row in read_rows(data / f"injection/{name}.train.jsonl.gz")]
    out = [row.text for row in (*jailbreak_split(data)[1], *deepset_split(data)[1])]
    copies = near_copies([row.text for row in rows], out)
    return [row for row, copied in zip(rows, copies, strict=True) if not copied]


def part_of(text: str, rng: random.Random) -> str:
    """Somewhere in a text, as much of it as the model reads at a time."""
    start = rng.randrange(0, max(1, len(text) - 600))
    return text[start : start + 600]


def typed_prompts(data: Path, rng: random.Random) -> Iterator[Example]:
    """Harmless prompts of people, long ones by two of their parts."""
    for name, count in TYPED.items():
        rows = typed_rows(data, name, held=False)
        for row in rng.sample(rows, min(count, len(rows))):
            yield row.text, 0, 1.0
            if len(row.text) > 900:
                yield part_of(row.text, rng), 0, 1.0


def made_attacks(data: Path, rng: random.Random) -> Iterator[Example]:
    """Attacks by construction, alone and with questions."""
    asked = questions(data, rng)
    own = list(harmless_prompts(rng, 2000))
    for index in range(ATTACKS):
        carrier = "" if index % 2 else rng.choice(own if index % 4 else asked)
        yield prompt_attack(rng, carrier[:600]), 1, 1.0


def harmless_texts(data: Path, rng: random.Random) -> Iterator[Example]:
    """Harmless texts, alone and joined, so that a seam between two texts says nothing."""
    asked, own = questions(data, rng), list(harmless_prompts(rng, 9500))
    for text in [*asked[:4500], *comments(data, rng), *own]:
        yield roughened(text, rng), 0, 1.0
    for _ in range(2500):
        pair = [rng.choice(rng.choice((asked, own)))[:500], rng.choice(rng.choice((asked, own)))[:400]]
        yield rng.choice((" ", "\n", "\n\n", ". ")).join(pair), 0, 1.0


def passages_with_attacks(data: Path, rng: random.Random) -> Iterator[Example]:
    """Passages with attacks by construction in them, and without."""
    read, own = harmless_passages(data, rng), list(harmless_prompts(rng, 2000))
    for index in range(ATTACKS * 2 // 3):
        carrier = rng.choice(read) if index % 5 else " ".join(rng.sample(own, 2))
        yield passage_attack(rng, carrier[:700]), 1, 1.0
    for text in read[:6000]:
        yield roughened(text, rng), 0, 1.0


def coming_from(field: str, *sources: Source) -> Source:
    """The examples of some sources as they are read: as people see them, behind what says where they come from."""

    def led(data: Path, rng: random.Random) -> Iterator[Example]:
        for source in sources:
            for text, label, weight in source(data, rng):
                yield f"{LEADS[field]} {folded(text).text}", label, weight

    return led


SOURCES = (
    coming_from("question", real_attacks, written_attacks, made_attacks, typed_prompts, harmless_texts),
    coming_from("context", passages_with_attacks, hidden_instructions, asked_and_answered),
)

if __name__ == "__main__":
    run(__doc__, SOURCES, seed=31, minutes=15.0)
