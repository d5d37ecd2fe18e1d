"""The providers that an operator has configured (`core.judge.Judges`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from yarl import URL

from evaluator.core.errors import InvalidInput
from evaluator.core.judge import JudgeClient, JudgeError, Model, NoProvider
from evaluator.core.outcome import Reason
from evaluator.core.ports import Limiter
from evaluator.judges.clients.address import check_url
from evaluator.judges.clients.anthropic import ANTHROPIC
from evaluator.judges.clients.api import Api
from evaluator.judges.clients.chat import CHAT, OLDER
from evaluator.judges.clients.client import HttpJudgeClient, Target
from evaluator.judges.clients.failures import REFUSED_WAIT
from evaluator.judges.clients.responses import RESPONSES
from evaluator.judges.config import Protocol, ProviderConfig, configured, read_providers
from evaluator.judges.keys import NoKey
from evaluator.judges.local import LOCAL, MISSING, PORT, Listening
from evaluator.judges.prices import known_model

DEFAULT = "default"
"""The name of the provider of the plain settings."""
_APIS: dict[Protocol, Api] = {"chat": CHAT, "responses": RESPONSES, "anthropic": ANTHROPIC}
_MOST_URLS = 64
"""Remembered of those that rules name; past that remembering begins anew."""
_NEWER_NAMES = ("api.openai.com",)
"""Hosts whose models know the bound of a reply by its newer name only."""


class ConfiguredProvider:
    """One of them (`core.judge.Provider`). `listens` says whether its server runs, where that can be seen; `checked`
    connects to public addresses only."""

    def __init__(
        self,
        config: ProviderConfig,
        limiter: Limiter,
        *,
        listens: Callable[[], bool] | None = None,
        checked: bool = False,
    ) -> None:
        self._config, self._limiter = config, limiter
        self._listens, self._checked = listens, checked
        self._lock = threading.Lock()
        self._client: JudgeClient | None = None

    def __repr__(self) -> str:
        return f"ConfiguredProvider({self.name!r})"

    @property
    def name(self) -> str:
        return self._config.name

    @property
    def host(self) -> str:
        return self._config.host

    @property
    def default_model(self) -> str | None:
        return self._config.model

    @property
    def missing(self) -> str | None:
        if self._listens is not None and not self._listens():
            return MISSING
        try:
            self._config.key.read()
        except NoKey as error:
            return str(error)
        return None

    def model(self, name: str) -> Model:
        # Whoever is sent no key has nobody to charge.
        return known_model(name, self._config.host, self._config.prices, free=self._config.own or self._checked)

    def client(self) -> JudgeClient:
        with self._lock:
            if self._client is None:
                self._client = HttpJudgeClient(self._target(), self._limiter)
            return self._client

    def _target(self) -> Target:
        config, api = self._config, _APIS[self._config.api]
        return Target(
            name=config.name,
            url=_endpoint(config.url, api),
            api=api,
            key=self._key,
            headers=lambda: {name: value.get_secret_value() for name, value in config.headers.items()},
            seconds=config.timeout_seconds,
            concurrency=config.max_concurrency,
            per_minute=config.requests_per_minute,
            without=frozenset({OLDER}) if config.host in _NEWER_NAMES else frozenset(),
            checked=self._checked,
        )

    def _key(self) -> str:
        try:
            return self._config.key.read()
        except NoKey as error:
            text = f"provider {self.name} has no key. {error}"
            raise JudgeError(Reason.PROVIDER_ERROR, text, wait=REFUSED_WAIT) from None


def _endpoint(base: URL, api: Api) -> URL:
    """Where requests go. Anthropic's base URL is given with its version, or without."""
    path = base.raw_path.rstrip("/")
    if api is ANTHROPIC:
        path = path.removesuffix("/v1")
    return base.with_path(path + api.path, encoded=True)


class ConfiguredJudges:
    """All of them (`core.judge.Judges`)."""

    def __init__(
        self,
        providers: Sequence[ConfiguredProvider],
        default: str,
        limiter: Limiter,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._default, self._limiter = default, limiter
        self._allowed = frozenset(host.strip().lower() for host in allowed_hosts if host.strip())
        self._lock = threading.Lock()
        self._by_url: dict[str, ConfiguredProvider] = {}
        """One for each, so that all rules that name it share its limits and its connections."""

    def provider(self, name: str | None = None) -> ConfiguredProvider:
        """Raises NoProvider."""
        wanted = self._default if name is None else name
        if wanted not in self._providers:
            raise NoProvider("provider", wanted[:64], f"There are {', '.join(sorted(self._providers))}")
        return self._providers[wanted]

    def providers(self) -> Sequence[ConfiguredProvider]:
        return list(self._providers.values())

    def provider_for_url(self, base_url: str) -> ConfiguredProvider:
        """A provider at a URL that is not the operator's: its host must be allowed and its addresses public, and no
        key is sent there.

        Raises:
            InvalidInput: it may not be called; says why and what to do.
        """
        url = check_url(base_url, self._allowed)
        with self._lock:
            if (known := self._by_url.get(base_url)) is not None:
                return known
            if len(self._by_url) >= _MOST_URLS:
                self._by_url.clear()
            name = f"url-{url.raw_host}-{url.port}".replace(":", "-")[:64]
            config = configured({"name": name, "base_url": base_url}, "base_url")
            self._by_url[base_url] = found = ConfiguredProvider(config, self._limiter, checked=True)
        return found


def open_judges(
    *,
    limiter: Limiter,
    base_url: str = "",
    model: str = "",
    api_key: SecretStr | None = None,
    api_key_file: Path | None = None,
    api: Protocol = "chat",
    providers_file: Path | None = None,
    timeout_seconds: float = 60.0,
    concurrency: int = 64,
    price_input: float | None = None,
    price_output: float | None = None,
    window: int | None = None,
    allowed_hosts: Collection[str] = (),
) -> ConfiguredJudges:
    """The providers of a deployment: `default` of the plain settings where there is a base URL, those of the file,
    and `local`, which is the default where nothing else is. Prices are US dollars for a million tokens.

    Raises:
        InvalidInput: a setting, or a field of the file, is wrong; names it and the remedy.
    """
    found = {"local": ConfiguredProvider(LOCAL, limiter, listens=Listening(LOCAL.host, PORT))}
    default = "local"
    if providers_file is not None:
        configs, named = read_providers(providers_file, "judge_providers")
        found |= {config.name: ConfiguredProvider(config, limiter) for config in configs}
        default = named or default
    plain: dict[str, Any] = {
        "api_key": api_key if api_key is not None and api_key.get_secret_value() else None,
        "api_key_file": api_key_file,
        "model": model or None,
    }
    if base_url:
        prices = _prices(model, price_input, price_output, window)
        plain |= {"name": DEFAULT, "base_url": base_url, "api": api, "timeout_seconds": timeout_seconds}
        plain |= {"max_concurrency": concurrency, "prices": prices}
        found[DEFAULT] = ConfiguredProvider(configured(plain, "judge settings"), limiter)
        default = DEFAULT
    elif any(value is not None for value in plain.values()):
        raise InvalidInput(
            "judge_base_url",
            "is not given, but a key or a model is",
            "Set FAITHLINE_JUDGE_BASE_URL, for example to https://api.openai.com/v1",
        )
    return ConfiguredJudges([*found.values()], default, limiter, allowed_hosts)


def _prices(
    model: str, price_input: float | None, price_output: float | None, window: int | None
) -> dict[str, dict[str, float | None]]:
    """What the plain settings say of their model. Raises InvalidInput."""
    given = {"judge_price_input": price_input, "judge_price_output": price_output, "judge_window": window}
    said = [name for name, value in given.items() if value is not None]
    if said and not model:
        raise InvalidInput(said[0], "is given, but no model", "Set FAITHLINE_JUDGE_MODEL to the one that it is of")
    for name, other in (("judge_price_input", "judge_price_output"), ("judge_price_output", "judge_price_input")):
        if given[name] is None and given[other] is not None:
            raise InvalidInput(name, f"is not given, but {other} is", f"Set FAITHLINE_{name.upper()}, if only to 0")
    return {model: {"input": price_input, "output": price_output, "window": window}} if said else {}
