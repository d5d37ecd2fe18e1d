"""LiteLLM with its callback "otel": each model call is a trace of its own."""

import litellm
import scenario
from litellm.litellm_core_utils.thread_pool_executor import executor
from opentelemetry import trace

litellm.callbacks = ["otel"]


class Client:
    """What scenario.talk calls as an OpenAI client's chat.completions."""

    chat = completions = property(lambda self: self)

    def create(self, model: str, **request):
        metadata = {"session_id": scenario.SESSION, "tags": scenario.TAGS, **scenario.METADATA}
        return litellm.completion(model=f"openai/{model}", user=scenario.USER, metadata=metadata, **request)


def answer(question: str, history: list[dict]) -> str:
    return scenario.talk(Client(), question, history, scenario.search(question))


scenario.conversation(answer)
executor.shutdown(wait=True)
trace.get_tracer_provider().force_flush()
