"""The base embedder, loaded once a process: embeddings and BERTScore read the same encoder and share its cache."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from torch import Tensor

from evaluator.models.encoder.batching import run_batches, single
from evaluator.models.encoder.cache import ArrayCache
from evaluator.models.encoder.precision import Precision, resolved
from evaluator.models.encoder.tokens import Ints, WordPieces
from evaluator.models.files.loading import (
    LAYERS,
    base_tensors,
    embedder_dir,
    new_encoder,
    shared_embeddings,
    use_threads,
)
from evaluator.models.files.manifest import WEIGHTS_FILE
from evaluator.models.files.weights import EMBEDDER_PRECISION, VOCABULARY_FILE
from evaluator.models.runtime import Runtime

_shared: WeakValueDictionary[tuple[Path, str, str, int], BaseModel] = WeakValueDictionary()
_lock = threading.Lock()


class BaseModel:
    """Encoder, word pieces and cache of the base embedder in one precision."""

    def __init__(self, folder: Path, device: str, precision: Precision, cache_bytes: int) -> None:
        """Load and check. Raises ModelUnavailable."""
        self.folder = folder
        self.precision = precision
        self.pieces = WordPieces(folder / VOCABULARY_FILE)
        self.cache = ArrayCache(cache_bytes)
        tensors, embeddings = base_tensors(folder, LAYERS), shared_embeddings(folder, device)
        self.encoder = new_encoder(embeddings, tensors, str(folder / WEIGHTS_FILE), device, precision)

    def run(
        self, rows: Sequence[Ints], runtime: Runtime, *, depth: int | None = None
    ) -> Iterator[tuple[list[int], Tensor, Tensor]]:
        """`run_batches` over rows of word pieces, each between [CLS] and [SEP]."""
        lengths = [len(ids) + 2 for ids in rows]
        yield from run_batches(
            self.encoder, lengths, lambda i: single(rows[i]), runtime.token_budget, runtime.device, depth=depth
        )


def shared_base(runtime: Runtime) -> BaseModel:
    """The base embedder for `runtime`; lives as long as somebody holds it. Raises ModelUnavailable."""
    use_threads(runtime)
    folder = embedder_dir(runtime)
    precision = resolved(None, runtime.precision, EMBEDDER_PRECISION)
    key = (folder.resolve(), runtime.device, precision, runtime.cache_bytes)
    with _lock:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = BaseModel(folder, runtime.device, precision, runtime.cache_bytes)
        return found
