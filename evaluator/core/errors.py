"""The errors that reach a user: each names what is wrong and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_SAID = 500


class FaithlineError(Exception):
    """Base of every error that is shown to a user as one sentence."""


class InvalidInput(FaithlineError):
    """Input that cannot be taken.

    `field` is the path of the offending field (``"traces[3].context"``), `remedy` what to do about it.
    """

    def __init__(self, field: str, problem: str, remedy: str = "") -> None:
        self.field, self.problem, self.remedy = field, problem, remedy
        super().__init__(f"{field}: {problem}" + (f". {remedy}" if remedy else ""))


class WrongField(ValueError):
    """What a validator of a whole document raises of one of its fields, for whoever makes an `InvalidInput` of it.

    `field` is the path from that document on (``"examples.0.label"``).
    """

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        self.field, self.problem, self.remedy = field, problem, remedy
        super().__init__(f"{field}: {problem}. {remedy}")


class TooLong(InvalidInput):
    """A question that takes longer than it may (s); asked of less, it is answered."""

    def __init__(self, seconds: float) -> None:
        remedy = "Narrow the time (from, to), or name a session, a user or another field"
        super().__init__("query", f"takes longer than {seconds:g} s", remedy)


class NotFound(FaithlineError):
    """A named thing that this project does not have."""

    def __init__(self, kind: str, name: str, remedy: str = "") -> None:
        self.kind, self.name, self.remedy = kind, name, remedy
        super().__init__(f"{kind} {name!r} not found" + (f". {remedy}" if remedy else ""))


class Conflict(FaithlineError):
    """A write that contradicts what is stored and may not be overwritten."""


class Unavailable(FaithlineError):
    """The service cannot take more now; `retry_after` says in how many seconds it can (s)."""

    def __init__(self, problem: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(problem)


class Unauthenticated(FaithlineError):
    """A request that does not say, or not truly, who it comes from."""


class Forbidden(FaithlineError):
    """A request whose sender may not do this; names the scope that is missing, or what else to change."""


class TooManyRequests(FaithlineError):
    """More requests than a key may make; `retry_after` says in how many seconds it may again (s)."""

    def __init__(self, problem: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(problem)


class DatabaseAway(Unavailable):
    """The database does not answer, or others were faster; the same may well succeed a little later."""


class TimedOut(DatabaseAway):
    """The database gave up: it took too long, or more memory than there is. The same of less may well succeed."""


class NoRoom(DatabaseAway):
    """The database can not be written to, because its disk is full or fails. What it holds can still be read."""


class ModelUnavailable(FaithlineError):
    """Weights that are missing or do not have the hash that they should have."""


def is_away(error: Exception) -> bool:
    """Whether nobody is guilty of an error: the database was away or busy. (Who timed out may be.)"""
    return isinstance(error, DatabaseAway) and not isinstance(error, TimedOut)


def message_of(error: BaseException) -> str:
    """What an error says, which may be anything: the beginning of it, as a line that both databases can store."""
    try:
        text = str(error)[:_MOST_SAID].encode(errors="replace").decode()  # half of a pair is no character
    except Exception:  # noqa: BLE001 - also this may be a plug-in's code
        text = "it can not say why"
    return " ".join(text.replace("\0", "?").split())


def told(error: BaseException) -> str:
    """The type of an error and what it says, in one storable line."""
    return f"{type(error).__name__}: {message_of(error)}"


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one item of a batch was refused; the others were kept."""

    index: int
    field: str
    problem: str
    remedy: str = ""

    @classmethod
    def of(cls, index: int, error: InvalidInput) -> ItemError:
        return cls(index, error.field, error.problem, error.remedy)
