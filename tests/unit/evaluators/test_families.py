"""Names of the form family:member, from the registry to the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from evaluator.api.app import create_app
from evaluator.bootstrap import Services, open_services
from evaluator.cli.main import app
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, fingerprint
from evaluator.evaluators import registry
from evaluator.settings import Settings
from evaluator.web.pages import install
from tests.support import families
from tests.support.families import Marks
from tests.support.house import House, trace


@dataclass
class BuiltHouse(House):
    """Scores with the evaluators that rules pin."""

    services: Services = field(kw_only=True)

    def build(self, project: str, pinned: str) -> Evaluator:
        return self.services.build(project, pinned)


CALM, RESTLESS = "It opens at nine.", "What? Why? Now?"


@pytest.fixture(autouse=True)
def family() -> Iterator[None]:
    with families.installed():
        yield


def test_a_member_is_made_by_its_full_name() -> None:
    made = registry.create("marks:question", {"most": 3})
    assert isinstance(made, Evaluator)
    assert isinstance(made, Marks)
    assert (made.spec.name, made.spec.scale.high) == ("marks:question", 3.0)
    other = registry.create("marks:exclamation", {"most": 3})
    assert fingerprint(made) != fingerprint(other)
    again = registry.restore("marks:question", made.parameters)
    assert fingerprint(again) == fingerprint(made)


def test_no_folder_is_named_to_a_family_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Marks, "folders", ("model",), raising=False)
    with pytest.raises(InvalidInput, match="names a folder"):
        registry.refuse_folders("marks:question", {"model": "/etc"})
    registry.refuse_folders("marks:question", {"model": "someone/model"})
    registry.refuse_folders("nothing:question", {"model": "/etc"})  # whoever makes it says that there is none


@pytest.mark.parametrize(
    ("name", "why"),
    [("marks", "marks:NAME"), ("toxicity:x", "no family"), ("nothing:x", "marks:NAME"), ("pii:", "no family")],
)
def test_what_is_no_member_is_told(name: str, why: str) -> None:
    with pytest.raises(NotFound, match=why):
        registry.create(name)


def test_what_a_family_refuses_names_the_field() -> None:
    with pytest.raises(InvalidInput, match="no odd marks"):
        registry.create("marks:odd")
    with pytest.raises(InvalidInput, match=r"parameters\.member"):
        registry.create("marks:question", {"member": "exclamation"})


def test_a_family_is_no_evaluator_by_itself() -> None:
    assert "marks" not in registry.names()
    assert {spec.name for spec in registry.specs()} == set(registry.names())


@pytest.mark.parametrize("name", ["marks:a:b", ":a", "a:", "a b", "a:B", "a" * 65, "a:" + "b" * 65, "a\n", "a:b\n"])
def test_names_have_a_family_at_most_once(name: str) -> None:
    spec = registry.create("marks:question").spec
    with pytest.raises(ValidationError):
        type(spec).model_validate(spec.model_dump() | {"name": name})
    long = "f" * 64 + ":" + "m" * 64
    assert type(spec).model_validate(spec.model_dump() | {"name": long}).name == long


def test_the_command_line_scores_with_a_member(tmp_path: Path) -> None:
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_text("".join(json.dumps({"answer": answer}) + "\n" for answer in (CALM, RESTLESS)))
    given = ["score", str(file), "--out", str(out), "-e", "marks:question", "-p", "marks:question.most=4"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["evaluator"], row["score"]) for row in found] == [("marks:question", 0.0), ("marks:question", 0.75)]


def test_a_rule_a_series_and_the_pages_carry_the_name(sqlite_url: str) -> None:
    services = open_services(Settings(database_url=sqlite_url), migrated=False)
    with TestClient(create_app(services, pages=lambda made: install(made, services))) as client:
        pushed = client.post("/api/v1/rules", json={"name": "restless", "evaluator": "marks:question"})
        assert pushed.status_code == 201, pushed.text
        assert pushed.json()["evaluator"] == "marks:question"
        house = BuiltHouse(services.store, services=services)
        house.feed(trace(1, CALM), trace(2, RESTLESS))
        house.run()
        for asked in ("marks:question", "marks%3Aquestion"):
            (series,) = client.get(f"/api/v1/series?evaluator={asked}").json()["series"]
            assert (series["evaluator"], series["points"][0]["estimate"]) == ("marks:question", pytest.approx(0.5))
        refused = client.get("/api/v1/series?evaluator=marks")  # the family is no evaluator
        assert (refused.status_code, refused.json()["error"]["remedy"]) == (422, "Use one of marks:question")
        assert "marks:question" in client.get("/").text
        assert "marks:question" in client.get("/traces/t2").text
