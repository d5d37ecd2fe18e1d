"""Langfuse: its callback handler for LangChain and LangGraph."""

import langchain_desk
import scenario
from langfuse import get_client
from langfuse.langchain import CallbackHandler

known = {
    "langfuse_session_id": scenario.SESSION,
    "langfuse_user_id": scenario.USER,
    "langfuse_tags": scenario.TAGS,
}
scenario.conversation(
    langchain_desk.answers({"callbacks": [CallbackHandler()], "metadata": {**scenario.METADATA, **known}})
)
get_client().shutdown()
