"""Everything that can be set from outside, in one class; nothing else reads the environment."""

import re
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.addresses import canonical, is_host_pattern
from app.core.langfuse import Content, LangfuseAccess
from app.core.limits import Limit
from app.core.usage import TokenPrice

_BUCKET = re.compile(r"(s3|gs)://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    EDGE = "edge"
    PRODUCTION = "production"


class StoreKind(StrEnum):
    SQLITE = "sqlite"
    FIRESTORE = "firestore"


class QueueKind(StrEnum):
    IN_PROCESS = "in_process"
    CELERY = "celery"


class IdentityKind(StrEnum):
    LOCAL = "local"
    FIREBASE = "firebase"


ANY_ORIGIN = "*"
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?")


def _limit(value: object) -> object:
    return Limit.parse(value) if isinstance(value, str) else value


def _price(value: object) -> object:
    """From `0.25/2`: US dollars for a million tokens read, and for a million written."""
    if not isinstance(value, str):
        return value
    read, _, written = value.partition("/")
    return {"read": read, "written": written or 0}


Price = Annotated[TokenPrice, BeforeValidator(_price)]
Rate = Annotated[Limit, NoDecode, BeforeValidator(_limit)]
"""How often something may be done, in the notation of the `limits` library: `60/minute`, `10 per 5 seconds`."""


class Misconfigured(Exception):
    """The settings contradict each other; the message names the variable and what to do."""


RETENTION_DAYS = {
    "requests": 365,
    "clusters": 365,
    "messages": 180,
    "notifications": 90,
    "broadcasts": 365,
    "observations": 180,
    "threads": 180,
    "devices": 270,
    "audit": 1_825,
    "tombstones": 30,
    "failed_jobs": 30,
}
"""How long what is kept is kept where nothing else is said, in days; 0 for ever."""
LEAST_TOMBSTONE_DAYS = 30
"""What was removed is told to clients that were away for so long."""


class Settings(BaseSettings):
    """Settings with the environment variable each is read from; every one has a default that runs embedded."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", populate_by_name=True, frozen=True)

    environment: Environment = Field(default=Environment.DEVELOPMENT, validation_alias="ENVIRONMENT")
    data_dir: Path = Field(default=Path("data"), validation_alias="RESQ_DATA_DIR")
    store: StoreKind = Field(default=StoreKind.SQLITE, validation_alias="RESQ_STORE")
    identity: IdentityKind = Field(default=IdentityKind.LOCAL, validation_alias="RESQ_IDENTITY")
    firebase_project_id: str = Field(default="demo-resq", validation_alias="FIREBASE_PROJECT_ID")
    firebase_certs_url: str = Field(
        default="https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
        validation_alias="FIREBASE_CERTS_URL",
    )
    standing_seconds: float = Field(default=60.0, ge=0, le=60, validation_alias="RESQ_STANDING_SECONDS")
    user_cache_seconds: float = Field(default=3.0, ge=0, le=60, validation_alias="RESQ_USER_CACHE_SECONDS")
    firestore_database: str = Field(default="(default)", validation_alias="FIRESTORE_DATABASE")
    firestore_emulator_host: str | None = Field(default=None, validation_alias="FIRESTORE_EMULATOR_HOST")
    firebase_auth_emulator_host: str | None = Field(default=None, validation_alias="FIREBASE_AUTH_EMULATOR_HOST")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field(
        default="https://api.openai.com/v1", pattern=r"^https?://[^?#]+$", validation_alias="OPENAI_BASE_URL"
    )
    openai_api: Literal["chat", "responses"] = Field(default="chat", validation_alias="RESQ_OPENAI_API")
    model: str = Field(default="gpt-5.4-mini", min_length=1, validation_alias="RESQ_MODEL")
    model_vision: str | None = Field(default=None, validation_alias="RESQ_MODEL_VISION")
    model_seconds: float = Field(default=15.0, gt=0, le=60, validation_alias="RESQ_MODEL_SECONDS")
    model_retries: int = Field(default=1, ge=0, le=5, validation_alias="RESQ_MODEL_RETRIES")
    model_failures: int = Field(default=5, ge=1, validation_alias="RESQ_MODEL_FAILURES")
    model_pause_seconds: float = Field(default=30.0, gt=0, validation_alias="RESQ_MODEL_PAUSE_SECONDS")
    model_tokens_minute: int = Field(default=0, ge=0, validation_alias="RESQ_MODEL_TOKENS_MINUTE")
    model_tokens_day: int = Field(default=0, ge=0, validation_alias="RESQ_MODEL_TOKENS_DAY")
    model_prices: Annotated[dict[str, Price], NoDecode] = Field(
        default_factory=dict, validation_alias="RESQ_MODEL_PRICES"
    )
    model_backlog_seconds: float = Field(default=30.0, ge=0, validation_alias="RESQ_MODEL_BACKLOG_SECONDS")
    model_photos: int = Field(default=3, ge=0, le=10, validation_alias="RESQ_MODEL_PHOTOS")
    langfuse_public_key: str | None = Field(default=None, validation_alias="LANGFUSE_PUBLIC_KEY")
    langfuse_secret_key: SecretStr | None = Field(default=None, validation_alias="LANGFUSE_SECRET_KEY")
    langfuse_base_url: str = Field(
        default="https://cloud.langfuse.com", pattern=r"^https?://[^?#]+$", validation_alias="LANGFUSE_BASE_URL"
    )
    langfuse_environment: str | None = Field(
        default=None, pattern=r"^[a-z0-9_-]{1,40}$", validation_alias="LANGFUSE_TRACING_ENVIRONMENT"
    )
    langfuse_release: str | None = Field(default=None, max_length=200, validation_alias="LANGFUSE_RELEASE")
    langfuse_enabled: bool = Field(default=True, validation_alias="LANGFUSE_TRACING_ENABLED")
    langfuse_sample: float = Field(default=1.0, gt=0, le=1, validation_alias="RESQ_LANGFUSE_SAMPLE")
    langfuse_content: Content = Field(default=Content.NONE, validation_alias="RESQ_LANGFUSE_CONTENT")

    host: str = Field(default="127.0.0.1", validation_alias="RESQ_HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="RESQ_PORT")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("http://localhost:3000", "http://127.0.0.1:3000"), validation_alias="RESQ_CORS_ORIGINS"
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, validation_alias="RESQ_MAX_BODY_BYTES")
    body_seconds: float = Field(default=20.0, gt=0, validation_alias="RESQ_BODY_SECONDS")
    request_seconds: float = Field(default=30.0, gt=0, validation_alias="RESQ_REQUEST_SECONDS")
    keep_alive_seconds: int = Field(default=15, ge=1, le=3600, validation_alias="RESQ_KEEP_ALIVE_SECONDS")
    head_seconds: float = Field(default=10.0, gt=0, validation_alias="RESQ_HEAD_SECONDS")
    head_bytes: int = Field(default=32_768, ge=4_096, validation_alias="RESQ_HEAD_BYTES")
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    rate_intake: Rate = Field(default=Limit(6_000, 60), validation_alias="RESQ_RATE_INTAKE")
    rate_read: Rate = Field(default=Limit(6_000, 60), validation_alias="RESQ_RATE_READ")
    rate_write: Rate = Field(default=Limit(3_000, 60), validation_alias="RESQ_RATE_WRITE")
    rate_costly: Rate = Field(default=Limit(60, 60), validation_alias="RESQ_RATE_COSTLY")
    rate_address: Rate = Field(default=Limit(60_000, 60), validation_alias="RESQ_RATE_ADDRESS")
    rate_address_costly: Rate = Field(default=Limit(1_200, 60), validation_alias="RESQ_RATE_ADDRESS_COSTLY")
    rate_refused: Rate = Field(default=Limit(600, 60), validation_alias="RESQ_RATE_REFUSED")
    public_url: str | None = Field(default=None, validation_alias="RESQ_PUBLIC_URL", pattern=r"^https?://[^/]+$")
    media_hosts: Annotated[tuple[str, ...], NoDecode] = Field(default=("*",), validation_alias="RESQ_MEDIA_HOSTS")
    media_bucket: str | None = Field(default=None, validation_alias="RESQ_MEDIA_BUCKET")
    media_endpoint: str | None = Field(default=None, validation_alias="RESQ_MEDIA_ENDPOINT")
    media_region: str | None = Field(default=None, validation_alias="RESQ_MEDIA_REGION")
    media_seconds: float = Field(default=10.0, gt=0, validation_alias="RESQ_MEDIA_SECONDS")
    media_max_bytes: int = Field(default=10_485_760, ge=1024, validation_alias="RESQ_MEDIA_MAX_BYTES")
    media_max_pixels: int = Field(default=50_000_000, ge=1, le=80_000_000, validation_alias="RESQ_MEDIA_MAX_PIXELS")
    media_decoders: int = Field(default=2, ge=1, le=64, validation_alias="RESQ_MEDIA_DECODERS")
    media_keep_hours: float = Field(default=24.0, gt=0, validation_alias="RESQ_MEDIA_KEEP_HOURS")
    aws_access_key_id: SecretStr | None = Field(default=None, validation_alias="AWS_ACCESS_KEY_ID")
    aws_secret_access_key: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    aws_session_token: SecretStr | None = Field(default=None, validation_alias="AWS_SESSION_TOKEN")
    google_service_account_key: SecretStr | None = Field(default=None, validation_alias="GOOGLE_SERVICE_ACCOUNT_KEY")
    google_bearer_token: SecretStr | None = Field(default=None, validation_alias="GOOGLE_BEARER_TOKEN")
    fcm_project_id: str | None = Field(
        default=None, pattern=r"^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$", validation_alias="FCM_PROJECT_ID"
    )
    fcm_url: str = Field(
        default="https://fcm.googleapis.com", pattern=r"^https?://[^?#/]+$", validation_alias="RESQ_FCM_URL"
    )
    push_at_once: int = Field(default=100, ge=1, le=1_000, validation_alias="RESQ_PUSH_AT_ONCE")
    push_attempts: int = Field(default=8, ge=1, le=50, validation_alias="RESQ_PUSH_ATTEMPTS")
    push_seconds: float = Field(default=10.0, gt=0, le=60, validation_alias="RESQ_PUSH_SECONDS")
    inbound_twilio_token: SecretStr | None = Field(default=None, validation_alias="RESQ_INBOUND_TWILIO_TOKEN")
    inbound_secret: SecretStr | None = Field(default=None, validation_alias="RESQ_INBOUND_SECRET")
    country: str = Field(default="LK", min_length=2, max_length=2, validation_alias="RESQ_COUNTRY")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", validation_alias="RESQ_LOG_LEVEL")
    log_json: bool = Field(default=False, validation_alias="RESQ_LOG_JSON")
    log_calls: float = Field(default=0.0, ge=0, le=1, validation_alias="RESQ_LOG_CALLS")
    metrics_token: SecretStr | None = Field(default=None, min_length=16, validation_alias="RESQ_METRICS_TOKEN")
    metrics_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="RESQ_METRICS_PORT")
    otlp_endpoint: str | None = Field(
        default=None, pattern=r"^https?://[^?#]+$", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    otlp_headers: SecretStr | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_HEADERS")
    service_name: str = Field(default="resqconnect", min_length=1, validation_alias="OTEL_SERVICE_NAME")
    trace_share: float = Field(default=0.1, gt=0, le=1, validation_alias="RESQ_TRACE_SHARE")

    embeddings: Literal["auto", "english", "off"] = Field(default="auto", validation_alias="RESQ_EMBEDDINGS")
    embedding_model: str | None = Field(default=None, min_length=1, validation_alias="RESQ_EMBEDDING_MODEL")

    queue: QueueKind = Field(default=QueueKind.IN_PROCESS, validation_alias="RESQ_QUEUE")
    retry_seconds: float = Field(default=1.0, gt=0, le=60, validation_alias="RESQ_RETRY_SECONDS")
    workers: int = Field(default=8, ge=1, le=64, validation_alias="RESQ_WORKERS")
    sweep_seconds: float = Field(default=2.0, gt=0, validation_alias="RESQ_SWEEP_SECONDS")
    stuck_after_seconds: float = Field(default=10.0, gt=0, validation_alias="RESQ_STUCK_AFTER_SECONDS")
    assess_seconds: float = Field(default=45.0, gt=0, le=120, validation_alias="RESQ_ASSESS_SECONDS")
    plan_seconds: float = Field(default=30.0, gt=0, le=120, validation_alias="RESQ_PLAN_SECONDS")
    job_attempts: int = Field(default=5, ge=1, validation_alias="RESQ_JOB_ATTEMPTS")
    match_rest_ratio: float = Field(default=1.0, ge=0, validation_alias="RESQ_MATCH_REST_RATIO")
    match_rest_max_seconds: float = Field(default=15.0, ge=0, validation_alias="RESQ_MATCH_REST_MAX_SECONDS")

    suggest_requests: int = Field(default=10, ge=2, validation_alias="RESQ_SUGGEST_REQUESTS")
    suggest_senders: int = Field(default=5, ge=1, validation_alias="RESQ_SUGGEST_SENDERS")
    suggest_radius_km: float = Field(default=10.0, gt=0, le=500, validation_alias="RESQ_SUGGEST_RADIUS_KM")
    suggest_hours: float = Field(default=24.0, gt=0, le=720, validation_alias="RESQ_SUGGEST_HOURS")
    suggest_every_seconds: float = Field(default=300.0, gt=0, validation_alias="RESQ_SUGGEST_EVERY_SECONDS")
    observation_hours: Annotated[dict[str, float], NoDecode] = Field(
        default_factory=dict, validation_alias="RESQ_OBSERVATION_HOURS"
    )

    @field_validator("observation_hours", "model_prices", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = (part.partition("=") for part in value.split(",") if part.strip())
        return {name.strip(): number.strip() for name, _, number in pairs}

    retention_days: Annotated[dict[str, int], NoDecode] = Field(
        default=RETENTION_DAYS, validation_alias="RESQ_RETENTION_DAYS"
    )

    @field_validator("retention_days", mode="before")
    @classmethod
    def _retention(cls, value: object) -> object:
        if isinstance(value, str):
            pairs = [part.partition("=") for part in value.split(",") if part.strip()]
            value = {name.strip(): days.strip() for name, _, days in pairs}
        return {**RETENTION_DAYS, **value} if isinstance(value, dict) else value

    @field_validator("retention_days")
    @classmethod
    def _possible(cls, value: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(set(value) - set(RETENTION_DAYS)):
            raise ValueError(f"RESQ_RETENTION_DAYS names {', '.join(unknown)}; it takes {', '.join(RETENTION_DAYS)}.")
        if any(days < 0 or days > 36_500 for days in value.values()):
            raise ValueError("RESQ_RETENTION_DAYS takes 0 (for ever) to 36,500 days.")
        if 0 < value["tombstones"] < LEAST_TOMBSTONE_DAYS:
            raise ValueError(f"RESQ_RETENTION_DAYS keeps tombstones {LEAST_TOMBSTONE_DAYS} days or longer (or 0).")
        return value

    @field_validator("cors_origins", "media_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(origin.lower().rstrip("/") for origin in origins)
        for origin in found:
            if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} is not an origin such as https://app.example.org, without a path")
        return found

    @cached_property
    def database_path(self) -> Path:
        return self.data_dir / "resq.sqlite3"

    @cached_property
    def langfuse(self) -> LangfuseAccess | None:
        """None where its keys are not set, or it is switched off."""
        if not (self.langfuse_enabled and self.langfuse_public_key and self.langfuse_secret_key):
            return None
        return LangfuseAccess(
            base_url=self.langfuse_base_url.rstrip("/"),
            public_key=self.langfuse_public_key,
            secret_key=self.langfuse_secret_key.get_secret_value(),
            environment=self.langfuse_environment or self.environment.value,
            release=self.langfuse_release,
            service=self.service_name,
            share=self.langfuse_sample,
            content=self.langfuse_content,
        )

    def check(self) -> None:
        """Raise `Misconfigured` for what must not run, in one line that names the variable."""
        self._check_media()
        self._check_langfuse()
        if self.queue is QueueKind.CELERY and self.redis_url is None:
            raise Misconfigured("RESQ_QUEUE=celery needs REDIS_URL, where jobs wait for the workers.")
        if self.firebase_auth_emulator_host and self.environment is not Environment.DEVELOPMENT:
            raise Misconfigured(
                f"ENVIRONMENT={self.environment} does not run with FIREBASE_AUTH_EMULATOR_HOST: "
                "its tokens are not signed."
            )
        if self.environment is not Environment.PRODUCTION:
            return
        if ANY_ORIGIN in self.cors_origins:
            raise Misconfigured(
                "ENVIRONMENT=production does not run with RESQ_CORS_ORIGINS=*: name the origins of the web clients."
            )
        if self.identity is IdentityKind.LOCAL:
            raise Misconfigured(
                "ENVIRONMENT=production does not run with local accounts: set RESQ_IDENTITY=firebase and "
                "FIREBASE_PROJECT_ID, or ENVIRONMENT=edge for a node that serves its own accounts on purpose."
            )
        if self.fcm_url.startswith("http://"):
            raise Misconfigured("ENVIRONMENT=production does not run with RESQ_FCM_URL without TLS: it is for tests.")
        if self.firestore_emulator_host:
            raise Misconfigured("ENVIRONMENT=production does not run with FIRESTORE_EMULATOR_HOST: it keeps no data.")
        if self.firebase_project_id.startswith("demo-"):
            raise Misconfigured("ENVIRONMENT=production needs FIREBASE_PROJECT_ID, the id of the real project.")
        if "media_hosts" not in self.model_fields_set:
            raise Misconfigured(
                "ENVIRONMENT=production needs RESQ_MEDIA_HOSTS, the hosts that clients keep photos at: "
                "`photos.example.org,*.example.net`, or `*` for every public host."
            )
        if not (self.public_url or "").startswith("https://"):
            raise Misconfigured(
                "ENVIRONMENT=production needs RESQ_PUBLIC_URL, the https address that clients know this API by: "
                "without it the addresses of photos are made of whatever Host header a caller sends."
            )

    def _check_media(self) -> None:
        if self.public_url is not None:
            try:
                canonical(self.public_url)
            except ValueError as error:
                raise Misconfigured(f"RESQ_PUBLIC_URL: {error}") from None
            if "?" in self.public_url or "#" in self.public_url:
                raise Misconfigured("RESQ_PUBLIC_URL is an address without anything after ? or #.")
        for pattern in self.media_hosts:
            if not is_host_pattern(pattern):
                raise Misconfigured(f"RESQ_MEDIA_HOSTS takes hosts, `*.suffix` and `*`, not {pattern!r}.")
        if self.media_bucket is not None and not _BUCKET.fullmatch(self.media_bucket):
            raise Misconfigured("RESQ_MEDIA_BUCKET is the address of a bucket: `s3://name` or `gs://name`.")

    def _check_langfuse(self) -> None:
        keys = {"LANGFUSE_PUBLIC_KEY": self.langfuse_public_key, "LANGFUSE_SECRET_KEY": self.langfuse_secret_key}
        missing = [name for name, key in keys.items() if not key]
        if len(missing) == 1:
            [there] = keys.keys() - set(missing)
            raise Misconfigured(f"{there} is set and {missing[0]} is not: Langfuse takes both, or neither.")
        if (self.langfuse_environment or "").startswith("langfuse"):
            raise Misconfigured("LANGFUSE_TRACING_ENVIRONMENT does not begin with `langfuse`: such names are its own.")
