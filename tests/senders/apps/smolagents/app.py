"""smolagents through OpenInference: a tool-calling agent, which answers by a tool of its own."""

import scenario
from openinference.instrumentation import using_attributes
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
SmolagentsInstrumentor().instrument(tracer_provider=provider)


@tool
def order_status(order_id: str) -> str:
    """Where an order is, by its number.

    Args:
        order_id: The number of the order, such as LO-1234.
    """
    return scenario.order_status(order_id)


agent = ToolCallingAgent(
    tools=[order_status], model=OpenAIServerModel(model_id=scenario.MODEL), max_steps=4, verbosity_level=0
)


def answer(question: str, history: list[dict]) -> str:
    agent.prompt_templates["system_prompt"] = scenario.grounded(scenario.search(question))
    return str(agent.run(question, reset=not history))


with using_attributes(
    session_id=scenario.SESSION, user_id=scenario.USER, metadata=scenario.METADATA, tags=scenario.TAGS
):
    scenario.conversation(answer)
provider.shutdown()
