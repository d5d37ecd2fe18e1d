"""A whole run on a small made-up task, with random weights: what can be learned is learned, and nothing else."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from evaluator.core.errors import Conflict, InvalidInput
from evaluator.core.evaluator import fingerprint, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.encoder.tokens import WordPieces
from evaluator.models.files.loading import embedder_dir, use_threads
from evaluator.models.files.manifest import FAITHFULNESS, MANIFEST_FILE, WEIGHTS_FILE, read_manifest
from evaluator.models.files.weights import VOCABULARY_FILE
from evaluator.models.readers.detector import Detector
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.combination import answer_risks
from evaluator.models.tuning.encoder import load_trained
from evaluator.models.tuning.examples import Example, Target, build
from evaluator.models.tuning.labelled import Labelled, split
from evaluator.models.tuning.network import Budget, Network, Tuned, fine_tune
from evaluator.models.tuning.run import Request, train_faithfulness
from evaluator.text.combine import Combination
from evaluator.text.plan import WindowSettings
from evaluator.text.sentences import Span
from tests.support import fabricated

FAST = Budget(minutes=5.0, epochs=4, rate=2e-4, frozen=4, warmup=5, tokens=512)
CITIES = ("Porto", "Graz", "Leeds", "Turin", "Lyon", "Cork")


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    fabricated.faithfulness(tmp_path, compute="fp32")
    return Runtime(weights_path=str(tmp_path), threads=1)


def answers(count: int, good: str, bad: str, *, random_labels: bool = False) -> list[Labelled]:
    """Two claims an answer; a word of its own tells the bad ones, of which nobody said which claim is bad."""
    rng = random.Random(7)
    found = []
    for index in range(count):
        city, other, wrong = rng.choice(CITIES), rng.choice(CITIES), rng.random() < 0.5
        text = f"The train goes to {city}. It {bad if wrong else good} stops in {other}."
        context = f"Train {index} goes to {city} and stops in {other}."
        found.append(Labelled(text, (context,), rng.random() < 0.5 if random_labels else wrong, f"g{index}"))
    return found


def request(root: Path, name: str = "mine", **options: object) -> Request:
    return Request(name=name, root=root, source="toy", **({"budget": FAST, "held_out": 0.4} | options))  # type: ignore[arg-type]


def test_a_pattern_that_only_the_network_can_see_is_learned(tmp_path: Path, runtime: Runtime) -> None:
    """Both words are strange to every context, so that words and numbers alone tell nothing."""
    labels = answers(140, "surely", "maybe")
    trained = train_faithfulness(labels, request(tmp_path), runtime)
    verdicts = {one.name: one.verdict for one in trained.measures}
    assert verdicts["AUROC"] == verdicts["log loss"] == "better", trained.measures
    assert "trained, and better" in trained.about.network
    written = json.loads((trained.folder / "comparison.json").read_text())
    assert written["held_out"]["AUROC"]["new"] == trained.measures[0].new
    assert "| AUROC |" in (trained.folder / "README.md").read_text()
    assert "train goes" not in "".join(path.read_text() for path in trained.folder.glob("*.[jm][sd]*"))

    def made(model: str) -> list[float]:
        one = registry.create("faithfulness", {"model": model}, runtime=runtime)
        one.open()
        held = split(labels, 0.4, 0).held_out
        scores = one.score([sample_of("q", label.answer, label.passages) for label in held])
        return [score.value for score in scores if isinstance(score, Score)]

    # What was compared is what scores: the evaluator by its name gives the very AUROC that the card quotes.
    bad = torch.tensor([label.bad for label in split(labels, 0.4, 0).held_out])
    for value, model in ((trained.measures[0].current, FAITHFULNESS), (trained.measures[0].new, "mine")):
        values = torch.tensor(made(model))
        pairs = values[bad][:, None] - values[~bad][None, :]
        assert float((pairs > 0).float().mean() + (pairs == 0).float().mean() / 2) == pytest.approx(value, abs=0.01)
    prints = [
        fingerprint(registry.create("faithfulness", {"model": m}, runtime=runtime)) for m in (FAITHFULNESS, "mine")
    ]
    assert prints[0] != prints[1]


def test_labels_without_a_pattern_change_nothing_that_can_be_told(tmp_path: Path, runtime: Runtime) -> None:
    trained = train_faithfulness(
        answers(140, "surely", "maybe", random_labels=True), request(tmp_path, network=False), runtime
    )
    verdicts = {one.name: one.verdict for one in trained.measures}
    assert verdicts["AUROC"] == verdicts["balanced accuracy"] == "cannot tell", trained.measures
    former, found = (read_manifest(name, str(tmp_path)) for name in (FAITHFULNESS, "mine"))
    assert found.sha256 == former.sha256, "without its network the weights stay those that they were"
    prints = [
        fingerprint(registry.create("faithfulness", {"model": m}, runtime=runtime)) for m in (FAITHFULNESS, "mine")
    ]
    assert prints[0] != prints[1]


def test_the_same_seed_gives_the_same_model(tmp_path: Path, runtime: Runtime) -> None:
    labels = answers(140, "surely", "maybe")
    small = Budget(minutes=5.0, epochs=1, rate=1e-4, frozen=5, warmup=1, tokens=512)
    folders = [
        train_faithfulness(labels, request(tmp_path, name, budget=small), runtime).folder for name in ("one", "two")
    ]
    first, second = (load_file(folder / WEIGHTS_FILE) for folder in folders)
    assert all(torch.equal(first[name], second[name]) for name in first)
    manifests = [json.loads((folder / MANIFEST_FILE).read_text()) | {"name": ""} for folder in folders]
    assert manifests[0] == manifests[1]


def test_a_crash_in_the_middle_leaves_no_folder(
    tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("evaluator.models.tuning.run.compare", crash)
    with pytest.raises(RuntimeError, match="in the middle"):
        train_faithfulness(answers(140, "surely", "maybe"), request(tmp_path, network=False), runtime)
    assert [path.name for path in tmp_path.iterdir()] == [FAITHFULNESS]


def test_what_cannot_be_done_is_refused_before_the_work(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "taken").mkdir()
    for name, error in (("taken", Conflict), (FAITHFULNESS, InvalidInput)):
        with pytest.raises(error):
            train_faithfulness([], request(tmp_path, name), runtime)
    with pytest.raises(InvalidInput, match="labels"):
        train_faithfulness(answers(40, "a", "b"), request(tmp_path), runtime)
    assert not (tmp_path / "mine").exists()


def small_network(root: Path, runtime: Runtime) -> tuple[Network, list[Example]]:
    """Rows of one claim: bad where its word is 2200, good where it is 2100."""
    network = Network(load_file(root / FAITHFULNESS / WEIGHTS_FILE), 3, 0, 1.0, embedder_dir(runtime))
    rows = [
        Example(
            [101, 2000 + i, 102, 2200 if i % 2 else 2100, 3000 + i, 102], 3, [Target(3, 5, i % 2 == 1, 1.0)], risks
        )
        for i, risks in enumerate([[-1.0] * 6, [-1.0, -1.0, -1.0, 1.0, -1.0, -1.0]] * 12)
    ]
    return network, rows


def test_the_network_is_kept_only_where_an_epoch_was_better(tmp_path: Path, runtime: Runtime) -> None:
    use_threads(runtime)
    network, rows = small_network(tmp_path, runtime)

    def tuned(budget: Budget) -> Tuned:
        return fine_tune(network, rows[:16], rows[16:], budget, device="cpu", seed=0, progress=lambda _s, _p: None)

    learned = tuned(Budget(rate=3e-4, epochs=4, warmup=1, frozen=5))
    assert learned.tensors is not None
    assert min(learned.losses) < 0.8 * learned.losses[0]
    changed = {
        name for name, tensor in learned.tensors.items() if not torch.equal(tensor, network.tensors[name].float())
    }
    assert changed
    assert all(name.startswith(("encoder.layer.5.", "classifier", "token_head")) for name in changed), "frozen stay"
    still = tuned(Budget(rate=0.0, epochs=9, patience=2))
    assert still.tensors is None
    assert len(still.losses) == 3, "ended by patience"
    assert len(tuned(Budget(minutes=1e-9, epochs=9, rate=1e-4)).losses) == 2, "ended by the clock"


def test_training_sees_what_scoring_sees(tmp_path: Path, runtime: Runtime) -> None:
    """The trainable encoder on an example's rows says of a claim what the detector read."""
    settings = WindowSettings(max_pieces=30, overlap=1, pairs_per_sentence=2)
    passages = ("The train goes to Porto. " * 3, "It stops in Graz at noon. Nobody gets off there, they say.")
    text = "The train goes to Porto. It stops in Graz. It is 40 years old."
    marked = (Span(text.index("40"), text.index("40") + 2),)
    labels = [Labelled(text, passages, False, "a"), Labelled(text, passages, True, "b", marked)]
    found = Detector(runtime.at("fp32", "fp32"), FAITHFULNESS, settings).detect([(text, passages)] * 2)
    manifest = read_manifest(FAITHFULNESS, str(tmp_path))
    combination = Combination.from_manifest(manifest.combination)
    pieces = WordPieces(embedder_dir(runtime) / VOCABULARY_FILE)
    examples = build(labels, found, combination, settings, pieces, manifest.max_length)
    model = load_trained(load_file(tmp_path / FAITHFULNESS / WEIGHTS_FILE), 3, token_head=True).eval()
    said: dict[bool, list[float]] = {True: [], False: []}
    for example in examples:
        ids = torch.tensor([example.ids])
        types = (torch.arange(len(example.ids)) >= example.second).long()[None]
        with torch.no_grad():
            hidden = model.hidden(ids, types, torch.ones_like(ids, dtype=torch.bool))[0]
            for target in example.targets:
                logits = model.classifier(hidden[target.first : target.last].mean(dim=0))
                said[target.bad].append(float(torch.softmax(logits, -1)[0]))
    read = found[0].readings.probabilities[:, 0]
    best = [max(read[p] for p, (c, _) in enumerate(found[0].plan.pairs) if c == claim) for claim in range(3)]
    third = [read[p] for p, (c, _) in enumerate(found[0].plan.pairs) if c == 2]
    assert sorted(said[False]) == pytest.approx(sorted([*best, *best[:2]]), abs=1e-4), "good: beside the best window"
    assert sorted(said[True]) == pytest.approx(sorted(third), abs=1e-4), "bad by its mark: beside every window"
    risky = [[r for r in example.risks if r > 0] for example in examples if any(t.bad for t in example.targets)]
    assert all(len(row) == 1 for row in risky), "40 is one word piece"
    assert sum(t.weight for e in examples for t in e.targets) == pytest.approx(2.0), "each answer weighs the same"
    assert answer_risks(combination, found)[0] == answer_risks(combination, found)[1]
