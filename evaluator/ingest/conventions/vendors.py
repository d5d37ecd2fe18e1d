"""The conventions that are lists of names, one a product; which of them sends what stands in docs/senders.md."""

from __future__ import annotations

from evaluator.core.trace import SpanKind
from evaluator.ingest.conventions.names import Names

LANGFUSE = Names(
    name="langfuse",
    families=frozenset({"langfuse"}),
    kind=("langfuse.observation.type",),
    kinds={"span": None, "event": None},
    input=("langfuse.observation.input",),
    output=("langfuse.observation.output",),
    request_model=("langfuse.observation.model.name",),
    usage=("langfuse.observation.usage_details",),
    costs=("langfuse.observation.cost_details",),
    session=("langfuse.session.id",),
    environment=("langfuse.environment",),
    prompt_name=("langfuse.observation.prompt.name",),
    prompt_version=("langfuse.observation.prompt.version",),
    trace_name=("langfuse.trace.name",),
    trace_input=("langfuse.trace.input",),
    trace_output=("langfuse.trace.output",),
    tags=("langfuse.trace.tags",),
    metadata=("langfuse.trace.metadata.", "langfuse.trace.metadata", "langfuse.observation.metadata."),
    level=("langfuse.observation.level",),
    call_id=("langfuse.observation.metadata.tool_call_id",),
)

OPENLLMETRY = Names(
    name="openllmetry",
    families=frozenset({"traceloop", "llm"}),
    kind=("traceloop.span.kind", "llm.request.type"),
    input=("traceloop.entity.input",),
    output=("traceloop.entity.output",),
    tool=("traceloop.entity.name",),
    request_model=("llm.request.model",),
    response_model=("llm.response.model",),
    input_tokens=("llm.usage.prompt_tokens",),
    output_tokens=("llm.usage.completion_tokens",),
    prompt_name=("traceloop.prompt.key",),
    prompt_version=("traceloop.prompt.version",),
    metadata=("traceloop.association.properties.",),
)

VERCEL = Names(
    name="vercel_ai",
    families=frozenset({"ai"}),
    kind=("ai.operationId",),
    kinds={
        f"ai{name.lower()}{step}": kind
        for name, kind in {
            **dict.fromkeys(("generateText", "streamText", "generateObject", "streamObject"), SpanKind.LLM),
            **dict.fromkeys(("embed", "embedMany"), SpanKind.EMBEDDING),
            "rerank": SpanKind.RERANKER,
        }.items()
        for step in ("dogenerate", "dostream", "doembed", "dorerank")
    }
    | dict.fromkeys(("aigeneratetext", "aistreamtext", "aigenerateobject", "aistreamobject"), SpanKind.CHAIN)
    | {"aiembed": SpanKind.CHAIN, "aiembedmany": SpanKind.CHAIN, "aitoolcall": SpanKind.TOOL},
    input=("ai.prompt.messages", "ai.prompt", "ai.toolCall.args"),
    output=(
        *("ai.response.text", "ai.response.object", "ai.result.text", "ai.result.object"),
        *("ai.toolCall.result", "ai.response.toolCalls", "ai.result.toolCalls"),
    ),
    objects=("ai.response.object", "ai.result.object"),
    asks=("ai.response.toolCalls", "ai.result.toolCalls"),
    tool=("ai.toolCall.name",),
    call_id=("ai.toolCall.id",),
    request_model=("ai.model.id",),
    response_model=("ai.response.model",),
    input_tokens=("ai.usage.inputTokens", "ai.usage.promptTokens"),
    output_tokens=("ai.usage.outputTokens", "ai.usage.completionTokens"),
    metadata=("ai.telemetry.metadata.",),
)

MLFLOW = Names(
    name="mlflow",
    families=frozenset({"mlflow"}),
    kind=("mlflow.spanType",),
    input=("mlflow.spanInputs",),
    output=("mlflow.spanOutputs",),
    request_model=("mlflow.llm.model",),
    tool=("mlflow.spanFunctionName",),
    usage=("mlflow.chat.tokenUsage",),
    costs=("mlflow.llm.cost",),
    session=("mlflow.trace.session",),
    prompt_name=("mlflow.prompt.name",),
    prompt_version=("mlflow.prompt.version",),
    trace_input=("mlflow.traceInputs",),
    trace_output=("mlflow.traceOutputs",),
    metadata=("mlflow.trace.metadata.", "mlflow.traceTag."),
)

LANGSMITH = Names(
    name="langsmith",
    families=frozenset({"langsmith"}),
    kind=("langsmith.span.kind",),
    input=("gen_ai.prompt", "langsmith.span.inputs"),
    output=("gen_ai.completion", "langsmith.span.outputs"),
    session=("langsmith.metadata.session_id", "langsmith.metadata.thread_id", "langsmith.metadata.conversation_id"),
    tags=("langsmith.span.tags",),
    metadata=("langsmith.metadata.",),
)

PYDANTIC_AI = Names(
    name="pydantic_ai",
    families=frozenset({"pydantic_ai", "all_messages_events", "final_result", "tool_response", "tool_arguments"}),
    input=("pydantic_ai.all_messages", "all_messages_events", "tool_arguments"),
    output=("final_result", "tool_response"),
)

LOGFIRE = Names(
    name="logfire",
    families=frozenset({"request_data", "response_data"}),
    input=("request_data",),
    output=("response_data",),
)

GOOGLE_ADK = Names(
    name="google_adk",
    families=frozenset({"gcp"}),
    input=("gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"),
    output=("gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"),
    session=("gcp.vertex.agent.session_id",),
)

HAYSTACK = Names(
    name="haystack",
    families=frozenset({"haystack"}),
    kind=("haystack.component.type",),
    endings={
        "generator": SpanKind.LLM,
        "retriever": SpanKind.RETRIEVER,
        "ranker": SpanKind.RERANKER,
        "embedder": SpanKind.EMBEDDING,
        "toolinvoker": SpanKind.TOOL,
    },
    marks={
        **dict.fromkeys(("haystack.agent.step.llm.input", "haystack.agent.step.llm.output"), SpanKind.LLM),
        **dict.fromkeys(("haystack.tool.name", "haystack.agent.step.tool.input"), SpanKind.TOOL),
        "haystack.agent.max_steps": SpanKind.AGENT,
    },
    tool=("haystack.tool.name",),
    input=(
        *("haystack.component.input", "haystack.pipeline.input_data", "haystack.tool.input", "haystack.agent.input"),
        *("haystack.agent.step.llm.input", "haystack.agent.step.tool.input"),
    ),
    output=(
        *("haystack.component.output", "haystack.pipeline.output_data"),
        *("haystack.tool.output", "haystack.agent.output"),
        *("haystack.agent.step.llm.output", "haystack.agent.step.tool.output"),
    ),
)

TRULENS = Names(
    name="trulens",
    families=frozenset({"ai"}),
    kind=("ai.observability.span_type",),
    kinds={
        **dict.fromkeys(("recordroot", "nestedrecordroot", "graphtask", "graphnode", "workflowstep"), SpanKind.CHAIN),
        **dict.fromkeys(("eval", "evalroot", "evaldecision"), SpanKind.GUARDRAIL),
        **{"mcp": SpanKind.TOOL, "reranking": SpanKind.RERANKER},
    },
    input=("ai.observability.record_root.input", "ai.observability.retrieval.query_text"),
    arguments="ai.observability.call.kwargs.",
    output=("ai.observability.record_root.output", "ai.observability.call.return"),
    documents=("ai.observability.retrieval.retrieved_contexts",),
    request_model=("ai.observability.cost.model",),
    input_tokens=("ai.observability.cost.num_prompt_tokens",),
    output_tokens=("ai.observability.cost.num_completion_tokens",),
    session=("ai.observability.conversation_id",),
    prompt_name=("ai.observability.app_name",),
    prompt_version=("ai.observability.app_version",),
)

SPRING_AI = Names(
    name="spring_ai",
    families=frozenset({"spring", "db"}),
    kind=("spring.ai.kind",),
    kinds={"chatclient": SpanKind.CHAIN, "advisor": SpanKind.CHAIN, "toolcall": SpanKind.TOOL},
    marks={"db.vector.query.content": SpanKind.RETRIEVER},
    tool=("spring.ai.tool.definition.name",),
    input=("spring.ai.tool.call.arguments", "spring.ai.chat.client.user.text", "db.vector.query.content"),
    output=("spring.ai.tool.call.result",),
    system_prompt=("spring.ai.chat.client.system.text",),
    documents=("db.vector.query.response.documents",),
    session=("spring.ai.chat.client.conversation.id",),
)

BRAINTRUST = Names(
    name="braintrust",
    families=frozenset({"braintrust"}),
    kind=("braintrust.span_attributes",),
    input=("braintrust.input_json", "braintrust.input"),
    output=("braintrust.output_json", "braintrust.output"),
    usage=("braintrust.metrics",),
    tags=("braintrust.tags",),
    metadata=("braintrust.metadata",),
)

VENDORS = (
    *(LANGFUSE, LANGSMITH, MLFLOW, VERCEL, PYDANTIC_AI, LOGFIRE, OPENLLMETRY, GOOGLE_ADK, HAYSTACK, TRULENS),
    SPRING_AI,
    BRAINTRUST,
)
