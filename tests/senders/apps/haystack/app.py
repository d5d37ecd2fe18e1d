"""Haystack with its own tracing: a pipeline of a retriever, a prompt and an agent with a tool."""

import scenario
from haystack import Document, Pipeline, component, tracing
from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack_integrations.tracing.opentelemetry import OpenTelemetryTracer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracing.tracer.is_content_tracing_enabled = True
tracing.enable_tracing(OpenTelemetryTracer(provider.get_tracer("haystack")))


@component
class ArticleRetriever:
    """The knowledge base."""

    @component.output_types(documents=list[Document])
    def run(self, query: str) -> dict:
        found = scenario.search(query)
        return {"documents": [Document(id=p["id"], content=p["text"], score=p["score"]) for p in found]}


TEMPLATE = scenario.SYSTEM + "\n\nPassages:\n\n{% for d in documents %}{{ d.content }}\n\n{% endfor %}"
pipeline = Pipeline()
pipeline.add_component("retriever", ArticleRetriever())
pipeline.add_component("prompt", ChatPromptBuilder(variables=["documents"], required_variables="*"))
pipeline.add_component(
    "agent",
    Agent(
        chat_generator=OpenAIChatGenerator(model=scenario.MODEL),
        tools=[create_tool_from_function(scenario.order_status)],
    ),
)
pipeline.connect("retriever.documents", "prompt.documents")
pipeline.connect("prompt.prompt", "agent.messages")


def answer(question: str, history: list[dict]) -> str:
    said = {"user": ChatMessage.from_user, "assistant": ChatMessage.from_assistant}
    before = [said[m["role"]](m["content"]) for m in history]
    template = [ChatMessage.from_system(TEMPLATE), *before, ChatMessage.from_user(question)]
    found = pipeline.run({"retriever": {"query": question}, "prompt": {"template": template}})
    return found["agent"]["messages"][-1].text


scenario.conversation(answer)
provider.shutdown()
