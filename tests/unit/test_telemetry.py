"""Logs: one JSON object a line, whoever speaks; no password, and no text of a trace."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from evaluator.core.errors import InvalidInput
from evaluator.settings import Settings
from evaluator.telemetry import BackendCollector, PrometheusMeter, configure_logging, hide_password

SECRET = "s3same-open"
Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Said]:
    """What has been logged since."""
    kept, level = list(logging.getLogger().handlers), logging.getLogger().level
    configure_logging("info", "json")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.getLogger().handlers[:] = kept
    logging.getLogger().setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_ours_and_those_of_libraries_come_out_alike(said: Said) -> None:
    with structlog.contextvars.bound_contextvars(job=7):
        structlog.get_logger().info("batch", size=3)
    logging.getLogger("celery.worker").warning("lost %s", "it")
    logging.getLogger("celery.worker.strategy").info("Task received")
    ours, theirs = said()
    assert (ours["event"], ours["job"], ours["size"], ours["level"]) == ("batch", 7, 3, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("lost it", "celery.worker", "warning")
    assert ours["timestamp"].endswith("Z")


def test_an_exception_says_where_and_what_but_quotes_nothing(said: Said) -> None:
    try:
        with create_engine("sqlite://").begin() as db:
            db.execute(text("INSERT INTO nowhere VALUES (:answer)"), {"answer": "the patient's name"})
    except DBAPIError:
        structlog.get_logger().exception("not_saved")
        logging.getLogger("library").exception("failed")
    try:
        raise ValueError("the patient's name")
    except ValueError:
        structlog.get_logger().exception("not_read")
    ours, theirs, other = said()
    assert ours["exception"] == theirs["exception"] == "OperationalError"
    assert any("test_telemetry.py" in frame for frame in ours["raised"])
    assert other["exception"] == "ValueError"
    assert "patient" not in json.dumps([ours, theirs, other])


def test_our_own_errors_and_those_of_the_network_are_told(said: Said) -> None:
    for error in (InvalidInput("rule.rate", "must be at most 1"), ConnectionRefusedError(111, "refused")):
        try:
            raise error
        except (InvalidInput, OSError):
            structlog.get_logger().exception("oh")
    assert [line["message"] for line in said()] == ["rule.rate: must be at most 1", "[Errno 111] refused"]


def test_a_password_never_appears(said: Said) -> None:
    urls = (f"postgresql://me:{SECRET}@db:5432/house", f"redis://:{SECRET}@cache/0", f"rediss://u:{SECRET}@h:1/0")
    for url in urls:
        structlog.get_logger().info("opened", url=url, also=[url], nested={"of": [url]})
        logging.getLogger("library").warning("can not reach %s", url)
        try:
            raise ConnectionError(f"no route to {url}")
        except ConnectionError:
            structlog.get_logger().exception("away")
    lines = said()
    assert len(lines) == 9
    assert SECRET not in json.dumps(lines)
    assert lines[0]["url"] == "postgresql://me:***@db:5432/house"


@pytest.mark.parametrize("said", ["http://host:80/path", "no address at all: x@y", "redis://me@cache:6379/0"])
def test_what_is_no_password_stays(said: str) -> None:
    assert hide_password(said) == said


def test_a_broker_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="redis://HOST:PORT/DATABASE"):
        Settings(redis_url="amqp://rabbit")


def test_what_a_worker_counts() -> None:
    class Backend:
        lost_hints = 4

        def reachable(self) -> bool:
            return False

    meter = PrometheusMeter()
    meter.scored("toxicity", 0.25, {"scored": 7, "timeout": 1})
    meter.registry.register(BackendCollector(Backend()))  # type: ignore[arg-type]
    value = meter.registry.get_sample_value
    assert value("faithline_results_total", {"evaluator": "toxicity", "result": "scored"}) == 7
    assert value("faithline_results_total", {"evaluator": "toxicity", "result": "timeout"}) == 1
    assert value("faithline_batch_size_sum", {"evaluator": "toxicity"}) == 8
    assert value("faithline_scoring_seconds_sum", {"evaluator": "toxicity"}) == 0.25
    assert (value("faithline_hints_not_sent_total"), value("faithline_broker_up")) == (4, 0)
