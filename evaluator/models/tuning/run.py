"""One run of `faithline train faithfulness`: fit on one part of the labels, compare on the other, register."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file

from evaluator.models.encoder.tokens import WordPieces
from evaluator.models.files.loading import embedder_dir, load_tensors
from evaluator.models.files.manifest import FAITHFULNESS, WEIGHTS_FILE, WeightsManifest, read_manifest
from evaluator.models.files.weights import VOCABULARY_FILE, check_weights
from evaluator.models.readers.detector import Detected, Detector
from evaluator.models.readers.span_reader import SUPPORTED
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.card import About, card, comparison
from evaluator.models.tuning.combination import Fitted, answer_risks, as_manifest, fit
from evaluator.models.tuning.comparison import Measure, Scored, compare
from evaluator.models.tuning.examples import Example, build
from evaluator.models.tuning.folder import CARD_FILE, COMPARISON_FILE, new_model, write_json, write_manifest
from evaluator.models.tuning.labelled import Labelled, Parts, design_weights, inner_split, is_bad, split
from evaluator.models.tuning.logistic import log_loss
from evaluator.models.tuning.network import Budget, Network, Progress, Tensors, fine_tune
from evaluator.text.combine import Combination
from evaluator.text.plan import WindowSettings

_AT_ONCE = 32
"""Answers whose rows are in memory at a time."""
_VALIDATION = 0.25
"""Share of the training part's groups that the network is stopped by."""
_MIN_KIND = 5
"""Answers of each kind that stopping needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: `root` is the folder of models, `source` names the labels in the card."""

    name: str
    root: Path
    source: str
    held_out: float = 0.3
    seed: int = 0
    network: bool = True
    replace: bool = False
    budget: Budget = field(default_factory=Budget)


class Trained(NamedTuple):
    """The registered model's folder, what became of its network, and how it compares on the held-out labels."""

    folder: Path
    about: About
    measures: tuple[Measure, ...]


class _Candidate(NamedTuple):
    """A combination with the weights that it was fitted to, and what they say of the held-out labels."""

    fitted: Fitted
    held_out: list[Detected]
    network: str
    """What became of the network, for the card."""
    precision: str
    """What its weights are stored in."""


def train_faithfulness(
    labels: Sequence[Labelled], request: Request, runtime: Runtime, progress: Progress = lambda _stage, _share: None
) -> Trained:
    """Fit the detector to `labels`, compare it with the current one, and write it to `request.root`.

    Raises:
        InvalidInput: too few labels, or a name or folder that cannot be used.
        Conflict: the name is taken.
        ModelUnavailable: the current detector is not installed.
    """
    with new_model(request.root, request.name, replace=request.replace) as folder:
        return _Run(labels, request, runtime, progress).into(folder)


class _Run:
    def __init__(self, labels: Sequence[Labelled], request: Request, runtime: Runtime, progress: Progress) -> None:
        self.parts: Parts = split(labels, request.held_out, request.seed)
        self.manifest: WeightsManifest = read_manifest(FAITHFULNESS, runtime.weights_path)
        device = "cuda" if runtime.device == "cpu" and torch.cuda.is_available() else runtime.device
        self.runtime = replace(runtime.at(None, self.manifest.compute), device=device)
        fields = WindowSettings.__dataclass_fields__
        self.settings = WindowSettings(**{k: int(v) for k, v in self.manifest.window.items() if k in fields})
        self.request, self.progress = request, progress

    def into(self, folder: Path) -> Trained:
        """Everything, in order; `folder` is filled."""
        current = Combination.from_manifest(self.manifest.combination)
        detector = Detector(self.runtime, FAITHFULNESS, self.settings)
        training = self._detect(detector, self.parts.training, "reading the training part")
        held_out = self._detect(detector, self.parts.held_out, "reading the held-out part")
        shutil.copyfile(check_weights(self.manifest, self.runtime.weights_path), folder / WEIGHTS_FILE)
        fitted = fit(self.parts.training, training, current, self.request.seed)
        best = _Candidate(fitted, held_out, "kept as it was", self.manifest.precision)
        if self.request.network:
            best = self._with_network(folder, training, best)
        changes = {
            "combination": self._combination(best.fitted),
            "threshold": best.fitted.threshold,
            "base_rate": best.fitted.rate,
            "precision": best.precision,
            "trained_from": self.manifest.ref.model_dump(),
        }
        write_manifest(folder, self.manifest, changes)
        measures = compare(
            self.parts.held_out,
            Scored(answer_risks(current, held_out), self.manifest.threshold),
            Scored(answer_risks(self._as_stored(best.fitted), best.held_out), best.fitted.threshold),
            seed=self.request.seed,
        )
        about = self._about(best)
        write_json(folder / COMPARISON_FILE, comparison(about, measures))
        (folder / CARD_FILE).write_text(card(about, measures), encoding="utf-8")
        return Trained(self.request.root / self.request.name, about, measures)

    def _with_network(self, folder: Path, training: Sequence[Detected], plain: _Candidate) -> _Candidate:
        """`plain`, or the fine-tuned network with a combination of its own where labels set aside prefer that."""
        learn, stop = inner_split(self.parts.training, _VALIDATION, self.request.seed)
        chosen = [self.parts.training[index] for index in stop]
        bad = is_bad(chosen)
        if min(bad.sum(), (~bad).sum()) < _MIN_KIND:
            return plain._replace(network=f"not trained: fewer than {_MIN_KIND} labels of a kind to stop by")
        tensors = self._tuned(self._examples(learn, training, plain), self._examples(stop, training, plain))
        if tensors is None:
            return plain._replace(network="trained, but kept as it was: no epoch was better on labels set aside")
        shipped = folder.parent / "shipped"
        (folder / WEIGHTS_FILE).rename(shipped)
        _save(tensors, folder / WEIGHTS_FILE)
        write_manifest(folder, self.manifest, {})
        own = replace(self.runtime, weights_path=str(folder.parent))
        detector = Detector(own, folder.name, self.settings)
        # The network knows its own training labels by heart: only those set aside say how far to trust it now.
        found = self._detect(detector, chosen, "reading again what was set aside")
        fitted = fit(chosen, found, plain.fitted.combination, self.request.seed)
        weights = design_weights(chosen)
        if fitted.loss >= log_loss(bad, plain.fitted.out_of_fold[stop], weights):
            shipped.replace(folder / WEIGHTS_FILE)
            return plain._replace(
                network="trained, but kept as it was: worse with its combination on labels set aside"
            )
        held_out = self._detect(detector, self.parts.held_out, "reading the held-out part again")
        return _Candidate(fitted, held_out, "trained, and better on labels set aside", "fp16")

    def _examples(self, chosen: Sequence[int], training: Sequence[Detected], plain: _Candidate) -> list[Example]:
        return build(
            [self.parts.training[index] for index in chosen],
            [training[index] for index in chosen],
            plain.fitted.combination,
            self.settings,
            WordPieces(embedder_dir(self.runtime) / VOCABULARY_FILE),
            self.manifest.max_length,
        )

    def _tuned(self, training: Sequence[Example], validation: Sequence[Example]) -> Tensors | None:
        if not training or not validation:
            return None
        network = Network(
            load_tensors(check_weights(self.manifest, self.runtime.weights_path)),
            len(self.manifest.labels),
            self.manifest.labels.index(SUPPORTED),
            self.manifest.temperature,
            embedder_dir(self.runtime),
        )
        return fine_tune(
            network,
            training,
            validation,
            self.request.budget,
            device=self.runtime.device,
            seed=self.request.seed,
            progress=self.progress,
        ).tensors

    def _detect(self, detector: Detector, labels: Sequence[Labelled], stage: str) -> list[Detected]:
        found: list[Detected] = []
        for start in range(0, len(labels), _AT_ONCE):
            self.progress(stage, start / len(labels))
            found += detector.detect([(one.answer, one.passages) for one in labels[start : start + _AT_ONCE]])
        return found

    def _combination(self, fitted: Fitted) -> dict[str, object]:
        threshold = float(self.manifest.combination.get("sentence_threshold", 0.5))
        return self.manifest.combination | as_manifest(fitted.combination, threshold)

    def _as_stored(self, fitted: Fitted) -> Combination:
        """With the digits that the manifest keeps: what is compared is what will score."""
        return Combination.from_manifest(self._combination(fitted))

    def _about(self, best: _Candidate) -> About:
        sizes = [(len(part), int(is_bad(part).sum())) for part in (self.parts.training, self.parts.held_out)]
        everything = (*self.parts.training, *self.parts.held_out)
        return About(
            name=self.request.name,
            began_as=FAITHFULNESS,
            source=self.request.source,
            training=sizes[0],
            held_out=sizes[1],
            seed=self.request.seed,
            share=self.request.held_out,
            minutes=self.request.budget.minutes,
            weighted=len({one.inclusion for one in everything}) > 1,
            network=best.network,
            sentence_precision=best.fitted.sentence_precision,
            answer_precision=best.fitted.answer_precision,
            threshold=best.fitted.threshold,
            rate=best.fitted.rate,
        )


def _save(tensors: Tensors, path: Path) -> None:
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, path)
    # The library writes files for their owner alone; workers may be other users.
    path.chmod(0o644)
