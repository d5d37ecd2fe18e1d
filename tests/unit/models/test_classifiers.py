"""The pair and the text classifier: as transformers has it, nothing cut off, no neighbours."""

from __future__ import annotations

from pathlib import Path

import fabricated
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, BertTokenizerFast

from evaluator.models.loading import embedder_dir
from evaluator.models.manifest import FAITHFULNESS, TOXICITY
from evaluator.models.pair_classifier import PairClassifier
from evaluator.models.runtime import Runtime
from evaluator.models.text_classifier import TextClassifier

WINDOW = "The river rises in the hills near Aldwick and is 40 km long. Salmon were seen in it in 1998."
PAIRS = [
    (WINDOW, "It is 40 km long."),
    (WINDOW, "It is 400 km long, and nobody has ever seen a fish in it, whatever the leaflets say."),
    ("Short.", "Yes."),
    (WINDOW * 3, "Salmon were seen."),
    ("", "Alone."),
    (WINDOW, ""),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("weights")
    fabricated.faithfulness(root)
    fabricated.toxicity(root)
    return str(root)


@pytest.fixture(scope="module")
def pairs(root: str) -> PairClassifier:
    return PairClassifier(Runtime(weights_path=root, threads=1))


@pytest.fixture(scope="module")
def texts(root: str) -> TextClassifier:
    return TextClassifier(Runtime(weights_path=root, threads=1), TOXICITY)


def _by_transformers(root: str, window: str, sentence: str) -> tuple[np.ndarray, np.ndarray]:
    """Label probabilities and token risks of one pair, by transformers' own BertModel and tokenizer."""
    folder = embedder_dir(Runtime())
    tensors = {k: v.float() for k, v in load_file(Path(root) / FAITHFULNESS / "model.safetensors").items()}
    base = load_file(folder / "model.safetensors")
    model = BertModel(BertConfig.from_pretrained(str(folder)), add_pooling_layer=False).eval()
    layers = {k: v for k, v in tensors.items() if k.startswith("encoder.")}
    embeddings = {k: v for k, v in base.items() if k.startswith("embeddings.") and "position_ids" not in k}
    model.load_state_dict(layers | embeddings, strict=True)
    encoded = BertTokenizerFast.from_pretrained(str(folder))(window, sentence, return_tensors="pt")
    with torch.inference_mode():
        hidden = model(**encoded).last_hidden_state[0]
    labels = torch.softmax(tensors["classifier.weight"] @ hidden[0] + tensors["classifier.bias"], -1)
    risks = torch.sigmoid(hidden @ tensors["token_head.weight"][0] + tensors["token_head.bias"])
    return labels.numpy(), risks[encoded["token_type_ids"][0] == 1][:-1].numpy()


@pytest.mark.parametrize("pair", PAIRS[:4])
def test_the_same_as_transformers(root: str, pairs: PairClassifier, pair: tuple[str, str]) -> None:
    labels, risks = _by_transformers(root, *pair)
    found = pairs.predict([pair])[0]
    assert np.abs(found.probabilities - labels).max() < 1e-4
    assert np.abs(found.risks - risks).max() < 1e-4


def test_neighbours_do_not_matter(pairs: PairClassifier) -> None:
    together = pairs.predict(PAIRS * 5)
    for pair, one in zip(PAIRS * 5, together, strict=True):
        alone = pairs.predict([pair])[0]
        assert np.abs(one.probabilities - alone.probabilities).max() < 1e-5
        assert np.abs(one.risks - alone.risks).max(initial=0.0) < 1e-5


def test_probabilities_and_offsets(pairs: PairClassifier) -> None:
    for found in pairs.predict(PAIRS):
        assert found.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
        assert len(found.starts) == len(found.ends) == len(found.risks)
    first, *_, last = pairs.predict(PAIRS)
    words = [PAIRS[0][1][a:b] for a, b in zip(first.starts, first.ends, strict=True)]
    assert words == ["It", "is", "40", "km", "long", "."]
    assert len(last.risks) == 0


def test_an_over_long_window_is_read_to_its_end(pairs: PairClassifier) -> None:
    """The best part of the window counts, wherever it lies."""
    filler = "one two three four five six seven eight nine ten " * 80
    sentence = "It is 40 km long."
    found = pairs.predict([(filler + WINDOW, sentence), (filler, sentence)])
    assert not np.allclose(found[0].probabilities, found[1].probabilities)
    assert len(found[0].risks) == len(pairs.predict([("x", sentence)])[0].risks)


def test_an_over_long_sentence_is_read_to_its_end(pairs: PairClassifier) -> None:
    sentence = "7 " * 700
    found = pairs.predict([(WINDOW, sentence)])[0]
    assert {int(s) for s in found.starts} == set(range(0, 1400, 2))


def test_the_text_classifier_covers_the_text(texts: TextClassifier) -> None:
    text = " ".join(f"word{i}" for i in range(200))
    parts = texts.predict([text, "", "short", text])
    assert parts[0] == parts[3]
    assert len(parts[0]) > 1
    assert parts[1] == []
    assert (parts[2][0].start, parts[2][0].end) == (0, 5)
    assert (parts[0][0].start, parts[0][-1].end) == (0, len(text))
    assert all(after.start < before.end for before, after in zip(parts[0], parts[0][1:], strict=False))
    assert all(0.0 <= part.probability <= 1.0 for part in parts[0])


def test_texts_do_not_depend_on_neighbours(texts: TextClassifier) -> None:
    several = ["a", "You are here.", "word " * 300, "Zebra crossings are striped, they say."]
    for text, together in zip(several, texts.predict(several), strict=True):
        alone = texts.predict([text])[0]
        assert [p.probability for p in together] == pytest.approx([p.probability for p in alone], abs=1e-5)
