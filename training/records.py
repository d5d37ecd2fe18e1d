"""Made-up records (shops, hotels, products, medicines, trips, people) and sentences true or false of them.

They teach a model to read JSON, key-value lines and tables beside prose.
"""

# ruff: noqa: E501 - tables read better with one row on one line

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import NamedTuple

from training.edits import CONTRADICTED, UNSUPPORTED, Edited
from training.vocabulary import MONTHS, WEEKDAYS

Value = Callable[[random.Random], str]


class Fact(NamedTuple):
    """One field: its key, how to draw a value, and sentences with {n} the record's name and {v} the value."""

    key: str
    draw: Value
    says: tuple[str, ...]


class Flag(NamedTuple):
    """One yes-or-no field with sentences for yes and for no."""

    key: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Statement(NamedTuple):
    """A sentence about a record: 0 supported, 1 unsupported, 2 contradicted, with the wrong characters."""

    text: str
    label: int
    bad: tuple[tuple[int, int], ...]


def _of(*options: str) -> Value:
    return lambda rng: rng.choice(options)


def _number(low: int, high: int, pattern: str = "{}") -> Value:
    return lambda rng: pattern.format(rng.randint(low, high))


def _decimal(low: int, high: int, pattern: str = "{}") -> Value:
    return lambda rng: pattern.format(rng.randint(low * 10, high * 10) / 10)


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2001, 2026)}"


def _street(rng: random.Random) -> str:
    return f"{rng.randint(1, 980)} {rng.choice(_STREETS)} {rng.choice(['St', 'Ave', 'Road', 'Lane', 'Blvd'])}"


_STREETS = ("Oak", "Mill", "Carter", "Harbour", "Station", "Elm", "Victoria", "Linden", "Chapel", "River", "Market")
_CITIES = (
    "Bristol",
    "Lisbon",
    "Tampa",
    "Porto",
    "Leeds",
    "Denver",
    "Graz",
    "Turin",
    "Oslo",
    "Austin",
    "Lyon",
    "Cork",
)
_NAMES = ("Blue Heron", "Casa Verde", "Northgate", "The Copper Kettle", "Lumen", "Old Mill", "Sol y Mar", "Rosewood",
          "Pine & Salt", "Atlas", "Golden Fig", "Harbour View", "Tansy", "Quill", "Vireo", "Marlow", "Zenit")  # fmt: skip
_PEOPLE = ("Ana Ruiz", "Tom Becker", "Lena Novak", "Omar Haddad", "Priya Nair", "Joe Marsh", "Mei Tan", "Eva Lund")

_FACTS: dict[str, tuple[Fact, ...]] = {
    "shop": (
        Fact("address", _street, ("{n} is located at {v}.", "You can find {n} at {v}.")),
        Fact("city", _of(*_CITIES), ("{n} is in {v}.", "{n} is a popular spot in {v}.", "It is situated in {v}.")),
        Fact("categories", _of("Thai, Seafood", "Coffee & Tea, Bakeries", "Pizza, Italian", "Books, Gifts", "Mexican, Bars",
                               "Vegan, Sandwiches", "Hair Salons, Spas"), ("{n} falls into the categories {v}.", "It offers {v}.")),
        Fact("business_stars", _decimal(1, 5), ("{n} has a rating of {v} stars.", "Customers give it {v} out of 5 stars.")),
        Fact("review_count", _number(3, 900), ("{n} has {v} reviews.", "There are {v} customer reviews of the place.")),
        Fact("phone", _number(200000, 999999, "555-{}"), ("The phone number of {n} is {v}.",)),
        Fact("noise_level", _of("quiet", "average", "loud"), ("The noise level at {n} is {v}.", "It is a {v} place.")),
        Fact("price_range", _of("cheap", "moderate", "expensive"), ("Prices at {n} are {v}.",)),
    ),
    "hotel": (
        Fact("city", _of(*_CITIES), ("{n} is a hotel in {v}.", "The hotel is in {v}.")),
        Fact("rooms", _number(8, 480), ("The hotel has {v} rooms.", "{n} offers {v} rooms.")),
        Fact("check_in", _of("14:00", "15:00", "16:00", "13:30"), ("Guests check in from {v}.", "Check-in at {n} starts at {v}.")),
        Fact("check_out", _of("10:00", "11:00", "12:00", "9:30"), ("Check-out is by {v}.", "Guests must leave by {v}.")),
        Fact("price_per_night", _number(45, 420, "${}"), ("A night at {n} costs {v}.", "Rooms cost {v} a night.")),
        Fact("distance_to_centre", _decimal(0, 12, "{} km"), ("It lies {v} from the centre.", "The city centre is {v} away.")),
        Fact("built", _number(1880, 2023), ("{n} was built in {v}.", "The building dates from {v}.")),
    ),
    "product": (
        Fact("brand", _of("Orvana", "Kestrel", "Nubo", "Tectra", "Halden", "Mirado"), ("{n} is made by {v}.", "Its maker is {v}.")),
        Fact("price", _number(9, 990, "€{}"), ("{n} costs {v}.", "The price is {v}.")),
        Fact("weight", _decimal(0, 14, "{} kg"), ("It weighs {v}.", "The weight of {n} is {v}.")),
        Fact("warranty", _number(1, 10, "{} years"), ("The warranty runs for {v}.", "{n} comes with a warranty of {v}.")),
        Fact("battery_life", _number(3, 60, "{} hours"), ("The battery lasts {v}.", "{n} runs for {v} on one charge.")),
        Fact("colour", _of("black", "silver", "dark green", "red", "sand"), ("{n} is {v}.", "It comes in {v}.")),
        Fact("delivery_time", _number(1, 14, "{} days"), ("Delivery takes {v}.", "{n} arrives within {v}.")),
        Fact("return_period", _of("14 days", "30 days", "60 days", "90 days"), ("You can return it within {v}.",)),
    ),
    "medicine": (
        Fact("active_substance", _of("ibuprofen", "cetirizine", "omeprazole", "amoxicillin", "metformin"), ("{n} contains {v}.", "The active substance is {v}.")),
        Fact("dose_adults", _of("1 tablet a day", "2 tablets a day", "5 ml twice a day", "400 mg every 8 hours"), ("Adults take {v}.", "The usual dose for adults is {v}.")),
        Fact("minimum_age", _number(2, 18, "{} years"), ("{n} is for patients aged {v} or more.", "The minimum age is {v}.")),
        Fact("storage", _of("below 25 °C", "in a refrigerator", "below 30 °C", "in the dark"), ("Store {n} {v}.", "It should be kept {v}.")),
        Fact("common_side_effects", _of("headache, nausea", "dry mouth, tiredness", "stomach pain", "skin rash, dizziness"), ("Common side effects are {v}.",)),
        Fact("shelf_life_after_opening", _number(1, 12, "{} months"), ("After opening it keeps for {v}.",)),
    ),
    "trip": (
        Fact("departure_city", _of(*_CITIES), ("The trip starts in {v}.", "{n} departs from {v}.")),
        Fact("destination", _of("Crete", "Madeira", "Iceland", "Malta", "Kyoto", "Tenerife"), ("{n} takes you to {v}.", "The destination is {v}.")),
        Fact("departure_day", _of(*WEEKDAYS), ("It leaves on {v}.", "The departure is on a {v}.")),
        Fact("departure_date", _date, ("The date of departure is {v}.", "Travellers leave on {v}.")),
        Fact("duration", _number(2, 21, "{} days"), ("{n} lasts {v}.", "The tour takes {v}.")),
        Fact("price", _number(150, 3900, "€{}"), ("{n} costs {v} per person.", "The price per person is {v}.")),
        Fact("baggage_allowance", _of("10 kg", "20 kg", "23 kg", "32 kg"), ("You may take {v} of baggage.",)),
        Fact("guide", _of(*_PEOPLE), ("The guide is {v}.", "{v} leads the tour.")),
    ),
    "person": (
        Fact("born", _date, ("{n} was born on {v}.",)),
        Fact("birthplace", _of(*_CITIES), ("{n} was born in {v}.", "The birthplace of {n} is {v}.")),
        Fact("occupation", _of("engineer", "painter", "nurse", "lawyer", "architect", "pilot"), ("{n} works as {v}.", "{n} is known as {v}.")),
        Fact("employer", _of("Kestrel Ltd", "the city council", "Tectra", "St Anne's Hospital"), ("{n} works for {v}.",)),
        Fact("years_of_service", _number(1, 38), ("{n} has served for {v} years.",)),
        Fact("manager", _of(*_PEOPLE), ("{n} reports to {v}.", "The manager of {n} is {v}.")),
    ),
}  # fmt: skip

_FLAGS = (
    Flag("OutdoorSeating", ("{n} offers outdoor seating.", "Outdoor seating is available."), ("{n} does not have outdoor seating.", "There is no outdoor seating.")),
    Flag("free_wifi", ("{n} provides free WiFi.", "Guests can use the WiFi for free."), ("There is no free WiFi at {n}.", "WiFi is not free.")),
    Flag("GoodForGroups", ("{n} is suitable for groups.",), ("{n} is not suitable for groups.",)),
    Flag("TakesReservations", ("{n} takes reservations.", "You can book in advance."), ("Reservations are not accepted.", "{n} does not take reservations.")),
    Flag("wheelchair_accessible", ("{n} is wheelchair accessible.",), ("{n} is not accessible by wheelchair.",)),
    Flag("parking_garage", ("Parking is available in a garage.", "It has garage parking."), ("It has no garage for parking.",)),
    Flag("parking_valet", ("{n} has valet parking.",), ("Valet parking is not offered.",)),
    Flag("pets_allowed", ("Pets are allowed.", "Dogs are welcome at {n}."), ("Pets are not allowed.", "{n} does not accept pets.")),
    Flag("takeout", ("Take-out is offered.", "{n} does take-out."), ("{n} does not offer take-out.",)),
    Flag("live_music", ("There is live music.", "{n} has live music."), ("There is no live music.",)),
    Flag("kid_friendly", ("{n} is good for children.", "It is a family-friendly place."), ("{n} is not meant for children.",)),
    Flag("romantic", ("The ambience is romantic.", "{n} has a romantic atmosphere."), ("The ambience is not romantic.",)),
    Flag("casual", ("The ambience is casual.",), ("It is not a casual place.",)),
    Flag("credit_cards", ("Credit cards are accepted.",), ("{n} does not take credit cards.",)),
    Flag("refundable", ("The booking is refundable.",), ("The booking cannot be refunded.",)),
)  # fmt: skip


def make_record(rng: random.Random) -> tuple[str, list[Statement]]:
    """The passage of one record, and sentences about it with their labels."""
    kind = rng.choice(list(_FACTS))
    name = rng.choice(_PEOPLE) if kind == "person" else rng.choice(_NAMES)
    facts = rng.sample(_FACTS[kind], rng.randint(4, len(_FACTS[kind])))
    values = {fact.key: fact.draw(rng) for fact in facts}
    flags = (
        {} if kind == "person" else {flag.key: rng.random() < 0.5 for flag in rng.sample(_FLAGS, rng.randint(3, 9))}
    )
    hours = _hours(rng) if kind in ("shop", "hotel") and rng.random() < 0.7 else {}
    statements = [_of_fact(fact, values[fact.key], name, rng) for fact in facts]
    statements += [
        _of_flag(flag, flags.get(flag.key), name, rng) for flag in _FLAGS if kind != "person" and rng.random() < 0.5
    ]
    statements += _of_hours(hours, name, rng)
    absent = [fact for fact in _FACTS[kind] if fact.key not in values]
    statements += [_unknown(rng.choice(fact.says).format(n=name, v=fact.draw(rng))) for fact in absent]
    return render(name, values, flags, hours, rng), statements


def render(
    name: str, values: dict[str, str], flags: dict[str, bool], hours: dict[str, str], rng: random.Random
) -> str:
    """A record as JSON (mostly), as key-value lines, or as a two-column table."""
    record: dict[str, object] = {"name": name, **{key: _typed(value) for key, value in values.items()}}
    if hours:
        record["hours"] = hours
    if flags:
        record[rng.choice(["attributes", "features", "amenities"])] = flags
    if rng.random() < 0.7:
        return json.dumps(record, ensure_ascii=False)
    flat = {"name": name, **values, **{f"hours {day}": time for day, time in hours.items()}}
    flat |= {key: "yes" if value else "no" for key, value in flags.items()}
    if rng.random() < 0.5:
        return "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in flat.items())
    return "| field | value |\n|---|---|\n" + "\n".join(f"| {key} | {value} |" for key, value in flat.items())


def _typed(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _hours(rng: random.Random) -> dict[str, str]:
    days = WEEKDAYS if rng.random() < 0.6 else rng.sample(WEEKDAYS, 5)
    opens, closes = rng.choice(["7:0", "9:0", "10:0", "11:30"]), rng.choice(["17:0", "18:30", "21:0", "22:0", "23:0"])
    return {day: f"{opens}-{closes if rng.random() < 0.8 else '20:0'}" for day in WEEKDAYS if day in days}


def _clock(value: str, rng: random.Random) -> str:
    hour, minute = (int(part) for part in value.split(":"))
    if rng.random() < 0.5:
        return f"{hour}:{minute:02d}"
    return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''} {'AM' if hour < 12 else 'PM'}"


def _of_hours(hours: dict[str, str], name: str, rng: random.Random) -> list[Statement]:
    statements = []
    for day in rng.sample(sorted(hours), min(2, len(hours))):
        opens, closes = hours[day].split("-")
        true, false = (
            _clock(closes, rng),
            _clock(rng.choice([t for t in ("16:0", "19:0", "20:30", "23:30") if t != closes]), rng),
        )
        head = f"On {day} {name} is open from {_clock(opens, rng)} to "
        wrong = rng.random() < 0.5
        text = f"{head}{false if wrong else true}."
        bad = ((len(head), len(text) - 1),) if wrong else ()
        statements.append(Statement(text, CONTRADICTED if wrong else 0, bad))
    closed = [day for day in WEEKDAYS if day not in hours]
    if hours and not closed:
        statements.append(Statement(f"{name} is open every day of the week.", 0, ()))
    elif hours:
        text = f"{name} is open every day of the week."
        statements.append(Statement(text, CONTRADICTED, ((text.index("every"), len(text) - 1),)))
    return statements


def _of_fact(fact: Fact, value: str, name: str, rng: random.Random) -> Statement:
    pattern = rng.choice(fact.says)
    if rng.random() < 0.5:
        return Statement(pattern.format(n=name, v=value), 0, ())
    other = next((drawn for _ in range(9) if (drawn := fact.draw(rng)) != value), None)
    if other is None:
        return Statement(pattern.format(n=name, v=value), 0, ())
    start = pattern[: pattern.index("{v}")].format(n=name)
    return Statement(pattern.format(n=name, v=other), CONTRADICTED, ((len(start), len(start) + len(other)),))


def _of_flag(flag: Flag, value: bool | None, name: str, rng: random.Random) -> Statement:
    says = rng.random() < 0.5
    text = rng.choice(flag.yes if says else flag.no).format(n=name)
    if value is None:
        return _unknown(text)
    return Statement(text, 0, ()) if says == value else Statement(text, CONTRADICTED, ((0, len(text)),))


def _unknown(text: str) -> Statement:
    return Statement(text, UNSUPPORTED, ((0, len(text)),))


def as_edited(statement: Statement) -> Edited:
    """A statement in the shape that edits have."""
    return Edited(statement.text, statement.bad, statement.label)
