"""The soft alignment of an answer's word pieces: BERTScore's matching in one direction."""

from __future__ import annotations

import numpy as np
import pytest
from transformers import BertModel, BertTokenizerFast

from evaluator.models.files.loading import embedder_dir
from evaluator.models.readers import alignment
from evaluator.models.readers.alignment import Aligner, AlignRequest
from evaluator.models.runtime import Runtime
from evaluator.text.alignment import AlignedTokens, gaps
from evaluator.text.sentences import Span

pytestmark = pytest.mark.models

WINDOWS = ("The river rises near Aldwick and is 40 km long.", "Salmon were seen in it in 1998.")
ANSWER = "The stream near Aldwick is 40 km long. Pineapples grow there."


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner(Runtime(threads=1, precision="fp32"))


def test_the_same_as_transformers(aligner: Aligner) -> None:
    folder = str(embedder_dir(Runtime()))
    model, tokenizer = BertModel.from_pretrained(folder).eval(), BertTokenizerFast.from_pretrained(folder)

    def states(text: str) -> np.ndarray:
        found = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, 1:-1].detach().numpy()
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    expected = (states(ANSWER) @ np.concatenate([states(window) for window in WINDOWS]).T).max(axis=1)
    found = aligner.align([AlignRequest(ANSWER, WINDOWS)])[0]
    assert np.abs(found.best - expected).max() < 1e-4
    assert [ANSWER[a:b] for a, b in zip(found.starts[:3], found.ends[:3], strict=True)] == ["The", "stream", "near"]


def test_what_the_context_says_is_nearer(aligner: Aligner) -> None:
    found = aligner.align([AlignRequest(ANSWER, WINDOWS)])[0]
    first, second = gaps(ANSWER, [Span(0, 38)], found), gaps(ANSWER, [Span(39, len(ANSWER))], found)
    assert first[0] < second[0]
    assert first[1] < second[1]
    assert first[0] <= first[1]


def test_groups_and_the_cache_change_nothing(aligner: Aligner, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [AlignRequest(ANSWER, WINDOWS[:1]), AlignRequest(WINDOWS[1], WINDOWS), AlignRequest(ANSWER, ())] * 3
    together = aligner.align(requests)
    monkeypatch.setattr(alignment, "_WINDOWS_AT_ONCE", 1)
    fresh = Aligner(Runtime(threads=1, precision="fp32", cache_bytes=0))
    for one, other in zip(together, fresh.align(requests), strict=True):
        assert np.abs(one.best - other.best).max() < 1e-5


def test_without_windows_and_without_word_pieces(aligner: Aligner) -> None:
    nothing, empty = aligner.align([AlignRequest("Alone.", ()), AlignRequest("\u200b", WINDOWS)])
    assert nothing.best.tolist() == [0.0, 0.0]
    assert len(empty.best) == 0


def test_a_long_window_is_read_to_its_end(aligner: Aligner) -> None:
    filler = "one two three four five six seven eight nine ten " * 60
    found = aligner.align([AlignRequest("Salmon were seen.", (filler + WINDOWS[1],))])[0]
    without = aligner.align([AlignRequest("Salmon were seen.", (filler,))])[0]
    assert found.best[0] > without.best[0] + 0.2


def test_stop_words_and_signs_do_not_count() -> None:
    text = "It is the shop."
    tokens = AlignedTokens(
        np.asarray([0, 3, 6, 10, 14]),
        np.asarray([2, 5, 9, 14, 15]),
        np.asarray([0.1, 0.1, 0.1, 0.8, 0.1], dtype=np.float32),
    )
    assert gaps(text, [Span(0, len(text))], tokens) == pytest.approx((0.2, 0.2))
    assert gaps(text, [Span(0, 9)], tokens) == (0.0, 0.0)
