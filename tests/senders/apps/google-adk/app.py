"""Google ADK: an agent with its own spans, on a Gemini model."""

import asyncio

import scenario
from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.adk.telemetry.setup import maybe_set_otel_providers
from google.genai.types import Content, Part
from opentelemetry import _logs, trace

maybe_set_otel_providers()


def instruction(context) -> str:
    return scenario.grounded(scenario.search(context.user_content.parts[0].text))


desk = LlmAgent(
    name="help_desk",
    description="Answers the customers of Lumen & Oak.",
    model="gemini-2.5-flash",
    instruction=instruction,
    tools=[scenario.order_status],
)


async def conversation() -> None:
    runner = InMemoryRunner(agent=desk, app_name="help_desk")
    known = {"app_name": "help_desk", "user_id": scenario.USER, "session_id": scenario.SESSION}
    await runner.session_service.create_session(**known)
    for question in scenario.QUESTIONS:
        message = Content(role="user", parts=[Part(text=question)])
        asked = runner.run_async(user_id=scenario.USER, session_id=scenario.SESSION, new_message=message)
        async for _ in asked:
            pass


asyncio.run(conversation())
trace.get_tracer_provider().shutdown()
_logs.get_logger_provider().shutdown()
