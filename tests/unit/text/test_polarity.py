"""The opposite in the same words: denials, words that exclude each other, other amounts; and what is none."""

from __future__ import annotations

import pytest

from evaluator.text.plan import plan_pairs

OPPOSED = [
    ("Smoking is allowed on the balcony.", ["Smoking is not allowed on the balcony."]),
    ("Cycling is permitted in the park.", ["Cycling is prohibited in the park."]),
    ("The berries are safe for children.", ["The berries are", "not safe for children."]),
    ("The mushrooms can be eaten raw.", ["The mushrooms can be", "deadly when they are eaten raw."]),
    ("The water of the spring is harmless.", ["The water of the spring is toxic and must not be drunk."]),
    ("The old bridge can be crossed by heavy trucks.", ["The old bridge can no longer be crossed by heavy trucks."]),
    ("Refunds are possible within 60 days.", ["Refunds are possible within 30", "days."]),
    ("The path is open in winter.", ["The path is closed in winter."]),
    ("Children should not eat the berries.", ["Children should eat the berries."]),
    ("The film won four awards in Cannes.", ["The film won two awards in Cannes."]),
]
ALIKE = [
    ("The shop is open.", ["The shop is closed on Sundays."]),
    ("The museum is open on Saturdays.", ["The museum is closed on Mondays."]),
    (
        "If this does not work, shut the door and try to lock it.",
        ["If this works, shut the door and try to lock it."],
    ),
    ("Smoking is not allowed on the balcony.", ["Smoking is not allowed on the balcony."]),
    ("Cycling is prohibited in the park.", ["Cycling is not permitted in the park."]),
    ("Smoking is allowed on the balcony.", ["Smoking is not allowed in rooms. Smoking is allowed on the balcony."]),
    ("The museum is open on Sundays.", ["The museum is not only open on Sundays, but on Mondays, too."]),
    ("Refunds are possible within 30 days.", ["Refunds are possible within 30", "days."]),
    ("The trip takes 3 hours.", ["The trip takes 3 hours by bus and 2 hours by car."]),
    ("4. Place the pan in the oven.", ["Take 2 place mats. Place the pan in the oven."]),
    ("The berries are red.", ["The berries are not safe for children."]),
    (
        "The mushrooms can be eaten when they are cooked.",
        ["The mushrooms can be eaten when cooked; the roots are deadly."],
    ),
]


@pytest.mark.parametrize(("claim", "passages"), OPPOSED)
def test_the_opposite_in_the_same_words_is_found(claim: str, passages: list[str]) -> None:
    plan = plan_pairs(claim, passages)
    (window,) = plan.opposed
    assert window is not None
    assert plan.windows[window].end <= len(passages[plan.windows[window].passage])


@pytest.mark.parametrize(("claim", "passages"), ALIKE)
def test_what_the_context_says_has_no_opposite(claim: str, passages: list[str]) -> None:
    assert plan_pairs(claim, passages).opposed == (None,)
