"""Pydantic AI 1 in the first format of its instrumentation: messages as events, in attributes or logs (MODE)."""

import os

import scenario
from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent, RunContext
from pydantic_ai.agent import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel

traces, logs = TracerProvider(), LoggerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
trace.set_tracer_provider(traces)
_logs.set_logger_provider(logs)
settings = InstrumentationSettings(version=1, event_mode=os.environ["MODE"])
agent = Agent(OpenAIChatModel(scenario.MODEL), name="help-desk", deps_type=str, instrument=settings)


@agent.instructions
def instructions(context: RunContext[str]) -> str:
    return scenario.grounded(scenario.search(context.deps))


agent.tool_plain(scenario.order_status)

history = None
for question in scenario.QUESTIONS:
    history = agent.run_sync(question, deps=question, message_history=history).all_messages()
traces.shutdown()
logs.shutdown()
