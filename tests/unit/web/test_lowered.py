"""What the overview, the API and the command line say of lowered rates and of money."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from evaluator.bootstrap import Services
from evaluator.cli.main import app
from evaluator.core.rule import Thinning
from evaluator.store.repositories.sampling.rate_factors import RateFactor
from tests.support.house import PROJECT
from tests.support.paid import PaidHouse
from tests.support.running import application


@pytest.fixture
def lowered(empty_house: Services) -> Services:
    """A queue that is 14 minutes behind, and a budget that paces its rule and of which a third is spent."""
    house = PaidHouse(empty_house.store)
    house.clock.moment = now = empty_house.clock.now()
    rule = house.rule(6.0)
    causes = (("queue:score", 0.4, 1.0, "backlog"), (rule.series, 0.05, 0.352, "budget"))
    with empty_house.store.write() as unit:
        home = unit.of(PROJECT)
        for scope, rest, protected, reason in causes:
            for minutes, factor in ((30, 0.8), (2, rest)):
                thinning = Thinning(factor, protected if minutes == 2 else 1.0)
                at, facts = now - timedelta(minutes=minutes), {"age": 840.0, "jobs": 9, "target": 600.0}
                facts = facts if reason == "backlog" else {}
                home.factors.append(RateFactor(scope=scope, at=at, thinning=thinning, reason=reason, facts=facts))
        home.ledger.open_day("paying", now.date(), 6_000_000)
        for name, amount in (("settled", 2_000_000), ("open", 30_000)):
            assert home.ledger.reserve(name, "paying", now.date(), amount, 1, now)
        home.ledger.settle("settled", 2_000_000, now)
    return empty_house


def strip(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_strip_says_what_is_lowered_since_when_and_why(lowered: Services) -> None:
    with TestClient(application(lowered)) as client:
        said = strip(client.get("/ui/status").text)
        assert said in strip(client.get("/").text)
    since = (lowered.clock.now() - timedelta(minutes=30)).strftime("%H:%M")
    assert re.search(
        rf"Scoring is 14 min behind: rates are lowered since .*{since}.*, now to 40 %",
        said,
    )
    assert re.search(r"The budget of paying paces its rates since .*, now to 5 % \(35 % in strata", said)
    assert "paying has spent $2.00 of $6.00 today, and $0.0300 is reserved." in said


def test_nothing_is_said_where_nothing_is_lowered(empty_house: Services) -> None:
    with TestClient(application(empty_house)) as client:
        assert "status-notes" not in client.get("/").text


def test_the_status_of_the_api_carries_both(lowered: Services) -> None:
    with TestClient(application(lowered)) as client:
        found = client.get("/api/v1/status").json()
    (budget,) = found["budgets"]
    assert (budget["limit"], budget["spent"], budget["reserved"], budget["reservations"]) == (6.0, 2.0, 0.03, 1)
    rates = {r["reason"]: r for r in found["rates"]}
    assert (rates["backlog"]["name"], rates["backlog"]["factor"], rates["backlog"]["behind"]) == ("score", 0.4, 840.0)
    assert (rates["budget"]["name"], rates["budget"]["protected"]) == ("paying", 0.352)


def test_the_command_lists_budgets(lowered: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", lowered.settings.database_url)
    told = CliRunner().invoke(app, ["budgets"])
    assert told.exit_code == 0, told.output
    assert "paying" in told.stdout
    assert "$6.00" in told.stdout
