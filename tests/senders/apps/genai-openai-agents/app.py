"""OpenAI Agents SDK and the OpenAI client below it, instrumented by OpenTelemetry GenAI."""

import agents_desk
from agents import set_trace_processors
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
set_trace_processors([])
OpenAIInstrumentor().instrument()
OpenAIAgentsInstrumentor().instrument()
agents_desk.conversation()
provider.shutdown()
