"""OpenTelemetry GenAI: an instrumented OpenAI client; agent, retrieval and tool are spans by its utilities."""

import openai
import scenario
from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.genai.handler import get_telemetry_handler
from opentelemetry.util.genai.types import InputMessage, OutputMessage, RetrievalDocument, TextPart

traces, logs = TracerProvider(), LoggerProvider()
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
trace.set_tracer_provider(traces)
_logs.set_logger_provider(logs)
OpenAIInstrumentor().instrument()
handler = get_telemetry_handler()
client = openai.OpenAI()


def retrieve(question: str) -> list[dict]:
    with handler.retrieval(data_source_id="help-desk-articles") as retrieval:
        passages = scenario.search(question)
        retrieval.top_k = len(passages)
        retrieval.query_text = question
        retrieval.documents = [RetrievalDocument(id=p["id"], score=p["score"]) for p in passages]
        return passages


def order_status(order_id: str) -> str:
    with handler.tool(scenario.TOOL["name"], tool_type="function") as tool:
        tool.arguments = {"order_id": order_id}
        tool.tool_result = scenario.order_status(order_id)
        return tool.tool_result


def answer(question: str, history: list[dict]) -> str:
    with handler.invoke_local_agent(agent_name="help-desk", conversation_id=scenario.SESSION) as agent:
        agent.input_messages = [InputMessage(role="user", parts=[TextPart(content=question)])]
        said = scenario.talk(client, question, history, retrieve(question), order_status)
        agent.output_messages = [OutputMessage(role="assistant", parts=[TextPart(content=said)])]
        return said


scenario.conversation(answer)
traces.shutdown()
logs.shutdown()
