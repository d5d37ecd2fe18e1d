"""Langfuse: its OpenAI client, observations by its decorator, a managed prompt, and scores."""

import scenario
from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI

langfuse = get_client()
client = OpenAI()
prompt = langfuse.get_prompt(scenario.PROMPT["name"])
traces = []


@observe(as_type="retriever")
def search(question: str) -> list[dict]:
    return scenario.search(question)


@observe(as_type="tool")
def order_status(order_id: str) -> str:
    return scenario.order_status(order_id)


@observe(name="help-desk", as_type="agent")
def answer(question: str, history: list[dict]) -> str:
    traces.append(langfuse.get_current_trace_id())
    with propagate_attributes(
        session_id=scenario.SESSION, user_id=scenario.USER, tags=scenario.TAGS, metadata=scenario.METADATA
    ):
        passages = search(question)
        return scenario.talk(client, question, history, passages, order_status, name="answer", langfuse_prompt=prompt)


scenario.conversation(answer)
first, second = traces
langfuse.create_score(trace_id=first, name="user_feedback", value=1, data_type="BOOLEAN", comment="quick and right")
langfuse.create_score(trace_id=first, name="correctness", value=0.85, data_type="NUMERIC")
langfuse.create_score(trace_id=second, name="tone", value="friendly", data_type="CATEGORICAL")
langfuse.create_score(session_id=scenario.SESSION, name="user_feedback", value=0, data_type="BOOLEAN")
langfuse.shutdown()
