"""LangSmith in its OpenTelemetry mode, with LangChain and LangGraph."""

import langchain_desk
import scenario
from langchain_core.tracers.langchain import wait_for_all_tracers
from langsmith import Client

known = {
    "session_id": scenario.SESSION,
    "user_id": scenario.USER,
    "prompt_name": scenario.PROMPT["name"],
    "prompt_version": scenario.PROMPT["version"],
}
scenario.conversation(langchain_desk.answers({"tags": scenario.TAGS, "metadata": {**scenario.METADATA, **known}}))
wait_for_all_tracers()
Client().flush()
