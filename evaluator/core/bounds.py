"""Everything that is bounded where it enters: one table, read by whoever bounds and shown in docs/limits.md.

What comes from outside may be as large as its sender likes, and what is made of it must not. So every number, name,
count and size that a stranger chooses has a row here, wide enough for whoever means well: nobody who does should
ever meet one.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = "refused"
DROPPED = "refused in native JSON, left out of OTLP"
SHORTENED = "refused in native JSON, shortened in OTLP"
SUMMED = f"{DROPPED}; a sum over calls is cut to it"
LEFT_OUT = "the rest is left out"
WHOLE = "413"


@dataclass(frozen=True, slots=True)
class Bound:
    """What something may be: a number in [`least`, `most`], or a size of at most `most`.

    `beyond` says what happens to more. Where `most` is a share of something else, `free` may be had on top of it.
    """

    name: str
    most: float
    unit: str
    beyond: str
    least: float | None = None
    free: int = 0

    @property
    def size(self) -> int:
        """`most`, of what is counted."""
        return int(self.most)

    def holds(self, value: float) -> bool:
        """Whether `value` lies within; NaN does not."""
        return (0 if self.least is None else self.least) <= value <= self.most

    def share(self, of: int) -> int:
        """How much may be made of so much."""
        return self.size * of + self.free

    def __str__(self) -> str:
        return f"a number from {self.least or 0:.15g} to {self.most:.15g}"


# Numbers. Sums, products and fourth powers of these stay within what a 64-bit float and the columns of both
# databases can hold.
TOKENS = Bound("tokens of a call, and of a trace", 10**9, "tokens", SUMMED, least=0)
"""Three times as many would not fit PostgreSQL's 32-bit column; no model reads a hundredth in one call."""
COST = Bound("cost of a call, and of a trace", 10**9, "US dollars", SUMMED, least=0)
LATENCY = Bound("latency", 10**10, "ms", f"{REFUSED}; between two times, cut to it", least=0)
"""115 days: keeps one absurd value from drowning every average."""
SCORE = Bound("score from elsewhere, score of a passage", 10**15, "", DROPPED, least=-(10**15))
"""Whole numbers up to it are exact as floats, and its square is far from overflowing."""
FEEDBACK = Bound("feedback", 1, "", DROPPED, least=-1)
PROBABILITY = Bound("sampling probability of the sender", 1, "", DROPPED, least=1e-6)
"""A trace weighs one over it. Below one in a million a single trace would outweigh any window of the others, so that
no rate said anything; and fourth powers of weights, with what rules thin, stay far below what a float can hold."""
YEAR = Bound("year of a time", 2100, "", REFUSED, least=2000)
AHEAD = Bound("time ahead of the server's clock", 24, "hours", REFUSED)
SET_BACK = Bound(
    "time that an end lies before its start (a clock that was set back)", 1, "s",
    "refused; up to it, the end is the start",
)  # fmt: skip
DIGITS = Bound("number written as text", 40, "characters", DROPPED)

# Names and texts. Other texts are kept whole: the body is their bound.
ID = Bound("id of a trace, span, answer or score", 200, "characters", REFUSED)
TARGET_ID = Bound("`target_id` of a score", 1000, "characters", REFUSED)
NAME = Bound("model, prompt version, environment, service, session", 200, "characters", SHORTENED)
"""They are indexed, and PostgreSQL's index entries end at 2.7 kB; rates are kept for each of them."""
TITLE = Bound("name of a trace or span", 1000, "characters", SHORTENED)
KEY = Bound("key of an attribute or of metadata", 500, "characters", DROPPED)
TRACE_STATE = Bound("tracestate", 4096, "characters", "left out")
TAG = Bound("tag", 200, "characters", DROPPED)
METADATA = Bound("metadata of a trace, as JSON", 65_536, "characters", DROPPED)
SCORE_NAME = Bound("name of a score", 100, "characters", REFUSED)
LABEL = Bound("label or source of a score", 200, "characters", REFUSED)
COMMENT = Bound("comment of a score", 10_000, "characters", REFUSED)
FACTS = Bound("metadata of a score, as JSON", 20_000, "characters", REFUSED)
ANNOTATOR = Bound("name of an annotator", 100, "characters", REFUSED)
LABEL_COMMENT = Bound("comment of a label", 10_000, "characters", REFUSED)
LABEL_SPANS = Bound("marks of a label", 200, "", REFUSED)

# What one request may hold.
BODY = Bound("body, packed and unpacked (`FAITHLINE_MAX_BODY_MB`)", 32 * 2**20, "bytes", WHOLE)
GRACE = Bound("time for a body, whatever its size", 10, "s", "408")
PACE = Bound("time for what is more, for each 262,144 bytes", 1, "s", "408")
MESSAGE = Bound("time for a message over gRPC", 30, "s", "DEADLINE_EXCEEDED")
"""Longer than the grace of a body: gRPC hands a message over whole, and nobody sees how it comes."""
CALLS = Bound("requests over gRPC at a time, of a process", 1024, "", "RESOURCE_EXHAUSTED, with when to come back")
MEMBERS = Bound("gzip members of a body", 16, "", REFUSED)
SPANS = Bound("spans or log records a request; resources and scopes a request", 50_000, "", WHOLE)
VALUES = Bound("attributes, entries and events a protobuf request", 500_000, "", WHOLE)
JSON_VALUES = Bound("values a JSON body", 1_000_000, "", WHOLE)
ITEMS = Bound("traces, scores or feedback a request", 10_000, "", REFUSED)
DEPTH = Bound("nesting of a value", 64, "levels", DROPPED)
NESTED = Bound(
    "messages within each other in protobuf (a list takes two, a map three)", 100, "",
    "the span or log record is refused; a resource or scope is left out",
)  # fmt: skip
"""As many as protobuf's parser follows."""
LINE = Bound("line of a file", 64 * 2**20, "bytes", REFUSED)
FILE = Bound("file that is one JSON document", 256 * 2**20, "bytes", REFUSED)
FILE_VALUES = Bound("values of such a document", 10_000_000, "", REFUSED)
REFUSALS = Bound("refused spans or log records, and left out attributes, that an answer describes", 20, "", "counted")

# What one span, trace or answer may hold.
ATTRIBUTES = Bound(
    "attributes of a span, event, log record or resource, and entries of a record's body", 10_000, "", DROPPED
)
EVENTS = Bound("events of a span, its log records among them", 1000, "", LEFT_OUT)
LINKS = Bound("links of a span", 8, "", "counted, not kept")
MESSAGES = Bound("messages of a prompt", 10_000, "", "the last ones are read")
TEXT_VALUES = Bound("values of JSON that an attribute holds as text", 100_000, "", "it is read as plain text")
TAGS = Bound("tags of a trace", 100, "", DROPPED)
ENTRIES = Bound("entries of a trace's metadata", 500, "", DROPPED)
PASSAGES = Bound("passages of an answer", 1000, "", DROPPED)
TOOL_CALLS = Bound("calls of tools of an answer", 200, "", DROPPED)
TOOL_TEXT = Bound("arguments, result or error of a call of a tool", 50_000, "characters", SHORTENED)
"""A page or two of what a tool gave say whether it was called rightly; passages have the whole."""
ANSWERS = Bound("answers of a trace", 500, "", DROPPED)
PARTS = Bound("spans and log records of a trace", 10_000, "", DROPPED)
PART_BYTES = Bound("spans and log records of a trace, as JSON", 32 * 2**20, "bytes", LEFT_OUT)
NOTES = Bound("remarks on what was left out of a span or log record, and of a trace", 16, "", "not kept")

# What is made of it.
REPEATED = Bound(
    "what is stored many times of what came once", 16, "times what came, and 65,536 characters",
    "of a trace, further answers are left out; of a resource, all but its service and environment",
    free=65_536,
)  # fmt: skip
"""The question and the system prompt of many answers, and the resource of many spans."""
SEARCHED = Bound(
    "what is searched of a trace's prompts for the passages that they quote", 50,
    "times their length, and 50,000,000 characters", "the rest counts as not quoted", free=50_000_000,
)  # fmt: skip
CLIMB = Bound("spans around a span that are looked at", 512, "", "it is a child of the trace")
LISTED = Bound(
    "entries of the lists made of one trace", 300_000, "", "the passages of further spans belong to the main answer"
)

# What a project may have.
USER_KEYS = Bound("further attributes of a project that hold a user", 50, "", REFUSED)
USER_KEY = Bound("name of such an attribute", 200, "characters", REFUSED)
RULES = Bound("active rules of a project", 200, "", REFUSED)
CONDITIONS = Bound("conditions of a rule, its strata included", 100, "", REFUSED)
STRATA = Bound("strata of a rule", 50, "", REFUSED)
CONDITION_VALUES = Bound("values of a condition", 1000, "", REFUSED)
CONDITION_VALUE = Bound("value of a condition", 1000, "characters, or 40 digits", REFUSED)
LOOKED_AT = Bound("items of a list that a condition looks at", 1000, "", "the others are not looked at")
CONDITION_FIELD = Bound("field of a condition", 200, "characters", REFUSED)
RULE = Bound("rule, as JSON", 200_000, "characters", REFUSED)
RATE = Bound("rate of a rule or stratum", 1, "", REFUSED, least=1e-6)
"""Weights are one over it, and intervals use their fourth powers: these stay finite. Below one in a million a rule
sees millions of traces for one score, which is then all of the estimate."""
GOLDEN = Bound("items of a golden set", 100_000, "", REFUSED)
GOLDEN_TITLE = Bound("title of a golden set", 200, "characters", REFUSED)
GOLDEN_ABOUT = Bound("description of a golden set", 10_000, "characters", REFUSED)
CRITERIA = Bound("criteria of a project", 200, "", REFUSED)
LEVELS = Bound("levels of a criterion", 9, "", REFUSED, least=2)
"""Each has a key of its own: 1 to 9."""
CRITERION_TITLE = Bound("title of a criterion, and what may be marked", 200, "characters", REFUSED)
LEVEL_TITLE = Bound("title of a level", 80, "characters", REFUSED)
CRITERION_TEXT = Bound("question of a criterion, and when to give which answer", 1000, "characters", REFUSED)
GUIDANCE = Bound("guidance of a criterion", 20_000, "characters", REFUSED)
RUBRICS = Bound("rubrics of a project", 200, "", REFUSED)
RUBRIC = Bound("rubric, as JSON", 200_000, "characters", REFUSED)
"""A judge reads all of it with every sample."""
RUBRIC_TITLE = Bound("title of a rubric", 200, "characters", REFUSED)
RUBRIC_TEXT = Bound("description of a rubric or choice, explanation of an example", 2000, "characters", REFUSED)
INSTRUCTIONS = Bound("instructions of a rubric", 20_000, "characters", REFUSED, least=20)
CHOICES = Bound("choices of a rubric", 9, "", REFUSED, least=2)
"""As many as a criterion has levels."""
CHOICE_LABEL = Bound("label of a choice", 64, "characters", REFUSED)
EXAMPLES = Bound("examples of a rubric", 20, "", REFUSED)
EXAMPLE_TEXT = Bound("text of an example", 20_000, "characters", REFUSED)
EXAMPLE_ITEMS = Bound("passages, and tool calls, of an example", 50, "", REFUSED)
MODEL_NAME = Bound("name of a model of a judge", 200, "characters", REFUSED)
DRAWN = Bound("samples of a wave, or of a day of a standing one", 20_000, "", REFUSED)
"""Its tasks are made in one transaction, which others wait for on SQLite; no team labels as many."""
DOCUMENT = Bound("YAML document", 2**20, "characters", REFUSED)

# What a project may ask for.
SEARCH = Bound("text that is searched for", 500, "characters", "refused; pages cut it")
READ = Bound("time that a request reads", 10, "s", "given up (422), with the remedy")
SERVED = Bound("requests of a project that are worked on at a time", 3, "", "the others wait, up to 5 s")
WAITING = Bound("requests of a project that wait for that", 8, "", "refused (429)")
GUESSES = Bound("refused keys of an address at once, and one more a second", 30, "", "refused unread (429)")

TABLE = tuple(value for value in list(globals().values()) if isinstance(value, Bound))
"""All of them, in the order in which they are shown."""
