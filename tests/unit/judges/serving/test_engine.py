"""The same question has the same answer, whatever was asked before it."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.errors import ModelUnavailable
from evaluator.judges.serving.engine import Engine, is_installed, load
from tests.support.local_judge import CountingModel, small_model


def _asked(user: str, system: str = "You judge by this rubric.", **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return {"messages": messages, "max_tokens": 8, "temperature": 0.0} | more


def _said(engine: Engine, request: dict[str, Any]) -> str:
    return str(engine.answer(request)["choices"][0])


@pytest.mark.parametrize("between", [
    [], [_asked("Is it?")], [_asked("Is it so, or not?")], [_asked("x")], [_asked("")], [_asked("<end>")],
    [_asked("Is it so?", "Another rubric.")],
    [_asked("a"), _asked("Is it so?", "You judge by that."), _asked("<end>x")],
])  # fmt: skip
def test_an_answer_does_not_depend_on_what_was_asked_before(between: list[dict[str, Any]]) -> None:
    engine = Engine(CountingModel())
    first = _said(engine, _asked("Is it so?"))
    for one in between:
        engine.answer(one)
    assert _said(engine, _asked("Is it so?")) == first
    assert first == _said(Engine(CountingModel()), _asked("Is it so?"))


def test_without_that_care_it_would() -> None:
    model = CountingModel()
    first = model(_asked("Is it so?", cache_prompt=True))
    assert model(_asked("Is it so?", cache_prompt=True))["choices"] != first["choices"]


def test_what_all_questions_share_is_evaluated_once() -> None:
    model = CountingModel()
    engine = Engine(model)
    for number in range(5):
        engine.answer(_asked(f"Number {number}?"))
    assert sum(not one["cache_prompt"] for one in model.asked) == 1


def test_a_failed_call_does_no_harm() -> None:
    model = CountingModel()
    failing = [False]

    def sometimes(request: dict[str, Any]) -> dict[str, Any]:
        found = model(request)
        if failing[0]:
            raise ValueError("no")
        return found

    engine = Engine(sometimes)
    first = _said(engine, _asked("Is it so?"))
    failing[0] = True
    with pytest.raises(ValueError, match="no"):
        engine.answer(_asked("Is it?"))
    failing[0] = False
    assert not engine.busy
    assert _said(engine, _asked("Is it so?")) == first


@pytest.mark.local_judge
def test_llama_repeats_itself_to_the_last_digit() -> None:
    engine = load(small_model(), threads=1, window=1024)
    system = "You are a strict judge of answers. " * 12
    request = _asked(
        "The context says two years. The answer says three. Is it so?", system, logprobs=True, top_logprobs=5
    )
    first = engine.answer(request)["choices"][0]["logprobs"]
    engine.answer(_asked("The context says two years. The answer says four. Is it not?", system))
    engine.answer(_asked("\nx", system))
    engine.answer(_asked("Something else.", "Another rubric."))
    assert engine.answer(request)["choices"][0]["logprobs"] == first
    assert engine.answer(request)["choices"][0]["logprobs"] == first


@pytest.mark.local_judge
def test_what_is_no_model_is_told(tmp_path: Any) -> None:
    if not is_installed():
        pytest.skip("no llama.cpp: pip install 'faithline[local-judge]'")
    path = tmp_path / "no.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelUnavailable, match=r"no\.gguf"):
        load(path, threads=1, window=512)
