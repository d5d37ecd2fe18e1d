"""OpenAI Agents SDK, instrumented by Logfire, which sends over OTLP alone."""

import agents_desk
import logfire
from agents import set_trace_processors

set_trace_processors([])
logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_openai_agents()
agents_desk.conversation()
logfire.shutdown()
