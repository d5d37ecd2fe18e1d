"""Everything that is bounded where it enters: one table, read by whoever bounds and shown in docs/limits.md.

What comes from outside may be as large as its sender likes, and what is made of it must not. So every number, name,
count and size that a stranger chooses has a row here, wide enough for whoever means well: nobody who does should
ever meet one.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = "refused, with the field and the remedy"
TOO_LARGE = "the whole request is refused (413), before anything is built of it"
DROPPED = "native JSON: refused, with the field and the remedy. OTLP: left out, and said"
CUT = "native JSON: refused, with the field and the remedy. OTLP: shortened, and said"
LEFT_OUT = "what is beyond is left out, and said"
ELSEWHERE = "refused when it is pushed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What something may be: a number in [`least`, `most`], or a size of at most `most`. `beyond` says what happens
    to more."""

    name: str
    most: float
    unit: str
    beyond: str
    least: float | None = None

    @property
    def size(self) -> int:
        """`most`, of what is counted."""
        return int(self.most)

    def holds(self, value: float) -> bool:
        """Whether `value` lies within; NaN does not."""
        return (0 if self.least is None else self.least) <= value <= self.most

    def __str__(self) -> str:
        return f"a number from {self.least or 0:.15g} to {self.most:.15g}"


# Numbers. Sums, products and fourth powers of these stay within what a 64-bit float and the columns of both
# databases can hold.
TOKENS = Bound(
    name="tokens of a call, and of a trace", least=0, most=10**9, unit="tokens",
    beyond=f"{DROPPED}. A sum over calls: cut to it, and said",
)  # fmt: skip
"""Ten billion would not fit PostgreSQL's 32-bit column; no model reads a thousandth of this in one call."""
COST = Bound(
    name="cost of a call, and of a trace", least=0, most=10**9, unit="US dollars",
    beyond=f"{DROPPED}. A sum over calls: cut to it, and said",
)  # fmt: skip
LATENCY = Bound(
    name="latency", least=0, most=10**10, unit="ms",
    beyond="native JSON: refused, with the field and the remedy. Between two times: cut to it, and said",
)  # fmt: skip
"""115 days: keeps one absurd value from drowning every average."""
SCORE = Bound(name="score from elsewhere, score of a passage", least=-(10**15), most=10**15, unit="", beyond=DROPPED)
"""Whole numbers up to it are exact as floats, and its square is far from overflowing."""
FEEDBACK = Bound(name="feedback", least=-1, most=1, unit="", beyond=DROPPED)
PROBABILITY = Bound(name="sampling probability of the sender", least=1e-6, most=1, unit="", beyond=DROPPED)
"""A trace weighs one over it. Below one in a million a single trace would outweigh any window of the others, so that
no rate said anything; and with the smallest rate of a rule, fourth powers of weights still stay below 1e60."""
YEAR = Bound(
    name="time, not before or after", least=2000, most=2100, unit="year", beyond="the span or item is refused"
)
AHEAD = Bound(name="time ahead of the server's clock", most=24, unit="hours", beyond="the span or item is refused")

# Names and texts.
ID = Bound(name="id of a trace, span, answer, score", most=200, unit="characters", beyond=REFUSED)
TARGET_ID = Bound(name="target_id of a score", most=1000, unit="characters", beyond=REFUSED)
NAME = Bound(
    name="model, prompt version, environment, service, session", most=200, unit="characters",
    beyond=f"{CUT}; the end becomes a hash, so that two names stay two",
)  # fmt: skip
"""They are indexed, and PostgreSQL's index entries end at 2.7 kB; rates are kept for each of them."""
TITLE = Bound(name="name of a trace or span", most=1000, unit="characters", beyond=CUT)
KEY = Bound(name="key of an attribute or of metadata", most=500, unit="characters", beyond=DROPPED)
TRACE_STATE = Bound(name="tracestate", most=4096, unit="characters", beyond=LEFT_OUT)
TAG = Bound(name="tag", most=200, unit="characters", beyond=DROPPED)
SCORE_NAME = Bound(name="name of a score", most=100, unit="characters", beyond=REFUSED)
LABEL = Bound(name="label or source of a score", most=200, unit="characters", beyond=REFUSED)
COMMENT = Bound(name="comment of a score", most=10_000, unit="characters", beyond=REFUSED)
FACTS = Bound(name="metadata of a score, as JSON", most=20_000, unit="characters", beyond=REFUSED)
METADATA = Bound(name="metadata of a trace, as JSON", most=65_536, unit="characters", beyond=DROPPED)
DIGITS = Bound(name="number written as text", most=40, unit="characters", beyond=DROPPED)

# What one request may hold.
BODY = Bound(
    name="body, before and after it is unpacked (`FAITHLINE_MAX_BODY_MB`)", most=32 * 2**20, unit="bytes",
    beyond=TOO_LARGE,
)  # fmt: skip
GRACE = Bound(name="time for a body, whatever its size", most=10, unit="s", beyond="refused (408)")
SLOWEST = Bound(name="time for what is more, for each 262,144 bytes", most=1, unit="s", beyond="refused (408)")
MEMBERS = Bound(name="gzip members of a body", most=16, unit="", beyond="refused")
SPANS = Bound(name="spans a request", most=50_000, unit="", beyond=TOO_LARGE)
ITEMS = Bound(name="traces, scores or feedback a request", most=10_000, unit="", beyond="refused")
VALUES = Bound(name="attributes, entries and events a protobuf request", most=500_000, unit="", beyond=TOO_LARGE)
JSON_VALUES = Bound(name="values in a JSON body", most=1_000_000, unit="", beyond=TOO_LARGE)
LINE = Bound(name="line of a file", most=64 * 2**20, unit="bytes", beyond=REFUSED)
DEPTH = Bound(name="nesting of a value", most=64, unit="levels", beyond=DROPPED)
REFUSALS = Bound(name="refused spans, and left out attributes, that an answer describes", most=20, unit="",
                 beyond="counted")  # fmt: skip

# What one span, trace or answer may hold.
ATTRIBUTES = Bound(name="attributes of a span, event or resource", most=10_000, unit="", beyond=DROPPED)
EVENTS = Bound(name="events of a span", most=1000, unit="", beyond=LEFT_OUT)
LINKS = Bound(name="links of a span", most=8, unit="", beyond="counted, not kept")
NOTES = Bound(name="remarks on what was left out, a span and a trace", most=16, unit="", beyond="not kept")
TEXT_VALUES = Bound(
    name="values in JSON that an attribute holds as text",
    most=100_000,
    unit="",
    beyond="the text is read as plain text",
)
MESSAGES = Bound(name="messages of a prompt", most=10_000, unit="", beyond="the last ones are read")
TAGS = Bound(name="tags of a trace", most=100, unit="", beyond=DROPPED)
ENTRIES = Bound(name="entries of a trace's metadata", most=500, unit="", beyond=DROPPED)
PASSAGES = Bound(name="passages of an answer", most=1000, unit="", beyond=DROPPED)
ANSWERS = Bound(name="answers of a trace", most=256, unit="", beyond=DROPPED)
PARTS = Bound(name="parts (spans) of a trace that are put together", most=10_000, unit="", beyond=LEFT_OUT)
PART_BYTES = Bound(name="bytes of the parts of a trace that are put together", most=64 * 2**20, unit="bytes",
                   beyond=LEFT_OUT)  # fmt: skip

# What is made of it.
REPEATED = Bound(
    name="what is stored again and again (a question of many answers, a resource of many spans)", most=16,
    unit="times what came, and 65,536 characters", beyond="further answers are left out, of a resource all but the "
    "names that are read, and both are said",
)  # fmt: skip
REPEATED_FREE = 65_536
"""Characters that may be repeated however little came."""
SEARCHED = Bound(
    name="characters of prompts that are searched for the passages they quote", most=50,
    unit="times their length, and 50,000,000", beyond="what a prompt quotes counts as not seen, and is said",
)  # fmt: skip
SEARCHED_FREE = 50_000_000
"""Characters that are searched however short the prompts are: about a twentieth of a second."""
CLIMB = Bound(name="spans around a span that are looked at", most=512, unit="", beyond="a child of the trace")
LISTED = Bound(
    name="entries of the lists made of one trace", most=300_000, unit="", beyond="the whole trace is listed"
)

# What a project may have.
RULES = Bound(name="active rules of a project", most=200, unit="", beyond=ELSEWHERE)
CONDITIONS = Bound(name="conditions of a rule, strata together", most=100, unit="", beyond=ELSEWHERE)
STRATA = Bound(name="strata of a rule", most=50, unit="", beyond=ELSEWHERE)

TABLE = tuple(value for value in list(globals().values()) if isinstance(value, Bound))
"""All of them, in the order in which they are shown."""
