"""OpenLLMetry: the Traceloop SDK finds LangChain and LangGraph by itself."""

import langchain_desk
import scenario
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import workflow

Traceloop.init(app_name=scenario.SERVICE, disable_batch=False)
answer = langchain_desk.answers({"tags": scenario.TAGS})


@workflow(name="help_desk_turn")
def turn(question: str, history: list[dict]) -> str:
    Traceloop.set_association_properties(
        {"session_id": scenario.SESSION, "user_id": scenario.USER, **scenario.METADATA}
    )
    return answer(question, history)


scenario.conversation(turn)
