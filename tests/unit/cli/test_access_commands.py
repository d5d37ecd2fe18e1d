"""Projects, keys, the audit log and the deletion of a user, at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from evaluator.core.access import Scope, secret_hash
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.databases import holding
from tests.support.house import trace

pytestmark = pytest.mark.usefixtures("own_house")


def test_a_key_is_made_listed_and_ended(sqlite_url: str) -> None:
    assert faithline("projects", "create", "shop").exit_code == 0
    made = faithline(
        "keys", "create", "--project", "shop", "--name", "[/]exporter", "--scope", "ingest", "--scope", "read",
        "--expires", "90d",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    store = Store(sqlite_url)
    with store.read() as unit:
        key = unit.key_ring.find(secret_hash(secret))
    assert key is not None
    assert (key.project, key.scopes) == ("shop", {Scope.INGEST, Scope.READ})
    listed = faithline("keys", "list", "--project", "shop").stdout
    assert key.id in listed
    assert "[/]exporter" in listed
    assert secret not in listed
    assert key.id not in faithline("keys", "list").stdout
    assert faithline("keys", "revoke", key.id).exit_code == 2
    assert faithline("keys", "revoke", key.id, "--project", "shop").exit_code == 0
    assert "revoked" in faithline("keys", "list", "--project", "shop").stdout
    told = faithline("audit", "--project", "shop").stdout
    assert all(action in told for action in ("project.create", "key.create", "key.revoke"))
    assert secret not in told
    store.close()


def test_names_of_users_are_given_shown_and_heeded(tmp_path: Path, sqlite_url: str) -> None:
    faithline("projects", "create", "shop")
    assert faithline("projects", "user-keys", "shop").stdout == ""
    given = faithline("projects", "user-keys", "shop", "customer_ref", "[b]cid")
    assert given.stdout.split() == ["customer_ref", "[b]cid"]
    assert faithline("projects", "user-keys", "shop").stdout == given.stdout
    assert "customer_ref, [b]cid" in faithline("projects", "list").stdout
    assert "project.user_keys" in faithline("audit", "--project", "shop").stdout
    file = tmp_path / "traces.jsonl"
    file.write_text(json.dumps(trace(1, metadata={"app.customerRef": "ada-7"})))
    assert faithline("ingest", str(file), "--project", "shop").exit_code == 0
    assert holding(sqlite_url, "ada-7") == set()
    assert "1 of trace" in faithline("erase-user", "ada-7", "--yes", "--project", "shop").stderr
    assert faithline("projects", "user-keys", "shop", "--none").exit_code == 0
    assert faithline("projects", "user-keys", "shop").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("projects", "user-keys", "nowhere"), "faithline projects create"),
        (("projects", "user-keys", "nowhere", "cid"), "faithline projects create"),
        (("projects", "user-keys", "default", "input.value"), "is read as something else"),
        (("projects", "create", "Not A Name"), "no name for a project"),
        (("projects", "create", "default"), "already"),
        (("keys", "create", "--name", "x", "--scope", "read", "--project", "none"), "faithline projects create"),
        (("keys", "create", "--name", "x", "--scope", "read", "--expires", "soon"), "12h, 90d or 52w"),
        (("keys", "create", "--name", "x", "--scope", "read", "--expires", "0d"), "between now"),
        (("keys", "create", "--name", " ", "--scope", "read"), "printable"),
        (("erase-user", "", "--yes"), "is empty"),
    ],
)
def test_what_can_not_be_is_told(arguments: tuple[str, ...], said: str) -> None:
    faithline("keys", "create", "--name", "x", "--scope", "admin")
    result = faithline(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_user_is_erased_after_asking(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_text("\n".join(json.dumps(trace(i, user="ada" if i < 2 else "bob")) for i in range(3)))
    assert faithline("ingest", str(file)).exit_code == 0
    assert faithline("erase-user", "ada").exit_code == 1
    done = faithline("erase-user", "ada", "--yes")
    assert "2 of trace" in done.stderr
    assert "ada" not in re.sub("[0-9a-f]{16}", "", faithline("audit").stdout)
    again = faithline("erase-user", "ada", "--yes")
    assert "nothing was stored" in again.stderr
    assert again.exit_code == 0


def test_a_user_of_whom_something_is_left_is_no_success(tmp_path: Path, sqlite_url: str) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_text("\n".join(json.dumps(trace(i, user="ada")) for i in range(2)))
    faithline("ingest", str(file))
    store = Store(sqlite_url)
    with store.write() as unit:
        unit.connection.execute(text("UPDATE part SET body = :no WHERE trace_id = 't1'"), {"no": b"no"})
    store.close()
    done = faithline("erase-user", "ada", "--yes")
    assert "t1 could not be deleted" in done.stderr
    assert done.exit_code == 1
