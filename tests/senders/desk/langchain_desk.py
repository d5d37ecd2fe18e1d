"""The help desk as a LangChain chain and as a LangGraph graph; the variable DESK says which (chain or graph)."""

import os

import scenario
from langchain_core.documents import Document
from langchain_core.messages import SystemMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, chain
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition


class Articles(BaseRetriever):
    """The knowledge base."""

    def _get_relevant_documents(self, query: str, *, run_manager) -> list[Document]:
        return [
            Document(id=p["id"], page_content=p["text"], metadata={"title": p["title"], "score": p["score"]})
            for p in scenario.search(query)
        ]


order_status = tool(parse_docstring=True)(scenario.order_status)
model = ChatOpenAI(model=scenario.MODEL).bind_tools([order_status])
articles = Articles()
prompt = ChatPromptTemplate(
    [
        ("system", scenario.SYSTEM),
        MessagesPlaceholder("history"),
        ("human", "Passages:\n\n{passages}\n\nQuestion: {question}"),
    ]
)


@chain
def help_desk(asked: dict) -> str:
    """A turn as a chain: the passages are in the user's message, by a template."""
    passages = "\n\n".join(document.page_content for document in articles.invoke(asked["question"]))
    messages = prompt.invoke({**asked, "passages": passages}).to_messages()
    said = model.invoke(messages)
    while said.tool_calls:
        messages += [said, *[order_status.invoke(call) for call in said.tool_calls]]
        said = model.invoke(messages)
    return said.content


class State(MessagesState):
    """A session: its messages, and the passages for the last question."""

    passages: list[Document]


def retrieve(state: State) -> dict:
    """The node that searches."""
    return {"passages": articles.invoke(state["messages"][-1].content)}


def ask(state: State) -> dict:
    """The node that calls the model; the passages are in the system prompt."""
    system = scenario.grounded([{"text": document.page_content} for document in state["passages"]])
    return {"messages": [model.invoke([SystemMessage(system), *state["messages"]])]}


def graph():
    """The session as a graph that keeps its own history, under the thread's id."""
    built = StateGraph(State)
    built.add_node("retrieve", retrieve)
    built.add_node("model", ask)
    built.add_node("tools", ToolNode([order_status]))
    built.add_edge(START, "retrieve")
    built.add_edge("retrieve", "model")
    built.add_conditional_edges("model", tools_condition)
    built.add_edge("tools", "model")
    return built.compile(checkpointer=InMemorySaver(), name="help_desk")


def answers(config: RunnableConfig):
    """`answer(question, history)` by the chain or the graph, run with `config`."""
    if os.environ["DESK"] == "chain":
        return lambda question, history: help_desk.invoke({"question": question, "history": history}, config)
    session = graph()
    config = {**config, "configurable": {"thread_id": scenario.SESSION}}
    return lambda question, history: (
        session.invoke({"messages": [("user", question)]}, config)["messages"][-1].content
    )
