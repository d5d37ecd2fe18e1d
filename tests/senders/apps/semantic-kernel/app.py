"""Semantic Kernel with its own diagnostics, contents as log records: a chat completion and a plug-in function."""

import asyncio
import logging
import os
import sys

import openai
import scenario
from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function

traces, logs = TracerProvider(), LoggerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
trace.set_tracer_provider(traces)
_logs.set_logger_provider(logs)


def own(record: logging.LogRecord) -> bool:
    """Only the kernel's records, without the place on this machine that its code is at."""
    record.pathname = os.path.relpath(record.pathname, sys.prefix)
    return record.name.startswith("semantic_kernel")


handler = LoggingHandler(logger_provider=logs)
handler.addFilter(own)
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.INFO)
tracer = traces.get_tracer("help-desk")


class Orders:
    """The plug-in."""

    @kernel_function(name=scenario.TOOL["name"], description=scenario.TOOL["description"])
    def order_status(self, order_id: str) -> str:
        return scenario.order_status(order_id)


service = OpenAIChatCompletion(
    ai_model_id=scenario.MODEL, async_client=openai.AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"])
)
kernel = Kernel()
kernel.add_service(service)
kernel.add_plugin(Orders(), plugin_name="orders")
settings = OpenAIChatPromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())


async def turn(question: str, before: list[dict]) -> str:
    history = ChatHistory(system_message=scenario.grounded(scenario.search(question)))
    for message in before:
        getattr(history, f"add_{message['role']}_message")(message["content"])
    history.add_user_message(question)
    with tracer.start_as_current_span("POST /answer"):
        return str(await service.get_chat_message_content(history, settings, kernel=kernel))


with asyncio.Runner() as runner:
    scenario.conversation(lambda question, history: runner.run(turn(question, history)))
traces.shutdown()
logs.shutdown()
