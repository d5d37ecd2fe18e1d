"""Which names say that a value is a user, in whatever spelling, and which only look so."""

from __future__ import annotations

import time

import pytest

from evaluator.core.user_names import USER_KEYS, Kind, is_content, is_metadata, says


@pytest.mark.parametrize(
    "name",
    [
        *("user_id", "userId", "user-id", "UserID", "USER_ID", "userid", "user id", "x.userId", "app/user_id"),
        *("end_user_id", "endUserId", "enduser.id", "app.enduser-id", "metadata.user_api_key_end_user_id"),
        *("user.uuid", "userUid", "current_user_id", "external-user-id", "x-user-id", "users.0.id", "user_ids"),
        *("http.request.header.helicone_user_id", "posthog.distinct_id", "db.query.parameter.user_id"),
    ],
)
def test_ids_in_every_spelling(name: str) -> None:
    found = says(name)
    assert found is not None
    assert (found.kind, found.decides) == (Kind.ID, True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("user", Kind.SUBJECT), ("metadata.user", Kind.SUBJECT), ("x.endUser", Kind.SUBJECT), ("users", Kind.MANY),
        ("user.email", Kind.MAIL), ("userEmail", Kind.MAIL), ("end_user.email_address", Kind.MAIL),
        ("user.name", Kind.NAME), ("userName", Kind.NAME), ("user_full_name", Kind.NAME), ("mlflow.user", Kind.NAME),
        ("user.firstName", Kind.NAME), ("userPrincipalName", Kind.NAME), ("mlflow.auth.userId", Kind.NAME),
        ("email", Kind.ADDRESS), ("contact.emailAddress", Kind.ADDRESS), ("support-mail", Kind.ADDRESS),
    ],
)  # fmt: skip
def test_what_else_says_something_of_a_user(name: str, kind: Kind) -> None:
    found = says(name)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "0", "db.user", "db.user.name", "process.user.id", "process.real_user.name", "os.user"),
        *("http.user_agent", "user_agent.original", "user_agent.name", "user_agent_id"),
        *("gen_ai.user.message", "user_message", "user.input", "user_prompt", "userQuery", "prompt.user"),
        *("messages.0.user", "user_count", "user.tokens", "usage.user", "user.feedback", "user.tier", "user.role"),
        *("user_api_key_hash", "user_api_key_alias", "user_api_key_team_id", "last_user", "superuser_id"),
        *("service.name", "id", "name", "session.id", "gen_ai.agent.name", "enduser.scope", "user.id.count"),
    ],
)
def test_what_says_nothing_of_a_user(name: str) -> None:
    assert says(name) is None


def test_the_table_decides_in_its_order_then_what_a_project_adds_then_the_rule() -> None:
    found = [says(name, ("customer_ref",)) for name in (*USER_KEYS, "app.customerRef", "end_user_id", "my.user_id")]
    ranks = [one.rank for one in found if one is not None and one.decides]
    assert len(ranks) == len(USER_KEYS) + 3
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_what_a_project_adds_counts_as_a_whole_name_or_as_its_end_in_any_spelling() -> None:
    added = ("customer_ref", "cid", "field_7", "acme.very.long.name.of.the.one.who.asks")
    for name in ("customer_ref", "app.customerRef", "metadata.customer.ref", "cid", "x/CID", "x.field7.0", added[3]):
        found = says(name, added)
        assert found is not None
        assert found.kind is Kind.ID
        assert says(name) is None
    for name in ("customer_reference", "acid", "ref", "x.asks", "field_8", "field"):
        assert says(name, added) is None


def test_what_is_content_and_what_is_metadata() -> None:
    content = ("gen_ai.input.messages", "input.value", "entity.output", "ai.toolCall.args", "faithline.context")
    metadata = ("metadata", "langfuse.trace.metadata", "association.properties", "llm.invocation_parameters")
    assert all(is_content(name) and not is_metadata(name) for name in content)
    assert all(is_metadata(name) and not is_content(name) for name in metadata)
    for name in ("session.id", "app.value", "tool.parameters", "value", ""):
        assert not is_content(name)
        assert not is_metadata(name)


def test_long_names_take_no_time() -> None:
    names = ["user" * 50_000, "aB" * 100_000 + "user_id", "_" * 200_000 + "user", "." * 200_000, "user." * 40_000]
    started = time.process_time()
    for name in names:
        says(name)
        is_content(name)
        is_metadata(name)
    assert time.process_time() - started < 1
