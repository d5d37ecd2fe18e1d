"""Running a trained checkpoint over many examples, for calibration and for the figures of its card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from training.encoder import Encoder, load_trained
from training.loop import Encoded, collate


def load_checkpoint(path: Path, labels: int, *, token_head: bool) -> Encoder:
    """A trained encoder in fp32, its weights rounded to fp16 as they are shipped."""
    tensors = {name: value.half().float() for name, value in load_file(path).items()}
    return load_trained(tensors, labels, token_head=token_head).eval()


def predict(
    model: Encoder, examples: Sequence[Encoded], tokens: int = 8192
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Label logits [examples, labels], and the highest token probability of each second segment [examples]."""
    logits = np.zeros((len(examples), model.classifier.out_features))
    worst = np.zeros(len(examples))
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    while order:
        size = max(1, tokens // len(examples[order[-1]].ids))
        chosen, order = order[-size:], order[:-size]
        batch = collate([examples[index] for index in chosen])
        with torch.inference_mode():
            hidden = model.hidden(batch.ids, batch.types, batch.mask)
            logits[chosen] = model.classifier(hidden[:, 0]).numpy()
            if model.token_head is not None:
                scores = torch.sigmoid(model.token_head(hidden)[..., 0])
                inside = (batch.types == 1) & (batch.ids != 102) & batch.mask
                worst[chosen] = scores.masked_fill(~inside, 0.0).amax(dim=1).numpy()
    return logits, worst
