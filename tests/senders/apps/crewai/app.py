"""CrewAI and the OpenAI client through OpenInference: one agent with a tool, a task a turn."""

import os

import scenario
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool
from openinference.instrumentation import using_attributes
from openinference.instrumentation.crewai import CrewAIInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
CrewAIInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
OpenAIInstrumentor().instrument(tracer_provider=provider)


@tool("order_status")
def order_status(order_id: str) -> str:
    """Where an order is, by its number."""
    return scenario.order_status(order_id)


llm = LLM(model=f"openai/{scenario.MODEL}", base_url=os.environ["OPENAI_BASE_URL"])


def answer(question: str, history: list[dict]) -> str:
    agent = Agent(
        role="Help desk",
        goal=scenario.SYSTEM,
        backstory=scenario.grounded(scenario.search(question)),
        llm=llm,
        tools=[order_status],
    )
    task = Task(description=question, expected_output="An answer in two sentences at most", agent=agent)
    crew = Crew(name="help-desk", agents=[agent], tasks=[task])
    return crew.kickoff(inputs={"question": question}).raw


with using_attributes(
    session_id=scenario.SESSION, user_id=scenario.USER, metadata=scenario.METADATA, tags=scenario.TAGS
):
    scenario.conversation(answer)
provider.shutdown()
