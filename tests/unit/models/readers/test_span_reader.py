"""The span reader: as transformers has it, nothing cut off, no neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, BertTokenizerFast

from evaluator.models.files.loading import embedder_dir
from evaluator.models.files.manifest import FAITHFULNESS
from evaluator.models.readers.span_reader import ReadRequest, SpanReader
from evaluator.models.runtime import Runtime
from evaluator.text.sentences import Span, split_sentences
from tests.support import fabricated

WINDOW = "The river rises in the hills near Aldwick and is 40 km long. Salmon were seen in it in 1998."
TEXTS = [
    (WINDOW, "It is 40 km long. Salmon came in 1998."),
    (WINDOW, "It is 400 km long, and nobody has ever seen a fish in it, whatever the leaflets say."),
    ("Short.", "Yes."),
    (WINDOW * 3, "Salmon were seen. Nobody knows when. The hills are near Aldwick."),
    ("", "Alone."),
]


def request(window: str, part: str) -> ReadRequest:
    return ReadRequest(window, part, tuple(split_sentences(part)))


REQUESTS = [request(*texts) for texts in TEXTS]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("weights")
    fabricated.faithfulness(root)
    return str(root)


@pytest.fixture(scope="module")
def reader(root: str) -> SpanReader:
    return SpanReader(Runtime(weights_path=root, threads=1, precision="fp32"))


def _by_transformers(root: str, asked: ReadRequest) -> list[tuple[np.ndarray, np.ndarray]]:
    """Label probabilities and token risks of each claim, by transformers' own BertModel and tokenizer."""
    folder = embedder_dir(Runtime())
    tensors = {k: v.float() for k, v in load_file(Path(root) / FAITHFULNESS / "model.safetensors").items()}
    base = load_file(folder / "model.safetensors")
    model = BertModel(BertConfig.from_pretrained(str(folder)), add_pooling_layer=False).eval()
    layers = {k: v for k, v in tensors.items() if k.startswith("encoder.")}
    embeddings = {k: v for k, v in base.items() if k.startswith("embeddings.") and "position_ids" not in k}
    model.load_state_dict(layers | embeddings, strict=True)
    tokenizer = BertTokenizerFast.from_pretrained(str(folder))
    encoded = tokenizer(asked.window, asked.part, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0]
    second = (encoded["token_type_ids"][0] == 1) & (offsets[:, 1] > 0)
    with torch.inference_mode():
        hidden = model(**encoded).last_hidden_state[0]
    found = []
    for span in asked.claims:
        states = hidden[second & (offsets[:, 0] >= span.start) & (offsets[:, 0] < span.end)]
        labels = torch.softmax(tensors["classifier.weight"] @ states.mean(0) + tensors["classifier.bias"], -1)
        risks = torch.sigmoid(states @ tensors["token_head.weight"][0] + tensors["token_head.bias"])
        found.append((labels.numpy(), risks.numpy()))
    return found


@pytest.mark.parametrize("asked", REQUESTS[:4])
def test_the_same_as_transformers(root: str, reader: SpanReader, asked: ReadRequest) -> None:
    found = reader.read([asked])[0]
    for one, (labels, risks) in zip(found, _by_transformers(root, asked), strict=True):
        assert np.abs(one.probabilities - labels).max() < 1e-4
        assert np.abs(one.risks - risks).max() < 1e-4


def test_neighbours_do_not_matter(reader: SpanReader) -> None:
    for asked, together in zip(REQUESTS * 4, reader.read(REQUESTS * 4), strict=True):
        for one, alone in zip(together, reader.read([asked])[0], strict=True):
            assert np.abs(one.probabilities - alone.probabilities).max() < 1e-5
            assert np.abs(one.risks - alone.risks).max(initial=0.0) < 1e-5


def test_every_claim_has_its_own_word_pieces(reader: SpanReader) -> None:
    asked = REQUESTS[0]
    first, second = reader.read([asked])[0]
    assert first.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    words = [
        [asked.part[span.start :][a:b] for a, b in zip(one.starts, one.ends, strict=True)]
        for span, one in zip(asked.claims, (first, second), strict=True)
    ]
    assert words == [["It", "is", "40", "km", "long", "."], ["Salmon", "came", "in", "1998", "."]]


def test_an_over_long_window_is_read_to_its_end(reader: SpanReader) -> None:
    """The best part of the window counts, wherever it lies."""
    filler = "one two three four five six seven eight nine ten " * 80
    sentence = "It is 40 km long."
    with_it, without = reader.read([request(filler + WINDOW, sentence), request(filler, sentence)])
    assert not np.allclose(with_it[0].probabilities, without[0].probabilities)
    assert len(with_it[0].risks) == len(reader.read([request("x", sentence)])[0][0].risks)


def test_an_over_long_part_is_read_to_its_end(reader: SpanReader) -> None:
    long = "7 " * 700
    asked = ReadRequest(WINDOW, f"{long}It is 40 km long.", (Span(0, len(long)), Span(len(long), len(long) + 17)))
    first, second = reader.read([asked])[0]
    assert {int(start) for start in first.starts} == set(range(0, 1400, 2))
    assert len(second.risks) == 6


def test_a_claim_without_a_word_piece_is_left_open(reader: SpanReader) -> None:
    found = reader.read([ReadRequest(WINDOW, "\u200b Yes.", (Span(0, 1), Span(2, 6)))])[0]
    assert found[0].probabilities == pytest.approx([1 / 3] * 3)
    assert len(found[0].risks) == 0
    assert len(found[1].risks) == 2


def test_a_claim_that_begins_where_pieces_overlap(reader: SpanReader) -> None:
    """Its first word pieces are read twice, at the end of one piece and at the start of the next."""
    for lead in range(96, 126, 4):
        part = "7 " * lead + "It is 40 km long and " + "9 " * 120
        asked = ReadRequest(WINDOW * 12, part, (Span(0, 2 * lead), Span(2 * lead, len(part))))
        first, second = reader.read([asked])[0]
        assert {int(start) for start in first.starts} == set(range(0, 2 * lead, 2))
        assert len({int(start) for start in second.starts}) == 126
