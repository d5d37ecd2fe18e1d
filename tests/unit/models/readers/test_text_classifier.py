"""The text classifier: nothing cut off, no neighbours."""

from __future__ import annotations

from pathlib import Path

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


def test_a_label_and_a_lead_are_the_models(tmp_path: Path) -> None:
    content = fabricated.tensors(2, token_head=False)
    fabricated.write(tmp_path, TOXICITY, content, labels=["toxic", "hateful"], max_length=64)
    runtime = Runtime(weights_path=str(tmp_path), threads=1, precision="fp32")
    text = " ".join(f"word{i}" for i in range(90))

    def risks(label: str | None, lead: str = "") -> list[float]:
        parts = TextClassifier(runtime, TOXICITY, label, lead).predict([text])[0]
        assert (parts[0].start, parts[-1].end) == (0, len(text))
        return [part.probability for part in parts]

    assert risks(None) == risks("toxic")
    assert risks("toxic") != risks("hateful")
    led = risks("toxic", "typed by a user:")
    assert led != risks("toxic", "retrieved content:")
    assert len(led) > len(risks("toxic")), "what leads takes room"
    short = TextClassifier(runtime, TOXICITY, "toxic", "typed by a user:").predict(["You are here."])[0]
    whole = TextClassifier(runtime, TOXICITY, "toxic").predict(["typed by a user: You are here."])[0]
    assert short[0].probability == pytest.approx(whole[0].probability, abs=1e-6)
    assert (short[0].start, short[0].end) == (0, 13)
