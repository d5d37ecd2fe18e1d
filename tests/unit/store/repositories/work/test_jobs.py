"""The queue of record: claims, leases, attempts, dead letters (laws 1 to 3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from evaluator.core.retry import MAX_ATTEMPTS, RESTART_SECONDS, RetryPolicy
from evaluator.store.repositories.work import jobs
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT
from tests.support.processes import processes

LEASE = timedelta(seconds=60)


def job(number: int, fingerprint: str = "f", **fields: Any) -> dict[str, Any]:
    return {
        "project": PROJECT,
        "day": NOW.date(),
        "target_kind": "answer",
        "target_id": f"t{number}",
        "content_hash": "c",
        "fingerprint": fingerprint,
        "trace_id": f"t{number}",
        "queue": "score",
        "priority": number,
        "available_at": NOW,
        "created_at": NOW,
    } | fields


def claim(store: Store, owner: str, limit: int = 10, after: float = 0.0) -> list[Any]:
    with store.write() as unit:
        return unit.queue.claim("score", owner, limit, NOW + timedelta(seconds=after), LEASE)


def add(store: Store, *rows: dict[str, Any]) -> None:
    with store.write() as unit:
        unit.queue.add(rows)


def test_the_newest_goes_first_and_a_batch_has_one_evaluator(store: Store) -> None:
    add(store, job(1), job(2, "other"), job(3), job(4))
    first = claim(store, "a")
    assert [j.target_id for j in first] == ["t4", "t3", "t1"]
    assert {j.attempts for j in first} == {1}
    assert [j.target_id for j in claim(store, "b")] == ["t2"]
    assert claim(store, "c") == []


def test_queueing_twice_is_queueing_once(store: Store) -> None:
    add(store, job(1))
    add(store, job(1), job(2))
    assert len(claim(store, "a")) == 2


def test_a_lease_that_runs_out_is_claimed_again_and_runs_alone(store: Store) -> None:
    add(store, job(1), job(2), job(3))
    assert len(claim(store, "a", limit=2)) == 2
    assert [j.target_id for j in claim(store, "b", after=66)] == ["t3"], "a retry must not go with others"
    assert [j.target_id for j in claim(store, "b", after=66)] == ["t2"]


def test_a_lease_that_is_extended_holds(store: Store) -> None:
    add(store, job(1))
    claim(store, "a")
    with store.write() as unit:
        unit.queue.extend("a", NOW + timedelta(seconds=120))
    assert claim(store, "b", after=66) == []
    assert len(claim(store, "b", after=126)) == 1


def test_only_ones_own_leases_are_extended(store: Store) -> None:
    add(store, job(1), job(2))
    claim(store, "a", limit=1)
    claim(store, "b", limit=1)
    with store.write() as unit:
        unit.queue.extend("a", NOW + timedelta(seconds=120))
    assert len(claim(store, "c", after=66)) == 1


def test_attempts_are_counted_at_the_claim(store: Store) -> None:
    add(store, job(1))
    for attempt in range(1, MAX_ATTEMPTS + 2):
        (taken,) = claim(store, f"w{attempt}", after=attempt * 100)
        assert taken.attempts == attempt


def test_what_is_released_was_not_an_attempt(store: Store) -> None:
    add(store, job(1))
    claim(store, "a")
    with store.write() as unit:
        unit.queue.release("a", NOW)
    assert claim(store, "b")[0].attempts == 1


def test_who_lost_its_lease_does_not_finish_the_job_of_another(store: Store) -> None:
    add(store, job(1))
    late = claim(store, "late")
    assert len(claim(store, "other", after=66)) == 1
    with store.write() as unit:
        unit.queue.finish(late, "late")
        assert unit.of(PROJECT).jobs.counts() == {("f", "leased"): 1}


def test_the_id_of_a_dropped_job_never_comes_back(store: Store) -> None:
    add(store, job(1))
    (held,) = claim(store, "a")
    with store.write() as unit:
        unit.of(PROJECT).jobs.drop_stale("t1", keep=[])
        unit.queue.add([job(1, content_hash="new")])
        unit.queue.finish([held], "a")
    assert [j.content_hash for j in claim(store, "b")] == ["new"]


def test_dead_letters_are_seen_and_replayed(store: Store) -> None:
    add(store, job(1))
    (taken,) = claim(store, "a")
    with store.write() as unit:
        unit.queue.bury(taken, "a", "it crashed")
    assert claim(store, "b", after=1000) == []
    with store.read() as unit:
        assert [(d["target_id"], d["error"]) for d in unit.of(PROJECT).jobs.dead()] == [("t1", "it crashed")]
        assert unit.of("another").jobs.dead() == []
    with store.write() as unit:
        assert unit.of("another").jobs.replay(NOW) == 0
        assert unit.of(PROJECT).jobs.replay(NOW) == 1
    assert claim(store, "b")[0].attempts == 1


def _claim_all(url: str, owner: str, results: Any) -> None:
    store = Store(url)
    mine: list[str] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (jobs := claim(store, owner, limit=3)):
        mine += [j.target_id for j in jobs]
    results.put((owner, mine))
    store.close()


def test_processes_never_claim_the_same_job(database_url: str) -> None:
    store = Store(database_url)
    add(store, *(job(i) for i in range(150)))
    results = processes.Queue()
    crowd = [processes.Process(target=_claim_all, args=(database_url, f"w{i}", results)) for i in range(4)]
    for process in crowd:
        process.start()
    claimed = [results.get(timeout=120) for _ in crowd]
    for process in crowd:
        process.join(timeout=30)
    store.close()
    everything = [target for _, mine in claimed for target in mine]
    assert len(everything) == len(set(everything)) == 150


def test_the_oldest_has_its_turn_with_others_of_its_kind(store: Store) -> None:
    add(store, job(1, "old"), *(job(n, "new") for n in range(10, 20)), job(2, "old"), job(-5, "backfill"))
    with store.write() as unit:
        taken = unit.queue.claim("score", "a", 2, NOW, LEASE, oldest=lambda _: True)
        assert [j.target_id for j in taken] == ["t2", "t1"], "the first that was queued is among them"
        assert [j.target_id for j in unit.queue.claim("score", "a", 2, NOW, LEASE)] == ["t19", "t18"]
        unit.queue.finish(unit.queue.claim("score", "a", 10, NOW, LEASE), "a")
        (last,) = unit.queue.claim("score", "a", 10, NOW, LEASE, oldest=lambda _: True)
    assert last.target_id == "t-5", "a backfill is taken where there is nothing else"


def test_what_waits_for_its_time_is_not_looked_at_until_then(store: Store) -> None:
    add(store, job(1), job(2), job(3, available_at=NOW + timedelta(seconds=90)))
    with store.write() as unit:
        first, second = unit.queue.claim("score", "a", 10, NOW, LEASE)
        unit.queue.retry(first, "a", "later", NOW + timedelta(seconds=30))
        unit.queue.give_back([second], "a", NOW + timedelta(seconds=60))
    assert claim(store, "b", after=29) == []
    assert [j.target_id for j in claim(store, "b", after=31)] == ["t2"]
    assert [j.target_id for j in claim(store, "b", after=61)] == ["t1"], "given back, it was not counted"
    assert {j.target_id for j in claim(store, "b", after=91)} == {"t3"}


def test_projects_take_turns_in_the_order_that_is_asked_for(store: Store) -> None:
    add(store, *(job(n, project=p) for p in ("a", "b", "c") for n in range(3)), job(9, queue="judge", project="d"))
    asked: list[list[str]] = []

    def order(projects: Sequence[str]) -> list[str]:
        asked.append(list(projects))
        return sorted(projects, reverse=True)

    with store.write() as unit:
        for project in ("c", "b", "a"):
            taken = unit.queue.claim("score", "w", 10, NOW, LEASE, order=order)
            assert [(j.project, j.target_id) for j in taken] == [(project, f"t{n}") for n in (2, 1, 0)]
        assert unit.queue.claim("score", "w", 10, NOW, LEASE, order=order) == []
    assert asked[:3] == [["a", "b", "c"], ["a", "b"], ["a"]], "only who has something there is asked about"


def test_a_backfill_waits_for_what_comes_in_to_any_project(store: Store) -> None:
    add(store, job(-5, project="a"), job(5, project="b"))
    assert [j.project for j in claim(store, "w")] == ["b"]
    assert [j.project for j in claim(store, "w")] == ["a"]


@pytest.mark.postgres
def test_where_others_hold_a_projects_jobs_the_next_one_is_served(postgres_url: str) -> None:
    one, other = Store(postgres_url), Store(postgres_url)
    add(one, job(1, project="a"), job(2, project="a"), job(3, project="b"))
    with one.write() as unit:
        assert {j.project for j in unit.queue.claim("score", "w", 10, NOW, LEASE)} == {"a"}
        with other.write() as beside:
            assert [j.project for j in beside.queue.claim("score", "x", 10, NOW, LEASE)] == ["b"]
    for store in (one, other):
        store.close()


def test_a_process_that_died_gives_back_at_once_what_it_held_and_owes_for_it(store: Store) -> None:
    add(store, job(1), job(2), job(3, project="other"))
    claim(store, "dead")
    retry = RetryPolicy(attempts=2, first_pause=10)
    with store.write() as unit:
        unit.queue.lose("dead", "outgrew 5 MiB", retry, 7.0, NOW)
        assert unit.queue.debts("score", NOW) == {PROJECT: 7.0 + RESTART_SECONDS}
        assert unit.queue.debts("score", NOW + timedelta(seconds=30)) == {PROJECT: 7.0}
        assert unit.queue.debts("judge", NOW) == unit.queue.debts("score", NOW + timedelta(seconds=60)) == {}
    assert [j.project for j in claim(store, "w", after=9)] == ["other"]
    for _ in range(2):
        (taken,) = claim(store, "dead", after=10)
        assert (taken.attempts, taken.error) == (2, "outgrew 5 MiB")
    with store.write() as unit:
        unit.queue.lose("dead", "outgrew 5 MiB", retry, 7.0, NOW + timedelta(seconds=11))
    assert claim(store, "w", after=11)[0].attempts == 3, "there is no other try to wait for"


def plan(store: Store, statement: str, **values: Any) -> str:
    """What the database says it would do."""
    ask = "EXPLAIN (ANALYZE, VERBOSE) " if store.url.startswith("postgres") else "EXPLAIN QUERY PLAN "
    with store.write() as unit:
        return "\n".join(str(row) for row in unit.connection.execute(text(ask + statement), values))


def test_claims_probe_an_index_whatever_waits(store: Store) -> None:
    add(store, *(job(n * 1000 + i, project=f"p{n}") for n in range(20) for i in range(100)))
    if store.url.startswith("postgres"):
        with store.write() as unit:
            unit.connection.exec_driver_sql("ANALYZE score_job")
    for statement, index in ((jobs._WAITING, "ix_job_ready"), (jobs._WAITING_LIVE, "ix_job_oldest")):
        said = plan(store, str(statement), queue="score")
        assert said.count(index) == 2, said
    ready = "SELECT id FROM score_job WHERE queue = 'score' AND project = 'p7' AND state = 'ready' AND NOT held"
    for more, index in (
        ("ORDER BY priority DESC, id LIMIT 1", "ix_job_ready"),
        ("AND priority + 0 >= 0 ORDER BY id LIMIT 1", "ix_job_oldest"),
        ("AND fingerprint = 'f' AND budget = '' AND attempts = 0 ORDER BY priority DESC, id LIMIT 31", "ix_job_"),
    ):
        said = plan(store, f"{ready} {more}")
        assert index in said, said
        assert "sort" not in said.lower().replace("temp b-tree", "sort"), said
