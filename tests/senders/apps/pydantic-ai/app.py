"""Pydantic AI: an agent with its own instrumentation; INSTRUMENTATION is the version of its format."""

import os

import scenario
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import set_tracer_provider
from pydantic_ai import Agent, InstrumentationSettings, RunContext
from pydantic_ai.models.openai import OpenAIChatModel

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
set_tracer_provider(provider)
Agent.instrument_all(
    InstrumentationSettings(
        version=int(os.environ["INSTRUMENTATION"]), include_content=os.environ["CONTENTS"] == "on"
    )
)

agent = Agent(OpenAIChatModel(scenario.MODEL), name="help-desk", deps_type=str)


@agent.instructions
def instructions(context: RunContext[str]) -> str:
    return scenario.grounded(scenario.search(context.deps))


agent.tool_plain(scenario.order_status)

history = None
for question in scenario.QUESTIONS:
    run = agent.run_sync(
        question,
        deps=question,
        message_history=history,
        conversation_id=scenario.SESSION,
        metadata={**scenario.METADATA, "user_id": scenario.USER},
    )
    history = run.all_messages()
provider.shutdown()
