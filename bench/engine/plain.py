"""The plain path: the same weights by transformers, sentence-transformers and bert-score, as their pages say."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from bert_score import BERTScorer
from safetensors.torch import load_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from torch import Tensor, nn
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.utils import logging as transformers_logging

from evaluator.models.files.loading import base_tensors, embedder_dir
from evaluator.models.files.manifest import FAITHFULNESS, TOXICITY, read_manifest
from evaluator.models.files.weights import check_weights
from evaluator.models.runtime import Runtime
from training.measures import Floats

BATCH = 32
"""Texts in a forward pass: the default of `CrossEncoder.predict` and `SentenceTransformer.encode`."""


class _FirstToken(nn.Module):
    """In the place of the pooler, which our heads do without."""

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden[:, 0]


class _SecondSegment(BertForSequenceClassification):  # type: ignore[no-untyped-call]
    """The shipped head reads the mean of the claim's tokens."""

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, **_: Any
    ) -> SequenceClassifierOutput:
        hidden = self.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        # The last token of the second segment is [SEP].
        inside = attention_mask * token_type_ids * attention_mask.roll(-1, 1)
        inside[:, -1] = 0
        claim = (hidden * inside[:, :, None]).sum(1) / inside.sum(1, keepdim=True).clamp(min=1)
        return SequenceClassifierOutput(logits=self.classifier(claim))


class Plain(AbstractContextManager["Plain"]):
    """Loads what is asked for on first use; folders in transformers' own format live until it is closed."""

    def __init__(self, weights: str | None = None) -> None:
        """`weights`: a folder of trained models, in the place of the shipped ones."""
        self._weights = weights
        self._work = tempfile.TemporaryDirectory()
        self._base = embedder_dir(Runtime())
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._work.cleanup()

    def pairs(self) -> Callable[[Sequence[tuple[str, str]]], Floats]:
        """P(not supported) of (window, claim) pairs by `CrossEncoder.predict`."""
        manifest = read_manifest(FAITHFULNESS, self._weights)
        model = _SecondSegment(self._config(FAITHFULNESS))
        self._fill(model, FAITHFULNESS)
        folder = self._saved(FAITHFULNESS, model)
        cross = CrossEncoder(str(folder), device="cpu", max_length=manifest.max_length)
        cross[0].model = model
        supported = manifest.labels.index("supported")

        def scores(texts: Sequence[tuple[str, str]]) -> Floats:
            logits = cross.predict(list(texts), batch_size=BATCH, activation_fn=nn.Identity(), convert_to_tensor=True)
            found: Floats = torch.softmax(logits / manifest.temperature, -1)[:, supported].double().numpy()
            return 1.0 - found

        return scores

    def texts(self) -> Callable[[Sequence[str]], Floats]:
        """P(toxic) of texts by transformers' text-classification pipeline."""
        manifest = read_manifest(TOXICITY, self._weights)
        model = BertForSequenceClassification(self._config(TOXICITY))
        self._fill(model, TOXICITY)
        tokenizer = AutoTokenizer.from_pretrained(str(self._base), model_max_length=manifest.max_length)
        toxic = f"LABEL_{manifest.labels.index('toxic')}"
        classify: Any = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")

        def scores(texts: Sequence[str]) -> Floats:
            found = classify(
                list(texts), batch_size=BATCH, truncation=True, function_to_apply="sigmoid", top_k=None
            )  # fmt: skip
            return np.asarray([label["score"] for one in found for label in one if label["label"] == toxic])

        return scores

    def embeddings(self) -> Callable[[Sequence[str]], Floats]:
        """Embeddings by `SentenceTransformer.encode`."""
        model = SentenceTransformer(str(self._base), device="cpu")

        def vectors(texts: Sequence[str]) -> Floats:
            found: Floats = model.encode(list(texts), batch_size=BATCH, normalize_embeddings=True)
            return found

        return vectors

    def bertscore(self, layer: int, *, warm: bool) -> Callable[[Sequence[str], Sequence[str]], Floats]:
        """F1 by a `BERTScorer` that is kept, or, as `bert_score.score` does it, by a new one for each call."""

        def new() -> BERTScorer:
            return BERTScorer(
                model_type=str(self._base), num_layers=layer, use_fast_tokenizer=True, device="cpu", batch_size=BATCH
            )

        kept = new() if warm else None

        def scores(candidates: Sequence[str], references: Sequence[str]) -> Floats:
            scorer = kept or new()
            found: Floats = scorer.score(list(candidates), list(references), batch_size=BATCH)[2].double().numpy()
            return found

        return scores

    def _config(self, name: str) -> BertConfig:
        found: BertConfig = BertConfig.from_pretrained(str(self._base))
        found.num_labels = len(read_manifest(name, self._weights).labels)
        return found

    def _fill(self, model: BertForSequenceClassification, name: str) -> None:
        """Put the shipped tensors, as fp32, on the base embedder's embeddings."""
        path = check_weights(read_manifest(name, self._weights), self._weights)
        own = {key: tensor.float() for key, tensor in load_file(path).items()}
        bert = base_tensors(self._base, "embeddings.") | {k: t for k, t in own.items() if k.startswith("encoder.")}
        model.train(False)
        model.bert.pooler = _FirstToken()  # type: ignore[assignment]
        model.bert.load_state_dict(bert, strict=True)
        model.classifier.load_state_dict({"weight": own["classifier.weight"], "bias": own["classifier.bias"]})

    def _saved(self, name: str, model: BertForSequenceClassification) -> Path:
        """A folder that `CrossEncoder` can open."""
        folder = Path(self._work.name) / name
        standard = BertForSequenceClassification(model.config)
        standard.save_pretrained(folder)
        AutoTokenizer.from_pretrained(str(self._base)).save_pretrained(folder)
        return folder
