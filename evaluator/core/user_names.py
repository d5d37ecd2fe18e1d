"""Names under which senders say who a user is: a table of those that are known, and a rule for all others.

Both are data: `USER_KEYS` in the order in which they decide whose a trace is, and the words that the rule is made of.
The rule looks at the last words of a name, however they are written: ``user_id``, ``userId``, ``User-ID`` and
``app.end_user.id`` all say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from evaluator.core.bounds import KEY

USER_KEYS = (
    *("user.id", "enduser.id"),  # OpenTelemetry, OpenInference, Google ADK, Strands, CrewAI
    *("langfuse.user.id", "langfuse.trace.metadata.user_id", "langfuse.trace.metadata.userId"),
    *("traceloop.association.properties.user_id", "traceloop.association.properties.userId"),
    *("ai.telemetry.metadata.userId", "ai.telemetry.metadata.user_id", "ai.telemetry.metadata.user"),  # Vercel
    *("langsmith.metadata.user_id", "langsmith.metadata.userId", "langsmith.metadata.user"),
    "mlflow.trace.user",
    *("gen_ai.user.id", "gen_ai.request.user", "gen_ai.openai.request.user", "gen_ai.user"),  # OpenLIT, LiteLLM
    *("llm.request.user", "llm.user", "litellm.end_user.id", "metadata.user_api_key_end_user_id"),
    "metadata.user_api_key_user_id",
    *("openinference.user.id", "agno.user.id", "enduser.pseudo.id"),
)
"""Attributes of spans that name the user of their trace, the first one that is there before the others."""
STAFF_KEYS = ("mlflow.user", "mlflow.auth.userId", "mlflow.auth.username")
"""Attributes that name a person who runs the application or its tracking, and never whose a trace is."""

_SUBJECTS = ("user", "enduser", "users", "endusers", "usr")
_IDS = (
    "id", "ids", "uid", "uuid", "guid", "identifier", "key", "sub", "hash", "pseudoid", "externalid", "uniqueid",
    "accountid", "accountuuid",
)  # fmt: skip
_MAILS = frozenset(("email", "emails", "mail", "emailaddress", "mailaddress"))
_NAMES = (
    "name", "names", "fullname", "firstname", "lastname", "middlename", "givenname", "familyname", "surname",
    "displayname", "nickname", "principalname", "login", "loginname", "handle",
)  # fmt: skip
_OF_MACHINES = frozenset(("db", "database", "sql", "os", "unix", "process"))
"""Words before a user who is an account of a machine: ``db.user``, ``process.user.name``."""
_OF_TALK = frozenset((
    "prompt", "prompts", "message", "messages", "template", "templates", "role", "roles", "content", "contents",
    "input", "inputs", "output", "outputs", "text", "token", "tokens", "count", "counts", "usage", "cpu", "time",
))  # fmt: skip
"""Words before a bare *user* that is a part of a conversation, or an amount."""
_CONTENT = frozenset((
    "message", "messages", "input", "inputs", "output", "outputs", "prompt", "prompts", "completion", "completions",
    "content", "contents", "document", "documents", "argument", "arguments", "args", "result", "results", "choice",
    "choices", "tool", "tools", "function", "functions", "definitions", "schema", "instruction", "instructions",
    "variables", "passages", "question", "answer", "query", "history", "text", "chunks", "parts",
))  # fmt: skip
"""Last words of attributes that hold what was said, retrieved or called: evaluators read it, so it stays as it is."""
_METADATA = frozenset((
    "metadata", "meta", "properties", "attributes", "user", "users", "enduser", "tags", "labels", "extra", "extras",
    "baggage", "custom", "details", "info", "identity", "profile", "claims",
))  # fmt: skip
_PARAMETERS = frozenset(("parameters", "params"))
_OF_CALLS = frozenset(("invocation", "model", "request", "optional", "litellm"))
"""Words before *parameters* that are those of a call to a model, not of a tool."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_SEGMENT = re.compile(r"[./:]")
_PLACE = re.compile(r"(?<![^./:])[0-9]+(?![^./:])")
_HINTS = ("user", "usr", "mail", "distinct")
"""A name without any of these says nothing of a user, unless a project says so."""
_MOST_WORDS = 5


class Kind(Enum):
    """What a value under a name is."""

    ID = "id"
    SUBJECT = "subject"
    """An id, or an object that says more of the user."""
    MANY = "many"
    """Users, each as a subject; or how many they are."""
    MAIL = "mail"
    NAME = "name"
    ADDRESS = "address"
    """A mail address, if it is one, of nobody knows whom."""


class Says(NamedTuple):
    """What a name says; of several, the one with the lowest `rank` names the user of a trace."""

    kind: Kind
    rank: int = 10**9

    @property
    def decides(self) -> bool:
        """Whether its value says whose a trace is."""
        return self.kind in (Kind.ID, Kind.SUBJECT, Kind.MAIL)


_TABLE = {key: Says(Kind.SUBJECT if key.endswith("user") else Kind.ID, i) for i, key in enumerate(USER_KEYS)}
_TABLE |= dict.fromkeys(STAFF_KEYS, Says(Kind.NAME))
_ADDED, _GENERAL = 10_000, 20_000
"""Ranks of names that a project added, and of those that only the rule knows."""
_SPELLINGS = {
    **{subject + word: Kind.NAME for subject in _SUBJECTS for word in _NAMES},
    **{subject + word: Kind.MAIL for subject in _SUBJECTS for word in _MAILS},
    **{subject + word: Kind.ID for subject in _SUBJECTS for word in _IDS},
    **dict.fromkeys(("user", "enduser"), Kind.SUBJECT),
    **dict.fromkeys(("users", "endusers"), Kind.MANY),
    "distinctid": Kind.ID,  # PostHog
}


@lru_cache(maxsize=4096)
def says(name: str, added: tuple[str, ...] = ()) -> Says | None:
    """What a name says of a user; None for nothing.

    Args:
        name: the name of an attribute, or the last two of a path through a structured value, with a dot between.
        added: further names that a project has for its users' ids.
    """
    if (known := _TABLE.get(name)) is not None:
        return known
    end = name[-KEY.size :]
    if not may_name(end, added):
        return None
    words = words_of(end)
    for place, one in enumerate(map(spelling, added)):
        if _before(words, one) is not None:
            return Says(Kind.ID, _ADDED + place)
    words = [word for word in words if not word.isdecimal()]
    spelled = ["".join(words[-n:]) for n in range(min(len(words), _MOST_WORDS), 0, -1)]
    for found in spelled:
        if (kind := _SPELLINGS.get(found)) is not None:
            return _general(kind, found, words, end)
    return None if _MAILS.isdisjoint(spelled) else Says(Kind.ADDRESS)


def _general(kind: Kind, found: str, words: Sequence[str], name: str) -> Says | None:
    """What the rule makes of a name that ends with the spelling `found`."""
    before = _before(words, found)
    last = before[-1] if before else ""
    if last in _OF_MACHINES or words[0] == "process":
        return None
    if kind in (Kind.SUBJECT, Kind.MANY) and (last in _OF_TALK or spelling(_last_segment(name)) != found):
        return None
    return Says(kind, _GENERAL + (not found.startswith("enduser")))


def ends_with(name: str, end: str) -> bool:
    """Whether `name` ends with the words of `end`, however the two are written."""
    return _before(words_of(name), spelling(end)) is not None


def _before(words: Sequence[str], spelled: str) -> Sequence[str] | None:
    """The words before those at the end that are `spelled` so; None where there are no such."""
    start, left = len(words), len(spelled)
    while left > 0 and start > 0:
        start -= 1
        left -= len(words[start])
    return words[:start] if left == 0 and "".join(words[start:]) == spelled else None


def _last_segment(name: str) -> str:
    """The last part of a path that is no number."""
    return next((part for part in reversed(_SEGMENT.split(name)) if part and not part.isdecimal()), "")


def words_of(name: str) -> list[str]:
    """The words and numbers of a name, in small letters and without the places in lists that it leads to."""
    return [word.lower() for word in _WORD.findall(_PLACE.sub("", name))]


@lru_cache(maxsize=4096)
def spelling(name: str) -> str:
    """A name without what tells its words apart: the same for all ways to write it."""
    return "".join(words_of(name))


def may_name(text: str, added: tuple[str, ...] = ()) -> bool:
    """Whether a text may hold a name that says something of a user: False is sure, and found fast."""
    small = text.lower()
    return any(hint in small for hint in _HINTS) or any(hint in small for hint in _hints(added))


@lru_cache(maxsize=1024)
def _hints(added: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(words_of(name)[-1] for name in added if words_of(name))


@lru_cache(maxsize=4096)
def is_content(name: str) -> bool:
    """Whether an attribute of this name holds what was said, so that nobody looks for users in its values."""
    words = words_of(name[-KEY.size :])
    last = words[-1:] if words[-1:] != ["value"] else words[-2:-1]
    return bool(last) and (last[0] in _CONTENT or name == "faithline.context")


@lru_cache(maxsize=4096)
def is_metadata(name: str) -> bool:
    """Whether a text under this name is read, where it is JSON, for the users in it."""
    words = words_of(name[-KEY.size :])
    before, last = ["", "", *words][-2:]
    return last in _METADATA or (last in _PARAMETERS and before in _OF_CALLS)
