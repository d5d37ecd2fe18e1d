"""The readers give what transformers itself gives for the same text, nothing cut off, no neighbours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    T5ForConditionalGeneration,
    T5ForTokenClassification,
)

from evaluator.core.bounds import Bound
from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.evaluators.hub_model import HubModel, find_model
from evaluator.models.encoder import tokens
from evaluator.models.hub.pairs import PairReader
from evaluator.models.hub.spans import Case, SpanReader, prompt_of
from evaluator.models.hub.texts import TextReader
from evaluator.models.hub.tokenizer import HubTokenizer
from evaluator.models.hub.use import Task
from evaluator.models.runtime import Runtime
from tests.support import checkpoints

RUNTIME = Runtime(threads=1)
WINDOW = "The river rises in the hills near Aldwick and is 40 km long.\nSalmon were seen in it in 1998."
PAIRS = [
    (WINDOW, "It is 40 km long."),
    (WINDOW, "It is 400 km long, and nobody has ever seen a fish in it, whatever the leaflets say."),
    ("Short.", "Yes."),
    ("A {hypothesis} with {braces}.", "And {premise}, {0} and %s."),
]
LONG = "one two three four five six seven eight nine ten. " * 120
MINICHECK = "lytang/MiniCheck-RoBERTa-Large"
HHEM = "vectara/hallucination_evaluation_model"
MNLI = ("CONTRADICTION", "NEUTRAL", "ENTAILMENT")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def model(folder: Path, task: Task = Task.PAIR, **overrides: Any) -> HubModel:
    dtype = overrides.pop("dtype", "fp32")
    tasks = (Task.PAIR, Task.SPANS) if task in (Task.PAIR, Task.SPANS) else (task,)
    return find_model(tasks, str(folder), None, dtype, overrides)


def pair_reader(folder: Path, **overrides: Any) -> PairReader:
    return PairReader(model(folder, **overrides).network(RUNTIME))


def by_transformers(folder: Path, *texts: str) -> np.ndarray:
    """Label probabilities of one text or pair, by transformers' own classes."""
    network = AutoModelForSequenceClassification.from_pretrained(str(folder)).eval()
    encoded = AutoTokenizer.from_pretrained(str(folder))(*texts, return_tensors="pt")
    with torch.inference_mode():
        found: np.ndarray = torch.softmax(network(**encoded).logits[0], -1).numpy()
    return found


@pytest.fixture(scope="module")
def deberta(root: Path) -> Path:
    return checkpoints.deberta(root / "deberta")


@pytest.fixture(scope="module")
def mnli(root: Path) -> Path:
    return checkpoints.roberta(root / "mnli", MNLI)


@pytest.fixture(scope="module")
def minicheck(root: Path) -> Path:
    return checkpoints.roberta(root / "minicheck", ("0", "1"))


@pytest.fixture(scope="module")
def hhem(root: Path) -> tuple[Path, Path]:
    return checkpoints.hhem(root / "hhem")


@pytest.fixture(scope="module")
def t5(root: Path) -> Path:
    return checkpoints.t5(root / "t5")


@pytest.fixture(scope="module")
def lettuce(root: Path) -> Path:
    return checkpoints.modernbert(root / "lettuce")


@pytest.mark.parametrize("pair", PAIRS)
def test_inference_is_that_of_transformers_in_the_models_label_order(
    deberta: Path, mnli: Path, pair: tuple[str, str]
) -> None:
    against, entailed, neutral = by_transformers(deberta, *pair)
    assert np.abs(pair_reader(deberta).predict([pair])[0] - [entailed, neutral, against]).max() < 1e-4
    against, neutral, entailed = by_transformers(mnli, *pair)
    assert np.abs(pair_reader(mnli).predict([pair])[0] - [entailed, neutral, against]).max() < 1e-4


@pytest.mark.parametrize("make", [checkpoints.bert, checkpoints.bart, checkpoints.modernbert_pairs])
def test_other_architectures_are_read_as_transformers_reads_them(make: Callable[..., Path], root: Path) -> None:
    """Token types, a decoder's last token, the mean over tokens: also in a batch with longer rows."""
    folder = make(root / make.__name__, ("contradiction", "neutral", "entailment"))
    found = pair_reader(folder).predict([*PAIRS, (LONG[:900], "One two three.")])
    for pair, one in zip(PAIRS, found, strict=False):
        against, neutral, entailed = by_transformers(folder, *pair)
        assert np.abs(one - [entailed, neutral, against]).max() < 1e-4


def test_the_hypothesis_can_come_first(deberta: Path) -> None:
    found = pair_reader(deberta, premise_first=False).predict(PAIRS)
    for pair, one in zip(PAIRS, found, strict=True):
        against, entailed, neutral = by_transformers(deberta, *pair[::-1])
        assert np.abs(one - [entailed, neutral, against]).max() < 1e-4
    assert np.abs(found - pair_reader(deberta).predict(PAIRS)).max() > 1e-3


@pytest.mark.parametrize("pair", PAIRS)
def test_minicheck_reads_document_eos_claim(minicheck: Path, root: Path, pair: tuple[str, str]) -> None:
    _, supported = by_transformers(minicheck, "</s>".join(pair))
    found = pair_reader(minicheck, like=MINICHECK).predict([pair])[0]
    assert np.abs(found - [supported, 1.0 - supported, 0.0]).max() < 1e-4
    other = checkpoints.deberta(root / "minicheck-deberta", ("0", "1"))
    _, supported = by_transformers(other, "[SEP]".join(pair))
    found = pair_reader(other, like="lytang/MiniCheck-DeBERTa-v3-Large").predict([pair])[0]
    assert found[0] == pytest.approx(supported, abs=1e-4)


@pytest.mark.parametrize("pair", PAIRS)
def test_hhem_reads_its_prompt_at_the_first_token(hhem: tuple[Path, Path], pair: tuple[str, str]) -> None:
    folder, foundation = hhem
    premise, hypothesis = pair
    text = (
        "<pad> Determine if the hypothesis is true given the premise?\n\n"
        f"Premise: {premise}\n\nHypothesis: {hypothesis}"
    )  # fmt: skip
    encoded = AutoTokenizer.from_pretrained(str(foundation))(text, return_tensors="pt")
    network = pair_reader(folder, like=HHEM, foundation=str(foundation))._network
    assert isinstance(network._model, T5ForTokenClassification)
    row, _ = pair_reader(folder, like=HHEM, foundation=str(foundation)).rows([pair])[0]
    assert row.tolist() == encoded.input_ids[0].tolist()
    with torch.inference_mode():
        logits = network._model(**encoded).logits[:, 0, :]
    expected = float(torch.softmax(logits, -1)[0, 1])
    found = pair_reader(folder, like=HHEM, foundation=str(foundation)).predict([pair])[0]
    assert found[0] == pytest.approx(expected, abs=1e-4)


def test_hhem_loads_every_tensor_of_the_checkpoint(hhem: tuple[Path, Path]) -> None:
    from safetensors.torch import load_file

    folder, foundation = hhem
    loaded = pair_reader(folder, like=HHEM, foundation=str(foundation))._network._model.state_dict()
    for name, tensor in load_file(folder / checkpoints.WEIGHTS).items():
        assert torch.equal(loaded[name.removeprefix("t5.")], tensor), name
    tied = loaded["transformer.encoder.embed_tokens.weight"], loaded["transformer.shared.weight"]
    assert torch.equal(*tied)


@pytest.mark.parametrize("pair", PAIRS)
def test_minicheck_t5_answers_at_the_first_step(t5: Path, pair: tuple[str, str]) -> None:
    network = T5ForConditionalGeneration.from_pretrained(str(t5)).eval()
    encoded = AutoTokenizer.from_pretrained(str(t5))("predict: " + "</s>".join(pair), return_tensors="pt")
    with torch.inference_mode():
        logits = network(**encoded, decoder_input_ids=torch.zeros((1, 1), dtype=torch.long)).logits[0, 0]
    expected = float(torch.softmax(logits[[3, 209]], -1)[1])
    found = pair_reader(t5, like="lytang/MiniCheck-Flan-T5-Large").predict([pair])[0]
    assert found[0] == pytest.approx(expected, abs=1e-4)


QUESTION = "How long is the river?"
PASSAGES = ("The river is 40 km long.", "Salmon {were} seen in it.\nIn 1998.")
ANSWER = "It is 40 km long. Nobody has seen a fish in it."


def test_the_prompt_is_the_one_of_training() -> None:
    assert prompt_of(QUESTION, PASSAGES) == (
        "Briefly answer the following question:\n"
        "How long is the river?\n"
        "Bear in mind that your response should be strictly based on the following 2 passages:\n"
        "passage 1: The river is 40 km long.\n"
        "passage 2: Salmon {were} seen in it.\nIn 1998.\n"
        "In case the passages do not contain the necessary information to answer the question, please reply with: "
        '"Unable to answer based on given passages."\n'
        "output:"
    )
    assert prompt_of("", PASSAGES[:1]) == (
        "Summarize the following text:\npassage 1: The river is 40 km long.\noutput:"
    )


@pytest.mark.parametrize("question", [QUESTION, ""])
def test_spans_are_those_of_transformers(lettuce: Path, question: str) -> None:
    network = AutoModelForTokenClassification.from_pretrained(str(lettuce)).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(lettuce))
    encoded = tokenizer(prompt_of(question, PASSAGES), ANSWER, return_tensors="pt")
    with torch.inference_mode():
        risks = torch.softmax(network(**encoded).logits[0], -1)[:, 1].numpy()
    inside = [i for i, owner in enumerate(encoded.sequence_ids(0)) if owner == 1]
    reader = SpanReader(model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en").network(RUNTIME))
    found = reader.predict([Case(question, PASSAGES, ANSWER)])[0]
    assert np.abs(found.risks - risks[inside]).max() < 1e-4
    assert (found.prompts, found.unread, found.truncated) == (1, 0, False)
    words = "".join(ANSWER[a:b] for a, b in zip(found.starts, found.ends, strict=True))
    assert words == ANSWER


def test_an_over_long_context_is_read_in_windows_beside_parts_of_the_answer(lettuce: Path) -> None:
    own = model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=256)
    reader = SpanReader(own.network(RUNTIME))
    long = Case(QUESTION, (LONG, PASSAGES[0], LONG), ANSWER * 12)
    found = reader.predict([long])[0]
    assert found.prompts > 4
    assert found.unread > 0
    assert not found.truncated
    assert set(range(len(long.answer))) == {
        i for a, b in zip(found.starts, found.ends, strict=True) for i in range(a, b)
    }
    assert (found.risks < 1.0).all(), "every token was read beside some prompt"
    lengths = [
        len(job.prompt) + len(job.answer)
        for job in reader._jobs(0, long, reader._tokenizer.encode([long.answer])[0])[0]
    ]
    assert max(lengths) <= 256 - reader._tokenizer.pair.size
    cut = reader.predict([Case(LONG * 3, (LONG,), ANSWER)])[0]
    assert cut.truncated, "a question that does not fit is said to be cut"


def test_an_endless_answer_is_read_up_to_a_limit_and_said_to_be(lettuce: Path) -> None:
    own = model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=256)
    reader = SpanReader(own.network(RUNTIME))
    found = reader.predict([Case("", PASSAGES, ANSWER * 400)])[0]
    assert found.truncated
    assert found.prompts == 64
    assert found.risks[0] > 0.0
    assert found.risks[-1] == 0.0


def test_the_windows_that_share_most_words_are_read_first(lettuce: Path) -> None:
    own = model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=256)
    reader = SpanReader(own.network(RUNTIME))
    case = Case("", (LONG, "The zebra of Aldwick sings.", LONG), "The zebra sings.")
    jobs, _, _ = reader._jobs(0, case, reader._tokenizer.encode([case.answer])[0])
    assert "zebra of Aldwick" in reader._tokenizer._backend.decode(jobs[0].prompt.tolist())


def test_more_word_pieces_than_are_read_are_refused(
    deberta: Path, lettuce: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = pair_reader(deberta)
    spans = SpanReader(model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=256).network(RUNTIME))
    monkeypatch.setattr(tokens, "PIECES", Bound("pieces", 150, "", ""))
    pairs.predict([("Short.", "Yes.")] * 1000)  # repetition apart
    spans.predict([Case("", ("Short.",), "Yes.")])
    with pytest.raises(InvalidInput, match="the limit is 150"):
        pairs.predict([(WINDOW, f"It is {n} km long.") for n in range(10)])
    with pytest.raises(InvalidInput, match="the limit is 150"):
        spans.predict([Case("", (LONG,), "Ten." * 20)])


@pytest.mark.parametrize("name", ["deberta", "mnli", "minicheck", "hhem", "t5"])
def test_pairs_do_not_depend_on_neighbours(name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    more: dict[str, Any] = {"minicheck": {"like": MINICHECK}, "t5": {"like": "lytang/MiniCheck-Flan-T5-Large"}}.get(
        name, {}
    )
    if name == "hhem":
        folder, foundation = folder
        more = {"like": HHEM, "foundation": str(foundation)}
    reader = pair_reader(folder, **more)
    several = [*PAIRS, (LONG[:900], "One two three."), *PAIRS]
    together = reader.predict(several)
    for pair, one in zip(several, together, strict=True):
        assert np.abs(one - reader.predict([pair])[0]).max() < 1e-4
    assert np.abs(together.sum(axis=1) - 1.0).max() < 1e-6


def test_spans_do_not_depend_on_neighbours(lettuce: Path) -> None:
    reader = SpanReader(model(lettuce, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=512).network(RUNTIME))
    cases = [
        Case(QUESTION, PASSAGES, ANSWER),
        Case("", (LONG,), "Ten."),
        Case(QUESTION, ("x",), ""),
        Case("", PASSAGES, LONG[:99]),
    ]
    for case, together in zip(cases, reader.predict(cases), strict=True):
        alone = reader.predict([case])[0]
        assert np.abs(together.risks - alone.risks).max(initial=0.0) < 1e-4


def test_a_pair_that_does_not_fit_is_read_to_both_ends(deberta: Path) -> None:
    reader = pair_reader(deberta, max_length=64)
    jobs, rows = reader._jobs([(LONG + WINDOW, "It is 40 km long."), (WINDOW, LONG)])
    assert max(len(ids) for ids, _ in rows) <= 64
    assert {job.part for job in jobs if job.pair == 0} == {0}
    assert len({job.part for job in jobs if job.pair == 1}) > 10
    text = [reader._tokenizer._backend.decode(ids.tolist()) for ids, _ in rows]
    first = [t for t, job in zip(text, jobs, strict=True) if job.pair == 0]
    assert any("1998" in t for t in first), "the end of the window is read, too"


@pytest.mark.parametrize("name", ["deberta", "mnli", "t5", "lettuce", "toxic_bert"])
def test_special_tokens_in_content_stay_text(name: str, request: pytest.FixtureRequest) -> None:
    """Also where a vocabulary holds them as words, and where they only appear once the text is normalised."""
    folder = request.getfixturevalue(name)
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    special = [token for token in tokenizer.all_special_tokens if token != tokenizer.unk_token]
    control = {tokenizer.convert_tokens_to_ids(token) for token in special}
    text = f"a {' '.join(special)} b{''.join(special)} \uff3bSEP\uff3d c"
    found = HubTokenizer(folder).encode([text])[0]
    assert not control & set(found.ids.tolist())
    assert control & set(tokenizer(text, add_special_tokens=False).input_ids), "transformers alone would let them in"


TOXIC = "unitary/toxic-bert"


@pytest.fixture(scope="module")
def toxic_bert(root: Path) -> Path:
    return checkpoints.bert(
        root / "toxic", checkpoints.known_labels(TOXIC), problem_type="multi_label_classification"
    )


def text_reader(folder: Path, **overrides: Any) -> TextReader:
    return TextReader(model(folder, Task.TOXICITY, **overrides).network(RUNTIME))


def test_multi_label_models_count_their_worst_bad_output(toxic_bert: Path, root: Path) -> None:
    network = AutoModelForSequenceClassification.from_pretrained(str(toxic_bert)).eval()
    encoded = AutoTokenizer.from_pretrained(str(toxic_bert))(ANSWER, return_tensors="pt")
    with torch.inference_mode():
        each = torch.sigmoid(network(**encoded).logits[0]).numpy()
    found = text_reader(toxic_bert, like=TOXIC).predict([ANSWER])[0]
    assert found[0].probability == pytest.approx(float(each.max()), abs=1e-4)
    one = text_reader(toxic_bert, like=TOXIC, bad_labels=["threat"]).predict([ANSWER])[0]
    assert one[0].probability == pytest.approx(float(each[3]), abs=1e-4)
    assert (found[0].start, found[0].end) == (0, len(ANSWER))


def test_who_is_spoken_of_is_not_toxic(root: Path) -> None:
    name = "unitary/unbiased-toxic-roberta"
    folder = checkpoints.roberta(root / "unbiased", checkpoints.known_labels(name))
    network = AutoModelForSequenceClassification.from_pretrained(str(folder)).eval()
    encoded = AutoTokenizer.from_pretrained(str(folder))(ANSWER, return_tensors="pt")
    with torch.inference_mode():
        each = torch.sigmoid(network(**encoded).logits[0]).numpy()
    assert each[7:].max() > each[:7].max() or each[7:].max() != each[:7].max()
    found = text_reader(folder, like=name).predict([ANSWER])[0]
    assert found[0].probability == pytest.approx(float(each[:7].max()), abs=1e-4)


def test_a_softmax_of_two(root: Path) -> None:
    folder = checkpoints.roberta(root / "two", ("neutral", "toxic"))
    found = text_reader(folder).predict([ANSWER])[0]
    assert found[0].probability == pytest.approx(float(by_transformers(folder, ANSWER)[1]), abs=1e-4)


def test_texts_are_covered_by_overlapping_windows_and_know_no_neighbours(toxic_bert: Path) -> None:
    reader = text_reader(toxic_bert, like=TOXIC, max_length=64)
    several = [LONG.strip(), "", "short", LONG.strip(), ANSWER]
    found = reader.predict(several)
    assert found[0] == found[3]
    assert len(found[0]) > 5
    assert found[1] == []
    assert (found[0][0].start, found[0][-1].end) == (0, len(LONG.strip()))
    assert all(after.start < before.end for before, after in zip(found[0], found[0][1:], strict=False))
    for text, together in zip(several, found, strict=True):
        alone = reader.predict([text])[0]
        assert [p.probability for p in together] == pytest.approx([p.probability for p in alone], abs=1e-4)


def test_bf16_is_close_and_not_the_same(deberta: Path) -> None:
    exact, rough = pair_reader(deberta).predict(PAIRS), pair_reader(deberta, dtype="bf16").predict(PAIRS)
    assert 0.0 < np.abs(exact - rough).max() < 0.2


def test_a_part_that_would_be_random_is_refused(root: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = checkpoints.deberta(root / "headless")
    path = folder / checkpoints.WEIGHTS
    tensors = {name: t for name, t in load_file(path).items() if not name.startswith("classifier")}
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="lacks 'classifier"):
        pair_reader(folder)


def test_a_configuration_can_not_name_a_kernel_or_code_to_run(root: Path) -> None:
    folder = checkpoints.deberta(root / "kernel")
    checkpoints.edit_config(folder, attn_implementation="some-org/some-kernel", _attn_implementation="x/y")
    assert pair_reader(folder)._network._model.config._attn_implementation == "eager"
    checkpoints.edit_config(folder, model_type="made-up", auto_map={"AutoConfig": "evil.Config"})
    (folder / "evil.py").write_text("raise SystemExit('code of the checkpoint ran')")
    with pytest.raises(ModelUnavailable, match="own code"):
        pair_reader(folder)


def test_the_tokenizer_of_another_model_is_refused(root: Path) -> None:
    folder = checkpoints.deberta(root / "mixed")
    checkpoints.modernbert_tokenizer(folder)
    with pytest.raises(ModelUnavailable, match="pieces"):
        pair_reader(folder)


def test_a_folder_without_a_tokenizer_says_what_is_missing(root: Path) -> None:
    folder = checkpoints.deberta(root / "mute")
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json"):
        pair_reader(folder)
