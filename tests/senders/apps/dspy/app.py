"""DSPy through OpenInference: a retriever and a predictor."""

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


class Articles(dspy.Retrieve):
    """The knowledge base."""

    def forward(self, query: str, **_: object) -> dspy.Prediction:
        return dspy.Prediction(passages=[p["text"] for p in scenario.search(query)])


class HelpDesk(dspy.Module):
    """A turn: passages, then an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.articles = Articles()
        self.respond = dspy.Predict(
            dspy.Signature("passages: list[str], history: dspy.History, question -> answer", scenario.SYSTEM)
        )

    def forward(self, question: str, history: dspy.History) -> dspy.Prediction:
        return self.respond(passages=self.articles(question).passages, history=history, question=question)


dspy.configure(lm=dspy.LM(f"openai/{scenario.MODEL}", cache=False))
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
