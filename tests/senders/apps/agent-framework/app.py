"""Microsoft Agent Framework with its own telemetry: an agent with a tool; the passages are in its instructions."""

import asyncio

import scenario
from agent_framework import Agent, Message, tool
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatCompletionClient
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
enable_instrumentation(enable_sensitive_data=True)
order_status = tool(scenario.order_status)


async def turn(question: str, history: list[dict]) -> str:
    agent = Agent(
        client=OpenAIChatCompletionClient(model=scenario.MODEL),
        name="help-desk",
        instructions=scenario.grounded(scenario.search(question)),
        tools=[order_status],
    )
    said = [*history, {"role": "user", "content": question}]
    return str(await agent.run([Message(m["role"], [m["content"]]) for m in said]))


with asyncio.Runner() as runner:
    scenario.conversation(lambda question, history: runner.run(turn(question, history)))
provider.shutdown()
