"""Everything that a deployment chooses. Read by bootstrap, cli, workers and the migrations' environment only."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FAITHLINE_"


def _default_database() -> str:
    return f"sqlite:///{Path.home() / '.faithline' / 'faithline.db'}"


def _default_models() -> Path:
    return Path.home() / ".faithline" / "models"


class Settings(BaseSettings):
    """Settings, each from the environment variable ``FAITHLINE_`` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    database_url: str = Field(default_factory=_default_database)
    """``sqlite:///path`` or ``postgresql://user:password@host/database``."""

    redis_url: str = ""
    """``redis://[user:password@]host:port/database`` where hints and rates are shared by all processes; none where
    everything runs in one service. Work never depends on it: it lies in the database."""

    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where a worker shows its metrics to Prometheus; 0 shows none. The API shows its own under ``/metrics``."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    grpc_port: int | None = Field(default=None, ge=0, le=65535)
    """Where OTLP is taken over gRPC, on the same `host`, if the extra ``grpc`` is installed; 0 or ``off`` takes none.
    Without it 4317 where only this machine reaches the service, else none."""

    quiet_seconds: float = Field(default=30.0, ge=0.0)
    """A trace settles when nothing has arrived for it for so long (s), or when its sender says it is complete."""

    starter_rules: bool = True
    """Whether a project that has no rules yet gets the built-in ones when the service starts."""

    max_body_mb: float = Field(default=32.0, gt=0)
    """The largest request body, after decompression (MB)."""

    @property
    def max_body_bytes(self) -> int:
        """`max_body_mb` in bytes."""
        return int(self.max_body_mb * 2**20)

    embedder_path: Path | None = None
    """A folder with the embedder's weights, instead of the packaged ones (hash-checked all the same)."""

    models_path: Path = Field(default_factory=_default_models)
    """Where models trained on one's own labels lie, one folder each; a name is looked for here first, then among the
    packaged ones. Every process that scores needs it."""

    threads: int = Field(default=0, ge=0)
    """Threads of the scoring process; 0 takes what the machine has."""

    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """What models compute in for rules pushed from now on; auto is what each model declares (bf16 for those bundled).
    A rule keeps the one that it was pushed with."""

    batch_size: int = Field(default=32, ge=1, le=1024)
    """Jobs claimed at a time."""

    backlog_target_seconds: float = Field(default=600.0, ge=0)
    """While the oldest job that is ready to be scored has been waiting for longer (s), rates shrink, and with them
    the stored probabilities; 0 keeps the rates however far scoring falls behind."""

    lease_seconds: float = Field(default=120.0, gt=0)
    review_lease_seconds: float = Field(default=600.0, ge=1.0, le=86_400.0)
    """For how long a reviewer holds a task that they were given; then it is others' as well."""
    """How long a claim holds before another worker may take the job (s)."""

    batch_seconds: float = Field(default=300.0, gt=0)
    """How long scoring a batch may take (s), loading its evaluator included. What takes longer is ended together with
    its process, and its jobs are tried again one by one; raise it with `batch_size`."""

    sample_seconds: float = Field(default=120.0, gt=0)
    """How long scoring a single job may take (s), loading its evaluator included."""

    score_memory_mb: int = Field(default=6144, ge=0)
    """Memory that a scoring process may hold (MiB) before it is ended like one that takes too long; 0 is no bound.
    Only where there is /proc."""

    retry_attempts: int = Field(default=4, ge=1, le=20)
    """How often what fails is tried before it is set aside: a job becomes a dead letter."""

    retry_seconds: float = Field(default=5.0, gt=0)
    """The pause after a first try that failed (s); each further one is twice as long."""

    redact: str = ""
    """Kinds of personal data that are taken out of traces before they are stored: ``all``, or some with commas
    between them (``email,phone,credit_card``); none unless it is set."""

    require_keys: bool = False
    """Whether every request must carry a key, also on loopback. Beyond loopback it must anyway."""

    bootstrap_key: SecretStr | None = None
    """A key of one's own making (32 characters or more) that is stored, hashed, as the admin key of the project
    ``default`` when the API starts: the first key of a deployment that nobody can reach with a command line."""

    session_secret: SecretStr | None = Field(default=None, min_length=32)
    """What sign-ins to the pages are signed with (32 characters or more), where several machines run the API. Without
    one, a file ``session.key`` beside the SQLite database, else in ``~/.faithline``, holds it."""

    key_rate: float = Field(default=200.0, ge=0)
    """Requests a second that one key may make, over all API processes together; 0 does not limit them."""

    retention_days: int = Field(default=0, ge=0)
    """How many days a trace is kept after it arrived, with its scores; 0 keeps everything. Rates stay for ever, and
    so do labels."""

    judge_base_url: str = ""
    """Where judges are asked, as the provider ``default``: the base URL of an API like OpenAI's
    (``https://api.openai.com/v1``). Without one, the judge on this machine."""

    judge_model: str = ""
    """The model that is asked unless a rubric names another."""

    judge_api_key: SecretStr | None = None
    judge_api_key_file: Path | None = None
    """A file with the key, instead of `judge_api_key`; read again for each call, so that it can be changed."""

    judge_api: Literal["chat", "responses", "anthropic"] = "chat"
    """What the base URL speaks: OpenAI's chat completions (most servers do) or responses, or Anthropic's messages."""

    judge_providers: Path | None = None
    """A YAML file with more providers, by name (`evaluator.judges.config.read_providers`)."""

    judge_timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    """How long a call of a judge may take in all (s)."""

    judge_concurrency: int = Field(default=64, ge=1, le=1024)
    """The most calls at once that a process makes of one model; fewer where the provider complains."""

    judge_price_input: float | None = Field(default=None, ge=0)
    judge_price_output: float | None = Field(default=None, ge=0)
    """What `judge_model` costs (US dollars for a million tokens), where that is not known or otherwise agreed on. A
    server on one's own machine or network costs nothing unless it is said here."""

    judge_window: int | None = Field(default=None, ge=1)
    """Tokens that `judge_model` reads and writes together, where that is not known."""

    trial_usd_per_day: float = Field(default=1.0, ge=0, le=1e6)
    """What trying rubrics (`faithline rubrics test`) may cost a project in a day (US dollars, UTC)."""

    judge_allowed_hosts: str = ""
    """Hosts (``host`` or ``host:port``, exactly, with commas between them) of judges that others than the operator
    may name; none unless it is set. No key is ever sent there."""

    log_level: str = "info"

    log_format: Literal["auto", "json", "console"] = "auto"
    """How logs look; auto is JSON where standard error is no terminal."""

    @field_validator(
        "bootstrap_key", "session_secret", "judge_api_key", "judge_api_key_file", "judge_providers",
        "judge_price_input", "judge_price_output", "judge_window", mode="before",
    )  # fmt: skip
    @classmethod
    def _given(cls, key: object) -> object:
        # A compose file has no way to leave a variable out: empty is none.
        return None if key == "" else key

    @field_validator("grpc_port", mode="before")
    @classmethod
    def _off(cls, port: object) -> object:
        return {"": None, "off": 0}.get(port.strip().lower(), port) if isinstance(port, str) else port

    @field_validator("redis_url")
    @classmethod
    def _known_broker(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            raise ValueError("use redis://HOST:PORT/DATABASE, rediss:// with TLS, or leave it empty")
        return url

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.startswith("postgres://"):
            url = "postgresql://" + url.removeprefix("postgres://")
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")
        return url
