"""OpenLLMetry in the format of its version 0.49, with the OpenAI client and the decorators of its SDK."""

import openai
import scenario
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import task, tool, workflow

Traceloop.init(app_name=scenario.SERVICE, disable_batch=False)
client = openai.OpenAI()


@task(name="search")
def retrieve(question: str) -> list[dict]:
    return scenario.search(question)


@tool(name="order_status")
def order_status(order_id: str) -> str:
    return scenario.order_status(order_id)


@workflow(name="help_desk")
def answer(question: str, history: list[dict]) -> str:
    Traceloop.set_association_properties(
        {"session_id": scenario.SESSION, "user_id": scenario.USER, **scenario.METADATA}
    )
    return scenario.talk(client, question, history, retrieve(question), order_status)


scenario.conversation(answer)
