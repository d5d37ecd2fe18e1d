"""MLflow: the OpenAI client is traced by its autolog, the rest by its decorator; sent over OTLP."""

import mlflow
import openai
import scenario
from mlflow.entities import Document, SpanType

mlflow.openai.autolog()
client = openai.OpenAI()


@mlflow.trace(span_type=SpanType.RETRIEVER)
def search(question: str) -> list[Document]:
    return [
        Document(id=p["id"], page_content=p["text"], metadata={"title": p["title"], "score": p["score"]})
        for p in scenario.search(question)
    ]


@mlflow.trace(span_type=SpanType.TOOL)
def order_status(order_id: str) -> str:
    return scenario.order_status(order_id)


@mlflow.trace(name="help-desk", span_type=SpanType.AGENT)
def answer(question: str, history: list[dict]) -> str:
    mlflow.update_current_trace(
        session_id=scenario.SESSION,
        user=scenario.USER,
        tags=scenario.METADATA,
        metadata={"prompt": f"{scenario.PROMPT['name']}/{scenario.PROMPT['version']}"},
    )
    passages = [{"text": document.page_content} for document in search(question)]
    return scenario.talk(client, question, history, passages, order_status)


scenario.conversation(answer)
mlflow.flush_trace_async_logging()
