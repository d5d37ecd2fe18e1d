"""What the operator configures of judges, and what is made of it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bench.servers.judge.server import judging
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.judge import JudgeError, Price
from evaluator.core.limits import LocalLimiter
from evaluator.judges import local
from evaluator.judges.providers import ConfiguredJudges, open_judges
from evaluator.settings import Settings
from tests.support.judge_calls import KEY, asked, request


def opened(**given: Any) -> ConfiguredJudges:
    return open_judges(limiter=LocalLimiter(), **given)


def test_without_settings_there_is_the_judge_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local.Listening, "_look", lambda self: False)
    judges = opened()
    provider = judges.provider()
    assert (provider.name, provider.default_model) == ("local", "qwen2.5-coder-1.5b-instruct")
    assert "faithline judge local" in (provider.missing or "")
    found = provider.model("qwen2.5-coder-1.5b-instruct")
    assert (found.price, found.window) == (Price(input=0.0, output=0.0), 8192)
    assert [one.name for one in judges.providers()] == ["local"]


def test_what_listens_is_seen_and_the_look_is_kept() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        listening = local.Listening("127.0.0.1", port)
        assert listening()
    assert listening(), "looked at again too soon"
    assert not local.Listening("127.0.0.1", port)()


def test_plain_settings_are_the_default_provider() -> None:
    judges = opened(base_url="https://api.openai.com/v1/", model="gpt-4.1-mini", api_key=SecretStr(KEY))
    provider = judges.provider()
    assert (provider.name, provider.default_model, provider.missing) == ("default", "gpt-4.1-mini", None)
    found = provider.model("gpt-4.1-mini")
    assert (found.price, found.window) == (Price(input=0.4, output=1.6, cached=0.1), 1047576)
    assert provider.model("gpt-4.1-mini-2025-04-14").price == found.price
    for unknown in ("gpt-4.1-mini-audio", "gpt-4.1-mini2", "llama", "gpt-4.1-mini-"):
        assert provider.model(unknown).price is None
    assert provider.client() is provider.client()
    assert judges.provider("local").name == "local"


def test_prices_of_the_operator_go_first() -> None:
    given: dict[str, Any] = {"base_url": "https://api.openai.com/v1", "model": "gpt-4.1-mini"}
    found = opened(**given, price_input=7.0, price_output=9.0, window=4096).provider().model("gpt-4.1-mini")
    assert (found.price, found.window) == (Price(input=7.0, output=9.0), 4096)
    found = opened(**given, window=4096).provider().model("gpt-4.1-mini")
    assert (found.price, found.window) == (Price(input=0.4, output=1.6, cached=0.1), 4096)


@pytest.mark.parametrize(
    ("host", "free"),
    [("127.0.0.1:8000", True), ("localhost", True), ("10.0.0.7", True), ("vllm:8000", True), ("[::1]:80", True),
     ("box.internal", True), ("api.example.com", False), ("8.8.8.8", False)],
)  # fmt: skip
def test_ones_own_machine_costs_nothing_unless_it_is_said(host: str, free: bool) -> None:
    given: dict[str, Any] = {"base_url": f"http://{host}/v1", "model": "m"}
    assert opened(**given).provider().model("any").price == (Price(input=0.0, output=0.0) if free else None)
    priced = opened(**given, price_input=1.0, price_output=2.0).provider()
    assert priced.model("m").price == Price(input=1.0, output=2.0)
    assert priced.model("any").price is None


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"api_key": SecretStr(KEY)}, "judge_base_url", "FAITHLINE_JUDGE_BASE_URL"),
        ({"model": "m"}, "judge_base_url", "FAITHLINE_JUDGE_BASE_URL"),
        ({"base_url": "api.openai.com/v1"}, "base_url", "https://"),
        ({"base_url": f"https://u:{KEY}@host/v1"}, "base_url", "api_key_env"),
        ({"base_url": "https://host/v1?x=1"}, "base_url", "eave it out"),
        ({"base_url": "https://host/v1", "price_input": 1.0, "model": "m"}, "judge_price_output", "PRICE_OUTPUT"),
        (
            {"base_url": "https://host/v1", "price_input": 1.0, "price_output": 1.0},
            "judge_price_input",
            "JUDGE_MODEL",
        ),
        ({"base_url": "https://host/v1", "api_key": SecretStr(KEY), "api_key_file": Path("x")}, "judge", "only one"),
    ],
)
def test_wrong_settings_name_the_field_and_the_remedy(given: dict[str, Any], field: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        opened(**given)
    assert field in caught.value.field
    assert remedy in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_file_names_more_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(
        "default: cheap\n"
        "providers:\n"
        "  cheap: {base_url: 'http://10.0.0.1/v1', model: small, requests_per_minute: 60,\n"
        "          prices: {small: {input: 0.1, output: 0.2, window: 9000}}}\n"
        "  claude: {base_url: 'https://api.anthropic.com', api: anthropic, model: claude-haiku-4-5,\n"
        "           api_key_env: MY_CLAUDE_KEY, headers: {X-Team: judges}}\n"
    )
    monkeypatch.delenv("MY_CLAUDE_KEY", raising=False)
    judges = opened(providers_file=path)
    assert judges.provider().name == "cheap"
    assert judges.provider("cheap").model("small").window == 9000
    claude = judges.provider("claude")
    assert "MY_CLAUDE_KEY" in (claude.missing or "")
    (error,) = claude.client().run([claude.client().ask(request(), 2.0)])
    assert isinstance(error, JudgeError)
    assert "MY_CLAUDE_KEY" in str(error)
    assert (error.wait, error.charged) == (300.0, False)
    monkeypatch.setenv("MY_CLAUDE_KEY", KEY)
    assert claude.missing is None
    with pytest.raises(NotFound, match="cheap, claude, local"):
        judges.provider("other")
    assert opened(providers_file=path, base_url="https://host/v1").provider().name == "default"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[]", "providers"),
        ("providers: {a: 1}", "providers.a"),
        ("providers: {a: {model: m}}", "providers.a.base_url"),
        ("providers: {a: {base_url: 'ftp://x'}}", "providers.a.base_url"),
        (f"providers: {{a: {{base_url: 'https://x', api_kee: {KEY}}}}}", "providers.a.api_kee"),
        (f"providers: {{a: {{base_url: 'https://x', api_key: [{KEY}]}}}}", "providers.a.api_key"),
        ("providers: {a: {base_url: 'https://x', api: chatty}}", "providers.a.api"),
        ("providers: {a: {base_url: 'https://x', timeout_seconds: -1}}", "providers.a.timeout_seconds"),
        ("providers: {a: {base_url: 'https://x', headers: {Host: evil}}}", "providers.a.headers"),
        ('providers: {a: {base_url: "https://x", headers: {X-A: "b\\nc"}}}', "providers.a.headers"),
        ("providers: {a: {base_url: 'https://x', prices: {m: {input: 1}}}}", "providers.a.prices.m"),
        ("providers: {A B: {base_url: 'https://x'}}", "A B"),
        ("providers: {a: {base_url: 'https://x'}}\ndefault: b", "default"),
        ("providers: {a: {base_url: 'https://x'}}\nmore: 1", "more"),
        ("providers: &x {a: *x}", "providers.yaml"),
    ],
)
def test_a_wrong_file_names_the_field(tmp_path: Path, text: str, field: str) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        opened(providers_file=path)
    assert field in caught.value.field
    assert KEY not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="judge_providers"):
        opened(providers_file=tmp_path / "none.yaml")


def test_a_key_in_a_file_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with judging() as served:
        provider = opened(base_url=served.address, model="m", api_key_file=path).provider()
        assert str(path) in (provider.missing or "")
        path.write_text(f"{KEY}\n")
        assert provider.missing is None
        asked(provider)
        path.write_text("another")
        asked(provider)
        assert [headers["authorization"] for _, headers, _ in served.requests] == [f"Bearer {KEY}", "Bearer another"]
        path.write_text("two\nlines: of\r\nheaders")
        assert "one key" in (provider.missing or "")
        with pytest.raises(JudgeError, match="one key"):
            asked(provider)
        assert served.calls == 2


def test_the_base_url_of_anthropic_is_taken_with_its_version_and_without() -> None:
    with judging() as served:
        root = served.address.removesuffix("/v1")
        for base in (root, root + "/", root + "/v1", root + "/v1/"):
            asked(opened(base_url=base, model="m", api="anthropic").provider())
        assert {path for path, _, _ in served.requests} == {"/v1/messages"}


def test_the_key_is_shown_nowhere(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with judging() as served:
        judges = opened(base_url=served.address, model="m", api_key=SecretStr(KEY))
        provider = judges.provider()
        asked(provider)
    with pytest.raises(JudgeError) as caught:
        asked(provider)
    shown = [repr(one) for one in (judges, provider, provider.client(), vars(provider), vars(provider.client()))]
    shown += [str(caught.value), repr(caught.value), caplog.text, *capfd.readouterr()]
    assert not any(KEY in text for text in shown)


def test_settings_that_are_empty_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_KEY_FILE", "PROVIDERS", "PRICE_INPUT", "WINDOW", "BASE_URL", "ALLOWED_HOSTS"):
        monkeypatch.setenv(f"FAITHLINE_JUDGE_{name}", "")
    settings = Settings()
    assert settings.judge_api_key is None
    assert settings.judge_api_key_file is None
    assert settings.judge_providers is None
    assert settings.judge_price_input is None
    assert settings.judge_window is None
    monkeypatch.setenv("FAITHLINE_JUDGE_API_KEY", KEY)
    assert KEY not in repr(Settings())
