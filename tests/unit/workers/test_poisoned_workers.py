"""A worker that poison ends, started again as compose does it: everybody else is scored, and the guilty are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.chaos.evaluators import plugin
from bench.servers import wait_until
from bench.servers.compose import ROOT, Cluster, distributed
from bench.servers.postgres import libpq_address
from evaluator.store.store import Store
from tests.support.poison import LIMITS, PLUGIN, RETRIES, check_planted, plant, worked_off

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.mark.long
@pytest.mark.timeout(400)
def test_poison_ends_its_worker_and_nobody_elses_scores(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{plugin(tmp_path / 'site', PLUGIN)}:{ROOT}")
    store = Store(postgres_url)
    plant(store)
    alone = {"score": 1, "control": 0, "judge": 0, "beat": 0}
    settings = {name: str(value) for name, value in (LIMITS | RETRIES).items()}
    with distributed(tmp_path, alone, database=libpq_address(postgres_url), batch_size="8", **settings) as cluster:

        def done(cluster: Cluster = cluster) -> bool:
            cluster.revive()
            return worked_off(store)

        wait_until(done, 300, "not everything was worked off")
    check_planted(store)
    store.close()
