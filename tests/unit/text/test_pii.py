"""What is personal data and what only looks like it, kind by kind; offsets, overlaps, thresholds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.errors import InvalidInput
from evaluator.text.pii.finder import KINDS, RECOGNIZERS, find_all, find_pii, merged, read_kinds
from evaluator.text.pii.fold import fold, lower
from evaluator.text.pii.recognizer import PiiSpan

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx8Kd\nZm9vYmFyYmF6cXV4\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP"

FOUND = [
    ("email", "Write to <anna.o'brien+x@mail.example.co.uk>.", "anna.o'brien+x@mail.example.co.uk"),
    ("email", "Schreib an jürgen@müller.example!", "jürgen@müller.example"),
    ("phone", "Ring +44 20 7946 0958 or come by.", "+44 20 7946 0958"),
    ("phone", "Ring 0049 30 901820 or come by.", "0049 30 901820"),
    ("phone", "It is (212) 555-0100 ext. 12 now.", "(212) 555-0100 ext. 12"),
    ("phone", "07700 900 123 rang twice", "07700 900 123"),
    ("phone", "01 23 45 67 89 à Paris", "01 23 45 67 89"),
    ("phone", "call me: 555 0100 99", "555 0100 99"),
    ("phone", "my phone is 78651450", "78651450"),
    ("credit_card", "Charge 4111 1111 1111 1111 12/27", "4111 1111 1111 1111"),
    ("credit_card", "Charge 3782-822463-10005.", "3782-822463-10005"),
    ("iban", "to GB82 WEST 1234 5698 7654 32 please", "GB82 WEST 1234 5698 7654 32"),
    ("iban", "to be68539007547034 from me", "be68539007547034"),
    ("iban", "to BE68 5390 0754 7034 from here", "BE68 5390 0754 7034"),
    ("bank_routing", "routing number 021000021", "021000021"),
    ("crypto_wallet", "send to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
    ("crypto_wallet", "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae", "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"),
    ("us_ssn", "her number 536-22-1234 is", "536-22-1234"),
    ("us_ssn", "SSN: 536221234", "536221234"),
    ("uk_nhs", "NHS no. 943 476 5919", "943 476 5919"),
    ("passport", "passport C01X00T47".replace("X00T", "1002"), "C01100247"),
    ("driver_license", "driver's license D1234567", "D1234567"),
    ("driver_license", "MORGA657054SM9IJ was shown", "MORGA657054SM9IJ"),
    ("date_of_birth", "born on 12 May 1984 in Rome", "12 May 1984"),
    ("date_of_birth", "DOB: 1984-05-12", "1984-05-12"),
    ("ip_address", "from 203.0.113.9:8080 today".replace("203.0.113", "81.2.69"), "81.2.69.9"),
    ("ip_address", "from 2a02:8070::1f2e today", "2a02:8070::1f2e"),
    ("mac_address", "device 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7"),
    ("url_credentials", "postgres://bob:s3cret@db.internal:5432/x", "postgres://bob:s3cret@db.internal:5432"),
    ("api_key", "use AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
    ("api_key", "sk-proj-Ab3dEf6hIj9kLm2nOp5q", "sk-proj-Ab3dEf6hIj9kLm2nOp5q"),
    ("jwt", f"cookie={JWT};", JWT),
    ("private_key", f"Here:\n{KEY}\nDone.", KEY),
    ("secret", 'api_key = "9f8a7b6c5d4e3f2a1b0c"', "9f8a7b6c5d4e3f2a1b0c"),
    ("secret", "The password is hunter2.", "hunter2"),
    ("secret", "Authorization: Bearer 0a1b2c3d4e5f6g7h8i9j", "0a1b2c3d4e5f6g7h8i9j"),
    ("person", "I spoke with Dr. Ludwig van der Berg there", "Ludwig van der Berg"),
    ("person", "Hello, my name is Zoë Müller-Lang.", "Zoë Müller-Lang"),
    ("person", "Thanks.\n\nKind regards,\nBob Jones\n", "Bob Jones"),
    ("street_address", "lives at 12 North Main Street, Apt 4 now", "12 North Main Street, Apt 4"),
    ("street_address", "wohnt Hauptstraße 12a.", "Hauptstraße 12a"),
    ("street_address", "habite 12 bis, rue de la Paix", "12 bis, rue de la Paix"),
    ("street_address", "vive en Calle de Alcalá 42", "Calle de Alcalá 42"),
    ("postcode", "London SW1A 1AA", "SW1A 1AA"),
    ("postcode", "Springfield, IL 62704-1234", "62704-1234"),
    ("postcode", "PLZ: 10115", "10115"),
]

NOT_FOUND = [
    "git clone git@github.com:owner/repo and open logo@2x.png",
    "On 2024-01-05 at 10:22:33 it took 12345678 tokens, or 1,234,567.89 of 9000000.",
    "gpt-4-0314, claude-3-5-sonnet-20241022, version 1.2.3.4, 10.1, RFC 2119, ISO 13616-1:2020",
    "Order 4111111111111112 of 1763740000000 ms",  # one digit off
    "GB83 WEST 1234 5698 7654 32",
    "The bond between us: an electronic bond, one two three.",
    "127.0.0.1 and 0.0.0.0 and 999.1.1.1 and std::vector, abc::def, a::b",
    "666-12-3456, 900-12-3456, 123-00-4567, 078-05-1120",
    "Here 021000021 is only a number, 943476591 too.",
    "The password is required. Your token is invalid. api_key=YOUR_API_KEY_HERE password: [secret]",
    "Dear Customer, dear Sir, Mr President, the Dr is in.",
    "She was born in 1984 in a house with 12 rooms.",
    "Since 2007 the zip file has grown; 01100101 00100000 01100010 calls +1111111111.",
    "In 1904 Supreme Court judges met 12 times on the street.",
    "commit 0af7651916cd43dd8448eb211c80319c, span b7ad6b7169203331",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_it_is_found_where_it_stands(kind: str, text: str, value: str) -> None:
    found = [(text[span.start : span.end], span.kind) for span in find_pii(text)]
    assert (value, kind) in found


def test_every_kind_has_an_example() -> None:
    assert {kind for kind, _, _ in FOUND} == set(KINDS)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert [(text[span.start : span.end], span.kind) for span in find_pii(text)] == []


def test_words_around_a_number_say_what_it_is() -> None:
    number = "943 476 5919"
    assert find_pii(f"{number} fish")[0].kind == "phone"
    assert find_pii(f"NHS {number}")[0].kind == "uk_nhs"
    near, far = find_pii(f"NHS {number}")[0], find_pii(f"NHS, as you have asked for it, {number}")[0]
    assert near.confidence > far.confidence > find_all(f"{number} fish", ["uk_nhs"], 0.0)[0].confidence


def test_the_nearer_word_decides() -> None:
    text = "passport 533380006, driver's license 733380001"
    assert [(text[s.start : s.end], s.kind) for s in find_pii(text)] == [
        ("533380006", "passport"),
        ("733380001", "driver_license"),
    ]


def test_a_context_word_too_far_away_says_nothing() -> None:
    assert find_pii("phone 78651450")
    assert not find_pii("phone " + "word " * 20 + "78651450")


def test_kinds_and_threshold_choose() -> None:
    text = "anna@example.com, 212-555-0100"
    assert [s.kind for s in find_pii(text, ["email"])] == ["email"]
    assert [s.kind for s in find_pii(text, threshold=0.9)] == ["email"]
    assert len(find_pii("943 476 5919 x", threshold=0.0)) == 1


def test_full_width_digits_odd_blanks_and_dashes_are_read_and_offsets_stay() -> None:
    text = "Größe: ４１１１\u00a01111\u20111111\u00a01111, née 12‑05‑1984; ١٢٣"
    text = text.replace("\u20111111", "\u00a01111")
    found = {s.kind: text[s.start : s.end] for s in find_pii(text)}
    assert found == {"credit_card": "４１１１\u00a01111\u00a01111\u00a01111", "date_of_birth": "12‑05‑1984"}


def test_an_escaped_line_break_is_no_letter() -> None:
    text = r"Contact:\nanna@example.com\ttoday"
    assert [text[s.start : s.end] for s in find_pii(text)] == ["anna@example.com"]


def test_overlapping_spans_become_one_of_the_surer_kind() -> None:
    spans = [PiiSpan(0, 5, "phone", 0.6), PiiSpan(3, 9, "iban", 0.9), PiiSpan(9, 12, "email", 0.9)]
    assert merged(spans) == [PiiSpan(0, 9, "iban", 0.9), PiiSpan(9, 12, "email", 0.9)]


def test_an_unknown_kind_is_refused_with_those_that_exist() -> None:
    with pytest.raises(
        InvalidInput, match=r"parameters.kinds: there is no kind 'mail'. Kinds are: all, email, phone"
    ):
        read_kinds(["mail"], "parameters.kinds")
    assert read_kinds(["phone", "email"], "x") == ("email", "phone")
    assert read_kinds(["all"], "x") == read_kinds([], "x") == KINDS


ODD = st.text(alphabet=st.sampled_from("aB1 9@.:-+/()\n\\n'\"_=İßé４\u00a0\u2011\ud800\x1e"), max_size=60)


@given(ODD | st.text(max_size=60))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(lower(text)) == len(text)


@given(st.lists(ODD | st.sampled_from([text for _, text, _ in FOUND]), max_size=4))
def test_spans_are_in_order_within_the_text_and_apart(pieces: list[str]) -> None:
    text = " ".join(pieces)
    end = 0
    for span in find_pii(text):
        assert end <= span.start < span.end <= len(text)
        assert 0.5 <= span.confidence <= 1.0
        end = span.end


def test_no_row_claims_more_than_it_can_know() -> None:
    for row in RECOGNIZERS:
        assert 0.0 <= row.base <= 1.0
        assert row.near == 0.0 or (row.near > row.base and row.context)
        assert row.base > 0.0 or row.context
        for words in (row.context, row.leads):
            assert all(word == word.lower().replace("_", " ").replace("-", " ") for word in words)
