"""OpenInference: LangChain and LangGraph are instrumented."""

import langchain_desk
import scenario
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
LangChainInstrumentor().instrument(tracer_provider=provider)

with using_attributes(
    session_id=scenario.SESSION,
    user_id=scenario.USER,
    metadata=scenario.METADATA,
    tags=scenario.TAGS,
    prompt_template_version=str(scenario.PROMPT["version"]),
):
    scenario.conversation(langchain_desk.answers({}))
provider.shutdown()
