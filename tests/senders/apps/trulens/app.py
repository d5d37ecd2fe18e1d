"""TruLens with its own telemetry: functions of the app, instrumented by decorators, around an OpenAI client."""

import openai
import scenario
from trulens.apps.app import TruApp
from trulens.core import TruSession
from trulens.core.otel.instrument import instrument
from trulens.otel.semconv.trace import SpanAttributes

session = TruSession(otel_exporter="otlp", otlp_protocol="http/protobuf")
client = openai.OpenAI()


class HelpDesk:
    @instrument(
        span_type=SpanAttributes.SpanType.RETRIEVAL,
        attributes={
            SpanAttributes.RETRIEVAL.QUERY_TEXT: "question",
            SpanAttributes.RETRIEVAL.RETRIEVED_CONTEXTS: "return",
        },
    )
    def retrieve(self, question: str) -> list[str]:
        return [passage["text"] for passage in scenario.search(question)]

    @instrument(span_type=SpanAttributes.SpanType.TOOL)
    def order_status(self, order_id: str) -> str:
        return scenario.order_status(order_id)

    @instrument()
    def answer(self, question: str, history: list[dict]) -> str:
        passages = [{"text": text} for text in self.retrieve(question)]
        return scenario.talk(client, question, history, passages, self.order_status)


desk = HelpDesk()
# Versions of an app are what TruLens compares: the prompt's stand for them.
app = TruApp(
    desk, app_name=scenario.PROMPT["name"], app_version=str(scenario.PROMPT["version"]), main_method=desk.answer
)
with app(conversation_id=scenario.SESSION):
    scenario.conversation(desk.answer)
session.force_flush()
