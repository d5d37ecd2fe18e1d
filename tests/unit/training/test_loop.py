"""A run that was cut off goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from training.loop import Batch, Encoded, Loss, Schedule, _keep, _restored, _Run, train, train_in_processes


class Tiny(nn.Module):
    """One weight a token; enough for the loop."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.table = nn.Linear(1, 1)

    def export(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().float().contiguous() for name, value in self.state_dict().items()}


def loss_of(model: Tiny, batch: Batch) -> torch.Tensor:
    weight = next(model.table.parameters())
    said = model.table(batch.ids.to(weight.dtype)[..., None])[..., 0]
    return ((said - batch.types) ** 2).float().mean()


EXAMPLES = [Encoded([101, 5, 102], [0, 0, 1], 0)] * 64


def test_masters_moments_and_counts_come_back(tmp_path: Path) -> None:
    model = Tiny()
    masters = [p.detach().clone().requires_grad_() for p in model.parameters()]
    optimiser = torch.optim.AdamW(masters, lr=0.1)
    for master in masters:
        master.grad = torch.ones_like(master)
    optimiser.step()
    schedule = Schedule(1.0, 0.1, tmp_path / "checkpoint.safetensors")
    _keep(model, schedule, _Run(12.0, 340, 5, 0.5), masters, optimiser)  # type: ignore[arg-type]
    others = [torch.zeros_like(master).requires_grad_() for master in masters]
    again = torch.optim.AdamW(others, lr=0.1)
    assert _restored(schedule.state, others, again) == _Run(12.0, 340, 5, 0.5)
    for one, other in zip(masters, others, strict=True):
        assert torch.equal(one, other)
    kept = [optimiser.state_dict(), again.state_dict()]
    assert torch.equal(kept[0]["state"][0]["exp_avg"], kept[1]["state"][0]["exp_avg"])


def test_what_was_used_of_the_time_is_used(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    seen = train(Tiny(), EXAMPLES, loss_of, Schedule(0.02, 1e-3, path, tokens=64), 1)  # type: ignore[arg-type]
    assert seen > 0
    whole = Schedule(0.02, 1e-3, path, tokens=64, resume=True)
    assert train(Tiny(), EXAMPLES, loss_of, whole, 1) == seen, "the time was over"  # type: ignore[arg-type]
    more = Schedule(0.03, 1e-3, path, tokens=64, resume=True)
    assert train(Tiny(), EXAMPLES, loss_of, more, 1) > seen  # type: ignore[arg-type]


@pytest.mark.parametrize("resume", [True, False])
def test_without_a_state_it_begins(tmp_path: Path, resume: bool) -> None:
    schedule = Schedule(0.01, 1e-3, tmp_path / "c.safetensors", tokens=64, resume=resume)
    assert train(Tiny(), EXAMPLES, loss_of, schedule, 1) > 0  # type: ignore[arg-type]


def test_a_run_may_be_bounded_by_tokens(tmp_path: Path) -> None:
    schedule = Schedule(60.0, 1e-3, tmp_path / "checkpoint.safetensors", tokens=64, most=640)
    assert 640 <= train(Tiny(), EXAMPLES, loss_of, schedule, 1) <= 704  # type: ignore[arg-type]


def tiny() -> tuple[Tiny, Loss]:
    return Tiny(), loss_of  # type: ignore[return-value]


def test_processes_meet_in_a_folder_that_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    schedule = Schedule(0.01, 1e-3, Path("runs/tiny/checkpoint.safetensors"), tokens=64)
    train_in_processes(tiny, EXAMPLES, schedule, seed=1, workers=2)  # type: ignore[arg-type]
    assert schedule.checkpoint.is_file()
