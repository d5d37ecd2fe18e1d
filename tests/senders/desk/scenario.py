"""The help desk that every sender drives: documents, a tool, two turns of one session.

A copy lies beside each app when it runs, in an environment that has the sender's packages and not this project:
only the standard library is used here.
"""

import json
import os
from pathlib import Path

SCENARIO = json.loads(Path(__file__).with_name("scenario.json").read_text(encoding="utf-8"))
SERVICE, SESSION, USER = SCENARIO["service"], SCENARIO["session"], SCENARIO["user"]
TAGS, METADATA, PROMPT = SCENARIO["tags"], SCENARIO["metadata"], SCENARIO["prompt"]
SYSTEM, MODEL, MODEL_SERVED = SCENARIO["system"], SCENARIO["model"], SCENARIO["model_served"]
TOOL, TURNS, TRIAGE, FAILURE = (SCENARIO[name] for name in ("tool", "turns", "triage", "failure"))
QUESTIONS = [turn["question"] for turn in TURNS]
OPENAI_TOOL = {"type": "function", "function": TOOL}
DOCUMENTS = {document["id"]: document for document in SCENARIO["documents"]}


def search(question: str) -> list[dict]:
    """The passages that the knowledge base finds for a question: id, title, text and score, the best first."""
    turn = next(turn for turn in [*TURNS, FAILURE] if turn["question"] == question)
    return [{**DOCUMENTS[hit["id"]], "score": hit["score"]} for hit in turn["found"]]


def order_status(order_id: str) -> str:
    """Where an order is, by its number.

    Args:
        order_id: The number of the order, such as LO-1234.
    """
    calls = [turn["call"] for turn in TURNS if "call" in turn]
    return next(call["output"] for call in calls if call["arguments"]["order_id"] == order_id)


def grounded(passages: list[dict]) -> str:
    """The system prompt with the passages pasted into it."""
    return SYSTEM + "\n\nPassages:\n\n" + "\n\n".join(passage["text"] for passage in passages)


def talk(client, question: str, history: list[dict], passages: list[dict], call_tool=order_status, **options) -> str:
    """The tool loop of an application that calls an OpenAI client itself: the answer to a question.

    `call_tool` is the tool as the app instruments it; `options` go to every model call.
    """
    messages = [{"role": "system", "content": grounded(passages)}, *history, {"role": "user", "content": question}]
    while True:
        said = client.chat.completions.create(model=MODEL, messages=messages, tools=[OPENAI_TOOL], **options)
        message = said.choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            output = call_tool(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": output})


def conversation(answer) -> None:
    """Both turns of the session: `answer(question, history)` gives each turn's answer.

    With `HELP_DESK=failure` instead one turn of which the model call fails.
    """
    if os.environ.get("HELP_DESK") == "failure":
        try:
            answer(FAILURE["question"], [])
        except Exception as error:  # noqa: BLE001 (each SDK raises its own)
            print(f"failed, as it should: {error}")
            return
        raise SystemExit("the model call was to fail")
    history = []
    for question in QUESTIONS:
        said = answer(question, list(history))
        history += [{"role": "user", "content": question}, {"role": "assistant", "content": said}]
