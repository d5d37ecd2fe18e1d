"""Numbers that their issuers print as examples pass; the same with one character changed do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluator.text.pii.checksums import aba, base58check, bech32, luhn, mod97, nhs_mod11

EXAMPLES = [
    (luhn, "4111111111111111"),
    (luhn, "378282246310005"),
    (mod97, "GB82WEST12345698765432"),
    (mod97, "DE89370400440532013000"),
    (nhs_mod11, "9434765919"),
    (aba, "021000021"),
    (base58check, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
    (base58check, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
    (bech32, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    (bech32, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
]


@pytest.mark.parametrize(("check", "value"), EXAMPLES)
def test_one_changed_character_is_noticed(check: Callable[[str], bool], value: str) -> None:
    assert check(value)
    for place, char in enumerate(value):
        for other in "1379" if char.isdigit() else "ACacqp":
            if other.lower() != char.lower():
                changed = value[:place] + other + value[place + 1 :]
                assert not check(changed), changed


def test_bech32_is_of_one_case() -> None:
    value = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert bech32(value.upper())
    assert not bech32(value.replace("q", "Q", 1))


@pytest.mark.parametrize("value", ["", "bc1", "1qqqqqqqq", "bc1b0i"])
def test_what_has_no_form_of_an_address_is_none(value: str) -> None:
    assert not bech32(value)
    assert not base58check("0" + value + "l")
