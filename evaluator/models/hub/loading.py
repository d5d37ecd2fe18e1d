"""From a checkpoint to a module that gives logits. Safetensors only, no code of others, nothing left random."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoConfig, T5Config, T5ForTokenClassification
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
)
from transformers.utils import logging as transformers_logging

from evaluator.core.errors import ModelUnavailable
from evaluator.models.files.loading import use_threads
from evaluator.models.hub.files import CONFIG_FILE, Checkpoint, fetch
from evaluator.models.hub.tokenizer import HubTokenizer
from evaluator.models.hub.use import Head, ModelUse
from evaluator.models.runtime import Runtime

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_MAPPINGS: Mapping[Head, Any] = {
    Head.SEQUENCE: MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    Head.TOKENS: MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    Head.T5_ANSWER: MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
}
_HHEM_PREFIX = "t5."


class Network:
    """A checkpoint's tokenizer and network, ready to run."""

    def __init__(
        self, checkpoint: Checkpoint, foundation: Checkpoint | None, use: ModelUse, runtime: Runtime, dtype: str
    ) -> None:
        """Load and check. Raises ModelUnavailable for files that are missing, altered or of another model."""
        use_threads(runtime)
        self.use = use
        self.runtime = runtime
        folder = fetch(checkpoint)
        base = folder if foundation is None else foundation.folder
        self.tokenizer = HubTokenizer(base)
        # transformers draws a bar for each load, in the middle of ours.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model, info = _load(folder, base, use, checkpoint, _DTYPES[dtype])
        except ModelUnavailable:
            raise
        except Exception as error:
            raise ModelUnavailable(
                f"{checkpoint.name} cannot be loaded as a model for {use.task.value} ({type(error).__name__}: "
                f"{str(error)[:300]}). Models that bring their own code are not run; name one that transformers knows"
            ) from error
        _complete(info, checkpoint.name)
        outputs = len(use.labels)
        found = int(model.config.num_labels) if use.head is not Head.T5_ANSWER else outputs
        if found != outputs:
            raise ModelUnavailable(f"{checkpoint.name} has {found} outputs instead of {outputs}")
        rows = int(model.get_input_embeddings().weight.shape[0])
        if not rows // 2 <= self.tokenizer.size <= rows:
            raise ModelUnavailable(
                f"the tokenizer of {checkpoint.name} has {self.tokenizer.size} pieces where the model knows {rows}: "
                "it belongs to another model. Download the model again"
            )
        self._model: Any = model.to(runtime.device).requires_grad_(False).eval()

    def logits(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits in fp32, [b, labels], or [b, T, labels] of a token classifier, of ids, types and mask [b, T]."""
        inputs = {"input_ids": ids, "attention_mask": mask}
        if self.tokenizer.typed:
            inputs["token_type_ids"] = types
        if self.use.head is Head.T5_ANSWER:
            start = self._model.config.decoder_start_token_id or 0
            inputs["decoder_input_ids"] = torch.full((len(ids), 1), start, dtype=torch.long, device=ids.device)
        with torch.inference_mode():
            logits: Tensor = self._model(**inputs).logits
        if self.use.head is Head.T5_FIRST:
            logits = logits[:, 0]
        elif self.use.head is Head.T5_ANSWER:
            logits = logits[:, 0, list(self.use.answer_tokens)]
        return logits.float()


def _load(
    folder: Path, base: Path, use: ModelUse, checkpoint: Checkpoint, dtype: torch.dtype
) -> tuple[Any, Mapping[str, Any]]:
    """The network in `dtype`, and what transformers says of its tensors."""
    options: dict[str, Any] = {"dtype": dtype, "output_loading_info": True}
    source: str | None = None
    kind: Any = T5ForTokenClassification
    if use.head is Head.T5_FIRST:
        config: Any = T5Config.from_pretrained(str(base / CONFIG_FILE), num_labels=len(use.labels))
        options["state_dict"] = {
            name.removeprefix(_HHEM_PREFIX): tensor
            for file in checkpoint.hashes
            for name, tensor in load_file(folder / file).items()
        }
    else:
        config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
        options |= {"use_safetensors": True, "local_files_only": True}
        source, kind = str(folder), _MAPPINGS[use.head][type(config)]
    # Said here because a configuration may name a kernel to be fetched from the hub and run.
    options["attn_implementation"] = "sdpa" if kind._supports_sdpa else "eager"
    model, info = kind.from_pretrained(source, config=config, **options)
    return model, info


def _complete(info: Mapping[str, Any], name: str) -> None:
    """Refuse a network of which a part would be random. Raises ModelUnavailable."""
    for problem, key in (("lacks", "missing_keys"), ("has another shape of", "mismatched_keys")):
        found = sorted(str(k) for k in info.get(key) or ())
        if found:
            raise ModelUnavailable(f"{name} {problem} {found[0]!r}: it is not a model of this kind")
