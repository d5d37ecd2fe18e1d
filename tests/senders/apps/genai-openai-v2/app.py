"""OpenTelemetry GenAI, the older package: the OpenAI client is instrumented, the app has one span around a turn."""

import openai
import scenario
from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

traces, logs = TracerProvider(), LoggerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
trace.set_tracer_provider(traces)
_logs.set_logger_provider(logs)
OpenAIInstrumentor().instrument()
tracer = trace.get_tracer("help-desk")
client = openai.OpenAI()


def answer(question: str, history: list[dict]) -> str:
    attributes = {"session.id": scenario.SESSION, "user.id": scenario.USER}
    with tracer.start_as_current_span("POST /answer", kind=trace.SpanKind.SERVER, attributes=attributes):
        return scenario.talk(client, question, history, scenario.search(question))


scenario.conversation(answer)
traces.shutdown()
logs.shutdown()
