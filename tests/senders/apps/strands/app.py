"""Strands Agents with its own telemetry: an agent with a tool; the passages are in its system prompt."""

import scenario
from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry

telemetry = StrandsTelemetry()
telemetry.setup_otlp_exporter()
order_status = tool(scenario.order_status)


def answer(question: str, history: list[dict]) -> str:
    agent = Agent(
        name="help-desk",
        model=OpenAIModel(model_id=scenario.MODEL),
        tools=[order_status],
        system_prompt=scenario.grounded(scenario.search(question)),
        messages=[{"role": m["role"], "content": [{"text": m["content"]}]} for m in history],
        trace_attributes={
            "session.id": scenario.SESSION,
            "user.id": scenario.USER,
            "tags": scenario.TAGS,
            **scenario.METADATA,
        },
        callback_handler=None,
    )
    return str(agent(question)).strip()


scenario.conversation(answer)
telemetry.tracer_provider.shutdown()
