"""Stored pseudonyms can not be tested against known names; of rows of before, nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from evaluator.core.annotation import AnnotationKind
from evaluator.core.ids import pseudonym
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.otlp.requests import decode
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.stages.annotate import annotate
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store import migrate
from evaluator.store.store import Store
from tests.support.databases import everything, holding
from tests.support.house import PROJECT, QUIET, House, trace
from tests.support.people import ADA, series

OTHER = "other"
BEFORE = str(ScriptDirectory(str(migrate.MIGRATIONS)).get_revision("0006").down_revision)
NS = 1_795_176_000 * 10**9


def exported() -> bytes:
    user = {"key": "enduser.id", "value": {"stringValue": ADA}}
    span = {
        "traceId": "a" * 32, "spanId": "b" * 16, "name": "call",
        "startTimeUnixNano": str(NS), "endTimeUnixNano": str(NS),
        "attributes": [user, {"key": "output.value", "value": {"stringValue": "LOUD"}}],
    }  # fmt: skip
    return json.dumps(
        {"resourceSpans": [{"resource": {"attributes": [user]}, "scopeSpans": [{"spans": [span]}]}]}
    ).encode()


def fill(house: House) -> None:
    """Everything that names a user, in two projects."""
    house.rule(filter=[{"field": "user", "op": "ne", "value": pseudonym(PROJECT, "nobody")}])
    house.feed(*(trace(n, "LOUD", user=ADA) for n in range(3)), trace(3, "LOUD calm", user=ADA, session="s"))
    house.feed(trace(4, "calm", user="bob"), trace(5, "calm"))
    house.feed(trace(6, user=ADA), project=OTHER)
    house.feed(trace(7, spans=[{"name": "step", "attributes": {"user.id": ADA, "langfuse.user.id": "bob"}}]))
    decoded = decode(
        exported(), "application/json", None, project=PROJECT, max_bytes=10**6, received=house.clock.now()
    )
    store_parts(house.store, decoded.parts, house.clock, QUIET)
    said = [{"trace_id": "t0", "value": 1, "user_id": ADA}, {"trace_id": "t0", "value": 1, "metadata": {"user": "x"}}]
    assert annotate(house.store, PROJECT, AnnotationKind.FEEDBACK, said, house.clock).accepted == 2
    house.clock.turn(31)
    house.run()


def clusters(store: Store) -> dict[str, Any]:
    with store.read() as unit:
        rows = unit.connection.execute(text("SELECT project || id, cluster FROM trace")).all()
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("user", [ADA, "bob"])
def test_a_known_name_finds_nothing_in_the_database(store: Store, user: str) -> None:
    house = House(store)
    fill(house)
    assert holding(store.url, user) == set()
    assert holding(store.url, pseudonym(PROJECT, user)) == set()
    assert holding(store.url, pseudonym(OTHER, user)) == set()


def test_rows_of_before_are_sealed_and_rates_stay_what_they_are(store: Store) -> None:
    house = House(store)
    fill(house)
    erase_user(store, PROJECT, "somebody", house.clock)
    migrated_to = migrate.head()
    rates, keys, before = series(house), clusters(store), sorted(everything(store.url))
    migrate.downgrade(store.url, BEFORE)
    old = pseudonym(PROJECT, ADA)
    assert {t.replace("part_default", "part") for t in holding(store.url, old)} == {"trace", "part", "annotation"}
    assert holding(store.url, pseudonym(PROJECT, "nobody")) == set()  # the rule named one that never was
    assert ("audit_event", pseudonym(PROJECT, "somebody")) in set(everything(store.url))
    with store.write() as unit:  # a user that came in before native spans were looked at
        unit.connection.execute(text("UPDATE trace SET \"user\" = 'raw' WHERE id = 't5'"))
    migrate.upgrade(store.url)
    assert migrate.current(store.url) == migrated_to
    for name in (old, pseudonym(OTHER, ADA), pseudonym(PROJECT, "somebody")):
        assert holding(store.url, name) == set()
    assert (series(house), clusters(store)) == (rates, keys)
    house.run()  # rates of earlier releases are made anew
    after = sorted(everything(store.url))
    assert len(after) == len(before)
    # A new trace joins those of its user.
    house.feed(trace(9, "LOUD", user=ADA))
    house.clock.turn(31)
    house.run()
    found = clusters(store)
    assert found[f"{PROJECT}t9"] == keys[f"{PROJECT}t0"] != 0
    erased = erase_user(store, PROJECT, ADA, house.clock)
    assert erased.deleted["trace"] == 7
    assert set(clusters(store)) == {f"{PROJECT}t4", f"{PROJECT}t5", f"{OTHER}t6"}
    assert erase_user(store, PROJECT, "raw", house.clock).deleted["trace"] == 1
    assert (
        erase_user(store, OTHER, pseudonym(OTHER, ADA), house.clock).deleted["trace"] == 1
    )  # as it was called before


def test_more_rows_than_a_page(store: Store) -> None:
    house = House(store)
    house.feed(*(trace(n, user=f"user {n % 7}") for n in range(1100)))
    house.clock.turn(31)
    while settle_due(store, assemble, house.clock):
        pass
    query = text('SELECT id, "user" FROM trace ORDER BY id')
    with store.read() as unit:
        first = unit.connection.execute(query).all()
    migrate.downgrade(store.url, BEFORE)
    migrate.upgrade(store.url)
    with store.read() as unit:
        second = unit.connection.execute(query).all()
    assert [row.id for row in first] == [row.id for row in second]
    assert all(a[1] != b[1] for a, b in zip(first, second, strict=True))
    assert len({row[1] for row in second}) == 7


def test_what_can_not_be_read_stops_no_migration(store: Store) -> None:
    house = House(store)
    house.feed(*(trace(n, user=ADA) for n in range(3)))
    annotate(store, PROJECT, AnnotationKind.FEEDBACK, [{"trace_id": "t0", "value": 1, "user_id": ADA}], house.clock)
    house.run()
    migrate.downgrade(store.url, BEFORE)
    with store.write() as unit:
        unit.connection.execute(text("UPDATE part SET body = :torn WHERE trace_id = 't1'"), {"torn": b"no"})
        if unit.connection.dialect.name == "sqlite":  # PostgreSQL holds nothing but JSON there
            unit.connection.execute(text("UPDATE annotation SET facts = '{'"))
    migrate.upgrade(store.url)
    assert migrate.current(store.url) == migrate.head()
    with store.write() as unit:
        unit.connection.execute(text("UPDATE annotation SET facts = '{}'"))
    assert holding(store.url, pseudonym(PROJECT, ADA)) == set()


def test_a_project_that_an_older_process_made_gets_its_secret(store: Store) -> None:
    house = House(store)
    house.feed(trace(0))
    with store.write() as unit:
        unit.connection.execute(text("UPDATE project SET secret = ''"))
    house.feed(trace(1, user=ADA))
    with store.read() as unit:
        assert len(unit.projects.secret(PROJECT)) == 64
    house.feed(trace(2, user=ADA))
    house.run()
    found = clusters(store)
    assert found[f"{PROJECT}t1"] == found[f"{PROJECT}t2"] != 0
