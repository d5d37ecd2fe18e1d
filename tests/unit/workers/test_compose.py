"""docker-compose.yml and the Dockerfile: valid, and about the programs and ports that there are."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import jsonschema
import pytest

from bench.servers.compose import PROGRAMS, SERVERS, read_compose
from evaluator.api.grpc.door import GRPC_PORT
from evaluator.pipeline.schedule import QUEUES
from evaluator.settings import Settings
from tests.support import ROOT

SCHEMA = json.loads((ROOT / "tests/data/compose-subset.schema.json").read_text())
COMPOSE = read_compose()
OURS = {name: service for name, service in COMPOSE["services"].items() if name not in SERVERS}


def test_the_file_is_what_the_compose_specification_allows() -> None:
    jsonschema.validate(COMPOSE, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("services", "api", "comand"), ["faithline"]),
        (("services", "api", "depends_on", "postgres"), {"condition": "healthy"}),
        (("services", "api", "healthcheck", "interval"), "5 seconds"),
        (("service",), {}),
    ],
)
def test_the_schema_refuses_what_is_not(path: tuple[str, ...], value: Any) -> None:
    broken = copy.deepcopy(COMPOSE)
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_every_service_depends_on_services_that_tell_their_health() -> None:
    for service in COMPOSE["services"].values():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in COMPOSE["services"][other]


def test_every_queue_is_served_and_every_setting_is_known() -> None:
    served = [q for s in OURS.values() for a in s["command"] if a.startswith("--queues=") for q in a[9:].split(",")]
    assert sorted(served) == sorted(QUEUES)
    # The first key of a house is no setting of a process; see docs/operations.md.
    known = {f"FAITHLINE_{name.upper()}" for name in Settings.model_fields} | {"FAITHLINE_BOOTSTRAP_KEY"}
    for service in OURS.values():
        assert service["command"][0] in PROGRAMS
        assert set(service["environment"]) <= known
        assert "--insecure-remote" not in service["command"]


def test_secrets_that_are_given_reach_the_api() -> None:
    assert {"FAITHLINE_BOOTSTRAP_KEY", "FAITHLINE_SESSION_SECRET"} <= set(OURS["api"]["environment"])


def test_redis_keeps_what_it_has() -> None:
    options = COMPOSE["services"]["redis"]["command"]
    assert options[options.index("--maxmemory-policy") + 1] == "noeviction"
    assert options[options.index("--appendonly") + 1] == "yes"


def test_the_image_starts_what_the_api_service_starts() -> None:
    text = (ROOT / "Dockerfile").read_text()
    (command,) = re.findall(r"^CMD (.+)$", text, re.MULTILINE)
    (ports,) = re.findall(r"^EXPOSE (.+)$", text, re.MULTILINE)
    assert json.loads(command) == OURS["api"]["command"]
    published = {p.rsplit(":", 1)[-1] for s in OURS.values() for p in s.get("ports", [])}
    assert published | {str(OURS["score"]["environment"]["FAITHLINE_METRICS_PORT"])} == set(ports.split())
    api = Settings(grpc_port=OURS["api"]["environment"]["FAITHLINE_GRPC_PORT"])
    assert published == {str(api.port), str(api.grpc_port)}
    assert api.grpc_port == GRPC_PORT
