"""The help desk as an agent of the OpenAI Agents SDK."""

import scenario
from agents import Agent, RunConfig, RunContextWrapper, Runner, function_tool


def instructions(context: RunContextWrapper[str], agent: Agent) -> str:
    """The system prompt, with the passages for the question at hand."""
    return scenario.grounded(scenario.search(context.context))


desk = Agent(
    name="help-desk", instructions=instructions, tools=[function_tool(scenario.order_status)], model=scenario.MODEL
)


def conversation() -> None:
    """Both turns, each a run of the session's group."""
    config = RunConfig(
        workflow_name="help-desk",
        group_id=scenario.SESSION,
        trace_metadata={**scenario.METADATA, "user_id": scenario.USER},
    )
    history = []
    for question in scenario.QUESTIONS:
        asked = [*history, {"role": "user", "content": question}]
        history = Runner.run_sync(desk, asked, context=question, run_config=config).to_input_list()
