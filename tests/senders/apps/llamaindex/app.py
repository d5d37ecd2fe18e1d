"""LlamaIndex through OpenInference: a retriever, and an agent with a tool."""

import asyncio
import os

import scenario
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
LlamaIndexInstrumentor().instrument(tracer_provider=provider)
dispatcher = get_dispatcher("help-desk")


class Articles(BaseRetriever):
    """The knowledge base."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=TextNode(id_=p["id"], text=p["text"]), score=p["score"])
            for p in scenario.search(query_bundle.query_str)
        ]


articles = Articles()
llm = OpenAI(model=scenario.MODEL, api_base=os.environ["OPENAI_BASE_URL"])
tool = FunctionTool.from_defaults(fn=scenario.order_status, name="order_status")


@dispatcher.span
async def turn(question: str, history: list[dict]) -> str:
    found = articles.retrieve(question)
    system = scenario.grounded([{"text": node.text} for node in found])
    agent = FunctionAgent(tools=[tool], llm=llm, system_prompt=system, streaming=False)
    before = [ChatMessage(role=message["role"], content=message["content"]) for message in history]
    return str(await agent.run(user_msg=question, chat_history=before))


def answer(question: str, history: list[dict]) -> str:
    return runner.run(turn(question, history))


with (
    using_attributes(
        session_id=scenario.SESSION, user_id=scenario.USER, metadata=scenario.METADATA, tags=scenario.TAGS
    ),
    asyncio.Runner() as runner,
):
    scenario.conversation(answer)
provider.shutdown()
