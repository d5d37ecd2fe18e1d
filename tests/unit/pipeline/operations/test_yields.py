"""Whether a sender's traces suddenly tell less is seen in the newest of them, on real databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from evaluator.core.trace import Fact, Part
from evaluator.ingest.assembly.assemble import assemble
from evaluator.pipeline.operations.doctor.checks import State, check_work
from evaluator.pipeline.operations.status import read_status
from evaluator.pipeline.operations.yields import read_yield_drops
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.settle import settle_due
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.store.store import Store
from evaluator.telemetry import PrometheusMeter
from tests.support.calls import call
from tests.support.databases import holding
from tests.support.house import NOW, PROJECT, House, change, trace


def feed(house: House, *parts: Part) -> None:
    store_parts(house.store, list(parts), house.clock, timedelta())
    while settle_due(house.store, assemble, house.clock):
        pass


@pytest.fixture
def fallen(store: Store) -> House:
    """Sixty traces with texts, then thirty of which one has any; and another project's that are well."""
    house = House(store)
    calls = [call(n, texts=n > 30 or n == 5) for n in range(1, 91)]
    others = [call(n, texts=True, project="other") for n in range(1, 91)]
    feed(house, *calls, *others)
    return house


def test_a_sender_that_suddenly_tells_less_is_named_with_the_remedy(fallen: House) -> None:
    with fallen.store.read() as unit:
        drops = read_yield_drops(unit, PROJECT, NOW)
        assert read_status(unit, PROJECT, NOW).yield_drops == drops
        assert read_yield_drops(unit, "other", NOW) == []
        warned = [check for check in check_work(unit, NOW) if check.name.startswith("sender")]
    (drop,) = drops
    assert (drop.sender, drop.fact) == ("opentelemetry-genai", Fact.ANSWER)
    assert drop.since == NOW - timedelta(minutes=30)
    assert (drop.having, drop.traces, drop.having_before, drop.traces_before) == (1, 30, 60, 60)
    assert drop.sentence == (
        "Since 20 Nov 2026, 11:30 UTC, 1 of 30 traces from OpenTelemetry GenAI have an answer (before: 60 of 60): "
        "contents are not recorded: set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only"
    )
    assert [(check.name, check.state) for check in warned] == [("sender default/opentelemetry-genai", State.WARNING)]
    assert "--missing answer --project default" in warned[0].remedy


def test_what_fell_long_ago_is_how_things_are(fallen: House) -> None:
    with fallen.store.read() as unit:
        assert read_yield_drops(unit, PROJECT, NOW + timedelta(days=8)) == []


def test_a_few_traces_and_those_of_before_the_migration_say_nothing(store: Store) -> None:
    house = House(store)
    feed(house, *(call(n, texts=n > 5) for n in range(1, 40)))
    with store.read() as unit:
        assert read_yield_drops(unit, PROJECT, NOW) == []
    feed(house, *(call(n, texts=False, scope="litellm") for n in range(100, 160)))
    change(store, "UPDATE trace SET sender = NULL, missing = NULL, gaps = NULL")
    with store.read() as unit:
        assert unit.of(PROJECT).gaps._read(1000) == []
        listed = unit.of(PROJECT).views.traces(TraceFilter(missing=Fact.ANSWER))
    assert listed == []


def test_traces_are_found_by_their_sender_and_by_what_they_lack(store: Store) -> None:
    house = House(store)
    feed(house, call(1, texts=True), call(2, texts=False), call(3, texts=False, scope="litellm"))
    house.feed(trace(4), trace(5, context=None), project="other")
    house.control()

    def ids(project: str = PROJECT, **where: object) -> list[int]:
        with store.read() as unit:
            found = unit.of(project).views.traces(TraceFilter(**where))
        return [int(row["id"].removeprefix("t"), 16) for row in found]

    assert ids(exact={"sender": "litellm"}) == [3]
    assert ids(missing=Fact.ANSWER) == [2, 3]
    assert ids(missing=Fact.PASSAGES) == [1, 2, 3]
    assert ids(missing=Fact.QUESTION, exact={"sender": "opentelemetry-genai"}) == [2]
    assert ids("other", missing=Fact.PASSAGES) == [5]
    assert ids("other", exact={"sender": "faithline"}) == [4, 5]


def test_the_newest_are_read_from_an_index_alone(fallen: House) -> None:
    statements: list[tuple[str, object]] = []
    with fallen.store.read() as unit:
        event.listen(unit.connection, "before_cursor_execute", lambda *given: statements.append(given[2:4]))
        unit.of(PROJECT).gaps._read(50)
        if unit.connection.dialect.name == "sqlite":
            text, values = statements[0]
            plan = unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            assert [row[3] for row in plan] == ["SEARCH trace USING COVERING INDEX ix_trace_start (project=?)"]


def test_what_is_settled_is_counted_by_sender_and_reason(store: Store) -> None:
    house, meter = House(store), PrometheusMeter()
    store_parts(store, [call(1, texts=True), call(2, texts=False)], house.clock, timedelta())
    settle_due(store, assemble, house.clock, meter=meter)
    assert settle_due(store, assemble, house.clock, meter=meter) == 0
    value = meter.registry.get_sample_value
    sender = {"sender": "opentelemetry-genai"}
    assert value("faithline_settled_traces_total", sender) == 2
    assert value("faithline_gaps_total", sender | {"fact": "answer", "reason": "not_recorded"}) == 1
    assert value("faithline_gaps_total", sender | {"fact": "passages", "reason": "no_source"}) == 2
    names = {metric.name for metric in meter.collect()}
    assert {"faithline_settled_traces", "faithline_gaps"} <= names


def test_what_a_trace_lacks_goes_with_it(store: Store) -> None:
    house = House(store)
    feed(house, call(1, texts=False, scope="shop", **{"acme.secret": "x", "user.id": "u"}))
    assert "trace" in holding(store.url, "acme.secret")
    erase_user(store, PROJECT, "u", house.clock)
    assert holding(store.url, "acme.secret") == set()
