"""Unknown keys: slow to guess, cheap to refuse, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from evaluator.core.access import Scope
from evaluator.core.errors import TooManyRequests, Unauthenticated
from evaluator.core.limits import LocalLimiter
from evaluator.pipeline.access import authenticator as module
from evaluator.pipeline.access.authenticator import MAX_REMEMBERED, Authenticator
from evaluator.pipeline.access.refusals import MAX_ADDRESSES, OF_ALL_BURST, OF_ONE_BURST, Refusals
from tests.support.doors import OURS, THEIRS, Doors

HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def entrance(doors: Doors) -> Authenticator:
    found = Authenticator(doors.store, doors.clock, LocalLimiter(), 0)
    found.refusals = Refusals(lambda: 0.0)
    return found


def reads_of(doors: Doors) -> list[str]:
    """Filled with what is asked of the database from now on."""
    found: list[str] = []
    event.listen(doors.store._reader, "before_cursor_execute", lambda *a: found.extend(a[2:3] * (a[2] != "BEGIN")))
    return found


def guess(number: int) -> list[str]:
    return [f"fl_{number:043d}"]


def ends(call: Callable[[], object]) -> type[Exception] | None:
    try:
        call()
    except (Unauthenticated, TooManyRequests) as error:
        return type(error)
    return None


def test_a_flood_of_unknown_keys_costs_few_reads_and_shuts_nobody_out(
    doors: Doors, entrance: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED_SECONDS", 3600.0)
    known, later = doors.secrets[OURS, Scope.INGEST], doors.secrets[THEIRS, Scope.READ]
    assert entrance.enter([known], HERE).project == OURS
    reads = reads_of(doors)
    flood = [ends(lambda n=n: entrance.enter(guess(n), HERE)) for n in range(2000)]  # type: ignore[misc]
    assert flood.count(Unauthenticated) == OF_ONE_BURST
    assert len(reads) == OF_ONE_BURST + 1, "and one for the list of valid keys, however many come"
    assert entrance.enter([known], HERE).project == OURS  # who is known passes
    assert entrance.enter([later], THERE).project == THEIRS  # and who comes from elsewhere
    reads.clear()
    spread = [ends(lambda n=n: entrance.enter(guess(n), f"10.0.{n // 250}.{n % 250}")) for n in range(5000, 9000)]  # type: ignore[misc]
    assert spread.count(Unauthenticated) == OF_ALL_BURST - OF_ONE_BURST
    assert len(reads) == OF_ALL_BURST - OF_ONE_BURST
    assert entrance.enter([later], HERE).project == THEIRS
    assert len(entrance._known) <= 2
    assert len(entrance._unknown) <= MAX_REMEMBERED


def test_valid_keys_that_a_process_has_not_seen_pass_where_unknown_ones_do_not(
    doors: Doors, entrance: Authenticator
) -> None:
    """Behind one address (NAT, a proxy) may stand many senders, and one that guesses."""
    for number in range(int(OF_ALL_BURST) + 1):
        ends(lambda n=number: entrance.enter(guess(n), HERE if n < OF_ONE_BURST else f"10.0.{n // 250}.{n % 250}"))  # type: ignore[misc]
    for secret in doors.secrets.values():
        assert entrance.enter(["wrong" * 8, secret], HERE)
    ended = doors.make(OURS, Scope.READ, expires_in=timedelta(seconds=1))[1]
    entrance._listed_at = float("-inf")
    doors.clock.turn(2)
    assert ends(lambda: entrance.enter([ended], THERE)) is TooManyRequests
    assert ends(lambda: entrance.enter(guess(1), THERE)) is TooManyRequests


def test_the_same_wrong_key_is_not_read_again(
    doors: Doors, entrance: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED_SECONDS", 3600.0)
    reads = reads_of(doors)
    for _ in range(10):
        assert ends(lambda: entrance.enter(guess(1), HERE)) is Unauthenticated
    assert len(reads) == 1
    assert ends(lambda: entrance.enter(["short", "", "x" * 5000, "with blanks " * 5], THERE)) is Unauthenticated
    assert len(reads) == 1


def test_many_valid_keys_from_one_address_cost_it_nothing(doors: Doors, entrance: Authenticator) -> None:
    made = [doors.make(OURS, Scope.READ)[1] for _ in range(int(OF_ONE_BURST) + 20)]
    assert [entrance.enter([key], HERE).project for key in made] == [OURS] * len(made)
    # A client of Langfuse sends two, of which one is a key.
    assert all(entrance.enter(["wrong" * 8, key], HERE) for key in made)


def test_a_key_that_ended_is_an_unknown_one(doors: Doors, entrance: Authenticator) -> None:
    key, secret = doors.make(OURS, Scope.READ)
    assert entrance.enter([secret], HERE).id == key.id
    doors.clock.turn(1)
    with doors.store.write() as unit:
        unit.of(OURS).keys.revoke(key.id, doors.clock.now())
    entrance._known.clear()
    found = [ends(lambda: entrance.enter([secret], HERE)) for _ in range(int(OF_ONE_BURST) + 5)]
    assert found[0] is Unauthenticated
    assert found[-1] is TooManyRequests


def test_what_was_run_up_passes_and_is_bounded() -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    for _ in range(int(OF_ONE_BURST)):
        refusals.admit(HERE)
        refusals.refused(HERE, "key_refused")
    with pytest.raises(TooManyRequests) as error:
        refusals.admit(HERE)
    assert 0 < error.value.retry_after <= 1
    refusals.admit(THERE)
    with pytest.raises(TooManyRequests):
        refusals.admit("::ffff:" + HERE)  # the same one
    now[0] += 1.0
    refusals.admit(HERE)
    for number in range(MAX_ADDRESSES + 100):
        refusals.refused(f"2001:db8:{number:x}::1", "key_refused")
    assert len(refusals._of) == MAX_ADDRESSES
    for odd in (None, "", "\n\x1b[31m" * 50, "not an address"):
        refusals.refused(odd, "key_refused")


def test_two_addresses_of_one_household_are_one() -> None:
    refusals = Refusals(lambda: 0.0)
    for number in range(int(OF_ONE_BURST)):
        refusals.refused(f"2001:db8::{number:x}", "key_refused")
    with pytest.raises(TooManyRequests):
        refusals.admit("2001:db8::ffff")
    refusals.admit("2001:db8:0:1::1")
