"""The text classifier: nothing cut off, no neighbours."""

from __future__ import annotations

import pytest

from evaluator.models.files.manifest import TOXICITY
from evaluator.models.readers.text_classifier import TextClassifier
from evaluator.models.runtime import Runtime
from tests.support import fabricated


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("weights")
    fabricated.toxicity(root)
    return str(root)


@pytest.fixture(scope="module")
def texts(root: str) -> TextClassifier:
    return TextClassifier(Runtime(weights_path=root, threads=1, precision="fp32"), TOXICITY)


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
