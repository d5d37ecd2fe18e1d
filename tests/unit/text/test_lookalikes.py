"""Words that look bad: put in plain ones where they are meant well, left where they are not; offsets lead back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.lookalikes.plain import plain_text

PLAIN = [
    ("Dick Cheney was vice president.", "Dick"),
    ("Ask Dick Van Dyke.", "Dick"),
    ("Mr. Cock will see you at noon.", "Cock"),
    ("Nishit presented the figures.", "Nishit"),
    ("They live in the village of Fucking.", "Fucking"),
    ("Kill the parent process first.", "Kill"),
    ("Abort all running transactions.", "Abort"),
    ("The worker process was killed.", "killed"),
    ("The slave node lags behind.", "slave"),
    ("The bitch had six puppies.", "bitch"),
    ("The patient has a swollen testicle.", "testicle"),
    ("Rectal cancer is treated with surgery.", "Rectal"),
    ("Ich wünsche gute Fahrt.", "Fahrt"),
    ("Die dicke Katze schläft auf der Treppe und ist ein Jahr alt.", "dicke"),
    ("El negro es mi color favorito.", "negro"),
    ("Je suis en retard pour le train.", "retard"),
    ("A dumb terminal has no processor.", "dumb"),
    ("Your password is too weak.", "weak"),
    ("The horny toad lives in deserts.", "horny"),
    ("An idiot light warns the driver.", "idiot"),
    ("Faggots are meatballs in gravy.", "Faggots"),
    ("Mental retardation is an old term.", "retardation"),
    ("Scunthorpe and Penistone lie in England.", "Scunthorpe"),
    ("Fucking was renamed in 2021.", "Fucking"),
    ("The user wrote 'you are an idiot', which is an insult.", "you are an idiot"),
    ("Calling someone a moron is rude.", "moron"),
]
LEFT = [
    "You Dick Head, go away.",
    "What a dick he is.",
    "He is a Dick.",
    "Kill your boss and the process.",
    "You useless slave, obey your master and do your job.",
    "You bitch, these puppies are ugly.",
    "Suck my penis, doctor, it is swollen.",
    "Kill all of them, they are vermin.",
    "Bullshit.",
    "The children died in the fire.",
    "You retard.",
    "You are a 'moron', and that is no insult.",
    "You dumb cow, look at the terminal.",
    "You faggots.",
    "He is so weak.",
    "He said 'you are an idiot', and he is right.",
]


@pytest.mark.parametrize(("text", "word"), PLAIN)
def test_what_is_meant_well_is_put_in_plain_words(text: str, word: str) -> None:
    found = plain_text(text)
    assert word not in found.text
    assert word in [text[start:end] for start, end in found.given]


@pytest.mark.parametrize("text", LEFT)
def test_what_is_meant_badly_stays(text: str) -> None:
    found = plain_text(text)
    for word in ("dick", "kill your", "slave", "bitch", "penis", "kill all", "bullshit", "died", "retard"):
        assert (word in text.lower()) == (word in found.text.lower())


def test_ranges_of_the_plain_text_lead_back() -> None:
    text = "Dick Cheney: kill the process now. The rest."
    found = plain_text(text)
    assert found.text == "John Cheney: stop the process now. The rest."
    for word in ("Cheney", "process", "rest"):
        start = found.text.index(word)
        assert text[slice(*found.as_given(start, start + len(word)))] == word
    assert text[slice(*found.as_given(0, 4))] == "Dick"
    assert text[slice(*found.as_given(1, 3))] == "Dick"
    assert tuple(found.as_given(0, len(found.text))) == (0, len(text))


def test_a_plain_word_may_be_longer_or_shorter() -> None:
    text = "Mr. Cock has a swollen testicle, the doctor says; surgery helps."
    found = plain_text(text)
    assert len(found.text) != len(text)
    start = found.text.index("surgery")
    assert text[slice(*found.as_given(start, start + 7))] == "surgery"


@given(st.text(max_size=200), st.integers(0, 250), st.integers(0, 250))
def test_every_range_leads_back_into_the_text(text: str, one: int, other: int) -> None:
    found = plain_text(f"Kill the process. {text} Dick Cheney said so.")
    start, end = sorted((min(one, len(found.text) - 1), min(other, len(found.text))))
    back = found.as_given(start, max(end, start + 1))
    assert 0 <= back.start < back.end <= len(text) + 40
