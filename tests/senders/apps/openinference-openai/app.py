"""OpenInference: the OpenAI client is instrumented, chain, retriever and tool are spans of its tracer."""

import openai
import scenario
from openinference.instrumentation import OITracer, TraceConfig, using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from openinference.semconv.trace import DocumentAttributes, SpanAttributes
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = OITracer(provider.get_tracer("help-desk"), config=TraceConfig())
client = openai.OpenAI()


def retrieve(question: str) -> list[dict]:
    with tracer.start_as_current_span("search", openinference_span_kind="retriever") as span:
        span.set_input(question)
        passages = scenario.search(question)
        for at, passage in enumerate(passages):
            prefix = f"{SpanAttributes.RETRIEVAL_DOCUMENTS}.{at}"
            span.set_attribute(f"{prefix}.{DocumentAttributes.DOCUMENT_ID}", passage["id"])
            span.set_attribute(f"{prefix}.{DocumentAttributes.DOCUMENT_CONTENT}", passage["text"])
            span.set_attribute(f"{prefix}.{DocumentAttributes.DOCUMENT_SCORE}", passage["score"])
        return passages


@tracer.tool
def order_status(order_id: str) -> str:
    """Where an order is, by its number."""
    return scenario.order_status(order_id)


@tracer.chain
def answer(question: str, history: list[dict]) -> str:
    return scenario.talk(client, question, history, retrieve(question), order_status)


with using_attributes(
    session_id=scenario.SESSION,
    user_id=scenario.USER,
    metadata=scenario.METADATA,
    tags=scenario.TAGS,
    prompt_template=scenario.SYSTEM + "\n\nPassages:\n\n{passages}",
    prompt_template_version=str(scenario.PROMPT["version"]),
):
    scenario.conversation(answer)
provider.shutdown()
