"""Everything that can be set from outside, in one class; nothing else reads the environment."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    EDGE = "edge"
    PRODUCTION = "production"


class StoreKind(StrEnum):
    SQLITE = "sqlite"
    FIRESTORE = "firestore"


class IdentityKind(StrEnum):
    LOCAL = "local"
    FIREBASE = "firebase"


class Misconfigured(Exception):
    """The settings contradict each other; the message names the variable and what to do."""


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
    firestore_database: str = Field(default="(default)", validation_alias="FIRESTORE_DATABASE")
    firestore_emulator_host: str | None = Field(default=None, validation_alias="FIRESTORE_EMULATOR_HOST")
    firebase_auth_emulator_host: str | None = Field(default=None, validation_alias="FIREBASE_AUTH_EMULATOR_HOST")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    langfuse_secret_key: SecretStr | None = Field(default=None, validation_alias="LANGFUSE_SECRET_KEY")

    host: str = Field(default="127.0.0.1", validation_alias="RESQ_HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="RESQ_PORT")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("http://localhost:3000", "http://127.0.0.1:3000"), validation_alias="RESQ_CORS_ORIGINS"
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, validation_alias="RESQ_MAX_BODY_BYTES")
    public_url: str | None = Field(default=None, validation_alias="RESQ_PUBLIC_URL", pattern=r"^https?://[^/]+$")
    inbound_twilio_token: SecretStr | None = Field(default=None, validation_alias="RESQ_INBOUND_TWILIO_TOKEN")
    inbound_secret: SecretStr | None = Field(default=None, validation_alias="RESQ_INBOUND_SECRET")
    country: str = Field(default="LK", min_length=2, max_length=2, validation_alias="RESQ_COUNTRY")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", validation_alias="RESQ_LOG_LEVEL")
    log_json: bool = Field(default=False, validation_alias="RESQ_LOG_JSON")

    workers: int = Field(default=8, ge=1, le=64, validation_alias="RESQ_WORKERS")
    sweep_seconds: float = Field(default=2.0, gt=0, validation_alias="RESQ_SWEEP_SECONDS")
    stuck_after_seconds: float = Field(default=10.0, gt=0, validation_alias="RESQ_STUCK_AFTER_SECONDS")
    job_attempts: int = Field(default=5, ge=1, validation_alias="RESQ_JOB_ATTEMPTS")
    match_rest_ratio: float = Field(default=1.0, ge=0, validation_alias="RESQ_MATCH_REST_RATIO")
    match_rest_max_seconds: float = Field(default=15.0, ge=0, validation_alias="RESQ_MATCH_REST_MAX_SECONDS")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @cached_property
    def database_path(self) -> Path:
        return self.data_dir / "resq.sqlite3"

    def check(self) -> None:
        """Raise `Misconfigured` for what must not run, in one line that names the variable."""
        if self.environment is not Environment.PRODUCTION:
            return
        if self.identity is IdentityKind.LOCAL:
            raise Misconfigured(
                "ENVIRONMENT=production does not run with local accounts: set RESQ_IDENTITY=firebase and "
                "FIREBASE_PROJECT_ID, or ENVIRONMENT=edge for a node that serves its own accounts on purpose."
            )
        if self.firebase_auth_emulator_host:
            raise Misconfigured(
                "ENVIRONMENT=production does not run with FIREBASE_AUTH_EMULATOR_HOST: its tokens are not signed."
            )
        if self.firestore_emulator_host:
            raise Misconfigured("ENVIRONMENT=production does not run with FIRESTORE_EMULATOR_HOST: it keeps no data.")
        if self.firebase_project_id.startswith("demo-"):
            raise Misconfigured("ENVIRONMENT=production needs FIREBASE_PROJECT_ID, the id of the real project.")
