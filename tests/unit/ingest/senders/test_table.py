"""The table of senders is whole: every entry can be recognised, and names what there is."""

from __future__ import annotations

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.ingest.conventions import CONVENTIONS
from evaluator.ingest.senders import by_id, sender_of, senders
from evaluator.ingest.senders.table import read_senders

NAMED = [
    "opentelemetry-genai",
    "openinference",
    "openllmetry",
    "langfuse",
    "langsmith",
    "mlflow",
    "vercel-ai",
    "litellm",
    "pydantic-ai",
    "logfire",
    "openai-agents",
    "google-adk",
    "strands",
    "semantic-kernel",
    "llamaindex",
    "smolagents",
    "crewai",
    "haystack",
    "dspy",
    "spring-ai",
    "trulens",
    "agent-framework",
    "langchain",
    "faithline",
]
ENTRY = """
- id: one
  title: One
  known: {scopes: [one]}
  writes: [text]
  conventions: [gen_ai]
  contents: set ONE=true
  setup: "ONE_URL={url}"
"""


def test_senders_that_people_use_are_in_the_table() -> None:
    assert set(NAMED) <= by_id().keys()


def test_every_convention_that_is_named_exists_and_every_one_is_named() -> None:
    known = {convention.name for convention in CONVENTIONS}
    assert {name for sender in senders() for name in sender.conventions} == known


@pytest.mark.parametrize("sender", senders(), ids=lambda sender: sender.id)
def test_every_mark_of_an_entry_leads_to_it(sender) -> None:
    known = sender.known
    bodies = [{"scope": {"name": name}} for name in (*known.names, *known.scopes)]
    bodies += [{"attributes": {f"{key}.more": 1}} for key in known.attributes]
    bodies += [{"resource": {key: value}} for key, value in known.resource.items()]
    bodies += [{"events": [{"name": f"{name}.thing"}]} for name in known.events]
    assert bodies
    assert [found.id for body in bodies if (found := sender_of([body]))] == [sender.id] * len(bodies)


def test_an_entry_that_goes_through_another_says_what_that_one_does() -> None:
    assert by_id()["smolagents"].contents == by_id()["openinference"].contents
    assert by_id()["smolagents"].conventions == ("openinference",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("title: One", "title: One\n  colour: red"), "one.colour"),
        (("id: one", "id: One!"), "id"),
        (("contents: set ONE=true", "contents: Set ONE=true."), "one.contents"),
        (("writes: [text]", "writes: []"), "one.writes"),
        (("title: One", "through: two"), "one.through"),
        ((ENTRY, ENTRY + ENTRY), "id"),
        ((ENTRY, "one"), "senders.yaml"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(change: tuple[str, str], field: str) -> None:
    assert [sender.id for sender in read_senders(ENTRY, "senders.yaml")] == ["one"]
    with pytest.raises(InvalidInput) as caught:
        read_senders(ENTRY.replace(*change), "senders.yaml")
    assert field in caught.value.field
