"""Time and memory grow with the length of what is read, whatever is in it, and what is not read is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.core.bounds import Bound
from evaluator.core.errors import InvalidInput
from evaluator.text import places, plan, support
from evaluator.text.limits import CLAIMS, FLAGS, JSON, JSON_DEPTH, JSON_LINES, WINDOWS
from evaluator.text.plan import WindowSettings, plan_pairs
from evaluator.text.rows import plan_rows
from evaluator.text.structured import json_units
from evaluator.text.support import SupportIndex
from evaluator.text.windows import cut_windows, estimate_pieces, split_windows
from evaluator.text.words import content_stems

SETTINGS = WindowSettings()
SLOPE, START = 12, 0.5


def word(number: int) -> str:
    return "w" + "".join(chr(97 + int(digit)) for digit in str(number))


def repeated(text: str) -> Callable[[int], str]:
    return lambda size: (text * (size // len(text) + 1))[:size]


def numbered(text: str) -> Callable[[int], str]:
    return lambda size: "".join(text.format(word(i)) for i in range(size // len(text)))


def nested(size: int) -> str:
    """JSON of which the depth grows with the length, and the values under it as well."""
    depth = size // 200
    return '{"some key of it": ' * depth + "[" + ",".join("1" * (size // 4)) + "]" + "}" * depth


HOSTILE: dict[str, Callable[[int], str]] = {
    "one sentence again and again": repeated("River zeta flows. "),
    "no end of a sentence": repeated("river zeta "),
    "sentences that differ in a word": numbered("River {0} flows by mile {0}. "),
    "words that never meet": repeated("river " + "hill mud " * 60 + "zeta. "),
    "one word a line": numbered("xyz {}\n"),
    "capitals": repeated("Aa Bb "),
    "yes or no": numbered("river {}: yes\n"),
    "numbers": numbered("12 {} 7:30 twenty-five. "),
    "Chinese": repeated("東京は日本の首都です人口は多い。"),
    "marks": repeated('."!?-'),
    "nested JSON": nested,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_answer_and_context_take_about_four_times_as_long(name: str) -> None:
    def seconds(size: int) -> float:
        text = HOSTILE[name](size)
        start = time.process_time()
        plan_rows(text, [text], SETTINGS)
        return time.process_time() - start

    small = min(seconds(8_000) for _ in range(2))
    # A machine may stand still once; what grows with the square is slow every time.
    assert any(seconds(32_000) < SLOPE * small + START for _ in range(3))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("passage", "as_text"),
    [
        ('{"%s": ' % ("k" * 77) * 900 + "[" + ",".join("1" * 20_000) + "]" + "}" * 900, 1),
        ('{"_": ' * JSON_DEPTH.size + "[" + ",".join("1" * 20_000) + "]" + "}" * JSON_DEPTH.size, 0),
        (json.dumps({"long Key " * 20_000: [1] * 10_000}), 0),
        (json.dumps({"River. Hill. " * 5: ["A river. A hill."] * 3_000}), 0),
        (json.dumps([[["deep", "enough"]]] * 5_000), 0),
        (json.dumps("x" * JSON.size), 0),
        (json.dumps(["x" * JSON.size]), 1),
    ],
    ids=["deep", "nameless", "long key", "sentences in keys", "lists", "no object", "long"],
)  # fmt: skip
def test_lines_made_of_json_are_bounded(passage: str, as_text: int) -> None:
    found = cut_windows([passage], 200, 1, estimate_pieces)
    assert found.json_as_text == as_text
    assert sum(len(window.text) for window in found.windows) < 3 * JSON_LINES.size
    assert plan_pairs("It is.", [passage]).capped == ({"json_as_text": 1} if as_text else {})


def test_all_passages_share_the_room_for_lines() -> None:
    passage = json.dumps({"a key of eighty characters " * 3: ["v" * 20] * 4_000})
    lines = json_units(passage) or []
    fit = JSON_LINES.size // sum(len(unit.text) for unit in lines)
    assert 0 < fit < 5
    found = cut_windows([passage] * 8, 200, 1, estimate_pieces)
    assert found.json_as_text == 8 - fit
    assert found.windows[0].text.startswith("a key of")
    assert found.windows[-1].text != passage
    assert {window.passage for window in found.windows} == set(range(8))


def test_what_is_too_large_to_be_measured_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"answer: makes 4\d{3} claims, the limit is 4000\. Send"):
        plan_pairs("Bread is sold. " * (CLAIMS.size + 1), ["Bread."])
    with pytest.raises(InvalidInput, match=r"context: is cut into 5001 windows, the limit is 5000\. Send"):
        plan_pairs("Bread is sold.", ["Bread."] * (WINDOWS.size + 1))


def test_what_was_read_more_simply_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    claims, context = "Bread is sold at the shop. " * 3, "The shop sells bread. " * 40
    assert plan_pairs(claims, [context]).capped == {}
    assert plan_pairs(claims, [context], WindowSettings(max_sentences=1)).capped == {"unread_claims": 2}
    facts = "".join(f"River {word(i)}z: yes\n" for i in range(FLAGS.size + 7))
    assert plan_pairs(claims, [facts]).capped == {"flags": 7}
    monkeypatch.setattr(places, "PLACES", Bound("places", 0, "", ""))
    apart = "Bread and wine and milk and eggs and salt and rice and oil and fish and meat and corn were sold"
    assert plan_pairs("Bread was sold.", [apart]).capped == {}
    assert plan_pairs("Bread was sold.", [apart, apart]).capped == {"partly_searched": 2}, "claim and answer"


def test_the_best_window_is_searched_even_where_all_places_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = ["Anna Bell founded the bakery."] + ["Anna painted. A bell rang. Founded in May. No bakery."] * 50
    whole = SupportIndex(windows).support("Anna Bell founded the bakery.")
    monkeypatch.setattr(places, "PLACES", Bound("places", 0, "", ""))
    index = SupportIndex(windows)
    assert [index.support("Anna Bell founded the bakery.") for _ in range(3)] == [whole] * 3


WORDS = st.lists(st.sampled_from(["river", "hill", "zeta", "mile", "mud", "the", "not", "Aa"]), max_size=30).map(
    " ".join
)


@settings(deadline=None)
@given(WORDS, st.lists(WORDS, max_size=6))
def test_the_index_says_what_counting_says(sentence: str, windows: list[str]) -> None:
    """Word by word over the whole context, as slowly as it is plain."""
    stems, rows = content_stems(sentence), [content_stems(window) for window in windows]
    wanted, pairs = set(stems), list(pairwise(stems))
    found = SupportIndex(windows).support(sentence)

    def share(part: int, whole: int) -> float:
        return part / whole if whole else 1.0

    def follow(left: str, right: str, reach: int) -> bool:
        return any(right in row[i + 1 : i + 1 + reach] for row in rows for i, one in enumerate(row) if one == left)

    reach = len(stems) + support._SLACK + 1
    together = [len(wanted.intersection(row[i : i + reach])) for row in rows for i in range(len(row))]
    assert found.coverage == share(sum(any(stem in row for row in rows) for stem in stems), len(stems))
    assert found.window_coverage == share(max((len(wanted & set(row)) for row in rows), default=0), len(wanted))
    assert found.bigram_coverage == share(sum(follow(*pair, 1) for pair in pairs), len(pairs))
    assert found.close_coverage == share(sum(follow(*pair, places.NEAR) for pair in pairs), len(pairs))
    assert found.tight_coverage == share(max(together, default=0), len(wanted))


@settings(deadline=None)
@given(WORDS, st.lists(WORDS, max_size=6))
def test_windows_are_ranked_by_the_words_they_share_then_by_their_place(sentence: str, windows: list[str]) -> None:
    wanted = set(content_stems(sentence))
    order = sorted(range(len(windows)), key=lambda i: (-len(wanted & set(content_stems(windows[i]))), i))
    assert SupportIndex(windows).rank_windows(sentence) == order


def test_an_answer_longer_than_the_gap_between_windows_is_still_measured() -> None:
    windows = [f"{word(i)} {word(i + 1)}." for i in range(0, 12, 2)]
    answer = " ".join(word(i % 12) for i in range(8 * places._FAR))
    assert SupportIndex(windows).support(answer).tight_coverage == 1.0
    assert len(split_windows(windows)) == len(windows)
    assert plan.plan_pairs("It is.", windows).overall.content_words == 0
