"""Training against the clock: as many steps as fit in the minutes given, the rate falling to zero with them."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from evaluator.models.encoder.linear import has_bf16
from training.encoder import Encoder, base_folder

PAD, CLS, SEP = 0, 101, 102


@dataclass(slots=True)
class Encoded:
    """One example in word pieces; ``token_labels`` is empty where no token is labelled."""

    ids: list[int]
    types: list[int]
    label: int
    token_labels: list[float] | None = None
    """One value a piece: 1 bad, 0 good, -1 not counted."""
    parts: list[tuple[int, int, int, float]] | None = None
    """What is labelled where an example holds several statements: ranges of pieces, a label and a weight each; of a
    text with labels of several kinds, the number of the kind stands in the place of the first piece."""


@dataclass(slots=True)
class Batch:
    """Padded examples: [batch, tokens] each, labels [batch]."""

    ids: Tensor
    types: Tensor
    mask: Tensor
    labels: Tensor
    token_labels: Tensor
    parts: Tensor
    """[parts, 4]: row, first piece, end, label."""
    part_weights: Tensor

    @property
    def tokens(self) -> int:
        """Number of positions computed, padding included."""
        return self.ids.numel()


Loss = Callable[[Encoder, Batch], Tensor]


def load_tokenizer() -> Tokenizer:
    """The base model's tokenizer, without padding and truncation."""
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def collate(examples: Sequence[Encoded]) -> Batch:
    """Pad examples to the longest of them."""
    length = max(len(example.ids) for example in examples)

    def grid(rows: list[list[int]], fill: int) -> Tensor:
        return torch.tensor([row + [fill] * (length - len(row)) for row in rows])

    parts = [(row, part) for row, e in enumerate(examples) for part in e.parts or []]
    tokens = [list(e.token_labels) if e.token_labels else [-1.0] * len(e.ids) for e in examples]
    ids = grid([e.ids for e in examples], PAD)
    sizes = torch.tensor([len(e.ids) for e in examples])
    return Batch(
        ids=ids,
        types=grid([e.types for e in examples], 0),
        mask=torch.arange(length)[None, :] < sizes[:, None],
        labels=torch.tensor([e.label for e in examples]),
        token_labels=torch.tensor([row + [-1.0] * (length - len(row)) for row in tokens]),
        parts=torch.tensor([(row, *part[:3]) for row, part in parts], dtype=torch.long).reshape(-1, 4),
        part_weights=torch.tensor([part[3] for _, part in parts]),
    )


def batches(examples: Sequence[Encoded], tokens: int, seed: int) -> Iterator[Batch]:
    """Endless batches of about ``tokens`` positions, of examples alike in length, in random order."""
    rng = random.Random(seed)
    order = list(range(len(examples)))
    while True:
        rng.shuffle(order)
        groups: list[list[int]] = []
        for start in range(0, len(order), 2048):
            chunk = sorted(order[start : start + 2048], key=lambda index: len(examples[index].ids))
            size = 0
            for index in chunk:
                length = len(examples[index].ids)
                if not groups or size == 0 or (size + 1) * length > tokens:
                    groups.append([])
                    size = 0
                groups[-1].append(index)
                size += 1
            if (start // 2048) % 4 == 3:
                yield from _shuffled(groups, examples, rng)
                groups = []
        yield from _shuffled(groups, examples, rng)


def _shuffled(groups: list[list[int]], examples: Sequence[Encoded], rng: random.Random) -> Iterator[Batch]:
    rng.shuffle(groups)
    for group in groups:
        yield collate([examples[index] for index in group])


@dataclass(slots=True)
class _Run:
    """How far a run has come."""

    seconds: float = 0.0
    tokens: int = 0
    step: int = 0
    smooth: float = 0.0
    """The loss."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: minutes of wall clock, peak rate, weight decay, share of time to warm up."""

    minutes: float
    rate: float
    checkpoint: Path
    tokens: int = 2048
    """Positions in a batch of one worker."""
    decay: float = 0.01
    warmup: float = 0.05
    most: int | None = None
    """Tokens after which a run ends that minutes would let go on: two runs of as many tokens can be compared."""
    resume: bool = False
    """Go on where a run with the same checkpoint was cut off."""

    def progress(self, run: _Run) -> float:
        """The share of the run that is over, 1 and more at its end."""
        return max(run.seconds / (60 * self.minutes), run.tokens / self.most if self.most else 0.0)

    @property
    def state(self) -> Path:
        """Beside the checkpoint: what it takes to go on."""
        return self.checkpoint.with_suffix(".state.pt")


def train(model: Encoder, examples: Sequence[Encoded], loss_of: Loss, schedule: Schedule, seed: int) -> int:
    """Train until the time is over, saving fp32 tensors and what it takes to go on every five minutes; returns the
    tokens seen.

    Inside a process group every worker calls this with the same examples; gradients are averaged.
    """
    rank, workers = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    precision = torch.bfloat16 if has_bf16("cpu") else torch.float32
    for part in model.children():  # the embedding tables are buffers and stay fp32
        part.to(precision)
    work: list[Tensor] = [parameter for parameter in model.parameters() if parameter.requires_grad]
    masters = [parameter.detach().float().clone().requires_grad_() for parameter in work]
    optimiser = torch.optim.AdamW(
        masters, lr=schedule.rate, weight_decay=schedule.decay, betas=(0.9, 0.98), foreach=True
    )
    start = saved = time.monotonic()
    run = _Run()
    if schedule.resume and schedule.state.is_file():
        run = _restored(schedule.state, masters, optimiser)
        _copy(masters, work)
    before, progress = run.seconds, schedule.progress(run)
    stream = batches(examples, schedule.tokens, seed + 1000 * rank + run.step)
    while progress < 1.0:
        optimiser.param_groups[0]["lr"] = (
            schedule.rate * min(1.0, progress / schedule.warmup + 0.01) * (1.0 - progress)
        )
        batch = next(stream)
        loss = loss_of(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        run.seconds = before + time.monotonic() - start
        run.tokens += batch.tokens * workers
        run.step += 1
        progress = _update(work, masters, optimiser, schedule.progress(run), workers)
        run.smooth = loss.item() if run.step == 1 else 0.98 * run.smooth + 0.02 * loss.item()
        if rank == 0 and run.step % 25 == 0:
            speed = run.tokens / run.seconds
            said = f"{progress:6.1%} step {run.step} loss {run.smooth:.4f} tokens {run.tokens} ({speed:.0f}/s)"
            print(said, flush=True)
        if rank == 0 and time.monotonic() - saved > 300:
            _keep(model, schedule, run, masters, optimiser)
            saved = time.monotonic()
    if rank == 0:
        _keep(model, schedule, run, masters, optimiser)
    return run.tokens


def _keep(
    model: Encoder, schedule: Schedule, run: _Run, masters: list[Tensor], optimiser: torch.optim.Optimizer
) -> None:
    save(model, schedule.checkpoint)
    part = schedule.state.with_suffix(".part")
    torch.save({"run": asdict(run), "masters": masters, "optimiser": optimiser.state_dict()}, part)
    part.replace(schedule.state)


def _restored(path: Path, masters: list[Tensor], optimiser: torch.optim.Optimizer) -> _Run:
    """Put masters and optimiser where a run has left them."""
    kept = torch.load(path, weights_only=True)
    with torch.no_grad():
        for master, value in zip(masters, kept["masters"], strict=True):
            master.copy_(value)
    optimiser.load_state_dict(kept["optimiser"])
    return _Run(**kept["run"])


def _update(
    work: list[Tensor], masters: list[Tensor], optimiser: torch.optim.Optimizer, progress: float, workers: int
) -> float:
    """One step with the workers' mean gradient; returns their mean progress, so that all stop together."""
    with torch.no_grad():
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in work]
        flat = torch.cat([grad.float().reshape(-1) for grad in grads] + [torch.tensor([progress])])
        if workers > 1:
            dist.all_reduce(flat)
            flat /= workers
        position = 0
        for parameter, master in zip(work, masters, strict=True):
            master.grad = flat[position : position + master.numel()].view_as(master)
            position += master.numel()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(masters, 1.0)
    optimiser.step()
    _copy(masters, work)
    return float(flat[-1])


def _copy(masters: list[Tensor], work: list[Tensor]) -> None:
    with torch.no_grad():
        for parameter, master in zip(work, masters, strict=True):
            parameter.copy_(master)


Task = Callable[[], tuple[Encoder, Loss]]
"""Makes the model and names its loss; a module's own function, so that it reaches other processes."""


def train_in_processes(
    task: Task, examples: Sequence[Encoded], schedule: Schedule, *, seed: int, workers: int
) -> None:
    """Train with one thread in each of several processes.

    On a busy machine this is far quicker than several threads in one process, which wait for each other
    at every product of matrices.
    """
    folder = schedule.checkpoint.parent
    folder.mkdir(parents=True, exist_ok=True)
    store, meeting = folder / "examples.tmp", folder / "meeting.tmp"
    meeting.unlink(missing_ok=True)
    torch.save([(e.ids, e.types, e.label, e.token_labels, e.parts) for e in examples], store)
    context = multiprocessing.get_context("spawn")
    arguments = (task, store, meeting, schedule, seed, workers)
    others = [context.Process(target=_worker, args=(rank, *arguments)) for rank in range(workers)]
    for process in others:
        process.start()
    for process in others:
        process.join()
    store.unlink()
    meeting.unlink(missing_ok=True)
    if any(process.exitcode for process in others):
        raise RuntimeError("a training process failed")


def _worker(rank: int, task: Task, store: Path, meeting: Path, schedule: Schedule, seed: int, workers: int) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    dist.init_process_group("gloo", init_method=f"file://{meeting.resolve()}", rank=rank, world_size=workers)
    examples = [Encoded(*fields) for fields in torch.load(store, weights_only=True)]
    model, loss_of = task()
    seen = train(model, examples, loss_of, schedule, seed)
    if rank == 0:
        print(f"done: {seen} tokens", flush=True)
    dist.destroy_process_group()


def save(model: Encoder, path: Path) -> None:
    """Write the model's exported tensors, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(model.export(), part)
    part.replace(path)
