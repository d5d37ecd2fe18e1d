"""DSPy through OpenInference: a retriever and a predictor."""

from typing import NamedTuple

import dspy
import scenario
from openinference.instrumentation import using_attributes
from openinference.instrumentation.dspy import DSPyInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
DSPyInstrumentor().instrument(tracer_provider=provider)


class Article(NamedTuple):
    """What a retrieval model gives."""

    long_text: str


def articles(query: str, k: int) -> list[Article]:
    """The retrieval model: the knowledge base."""
    return [Article(passage["text"]) for passage in scenario.search(query)[:k]]


class HelpDesk(dspy.Module):
    """A turn: passages, then an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.articles = dspy.Retrieve(k=2)
        self.respond = dspy.Predict(
            dspy.Signature("passages: list[str], history: dspy.History, question -> answer", scenario.SYSTEM)
        )

    def forward(self, question: str, history: dspy.History) -> dspy.Prediction:
        return self.respond(passages=self.articles(question).passages, history=history, question=question)


dspy.configure(lm=dspy.LM(f"openai/{scenario.MODEL}", cache=False), rm=articles)
desk = HelpDesk()


def answer(question: str, history: list[dict]) -> str:
    pairs = zip(history[::2], history[1::2], strict=True)
    before = dspy.History(messages=[{"question": q["content"], "answer": a["content"]} for q, a in pairs])
    return desk(question=question, history=before).answer


with using_attributes(
    session_id=scenario.SESSION, user_id=scenario.USER, metadata=scenario.METADATA, tags=scenario.TAGS
):
    scenario.conversation(answer)
provider.shutdown()
