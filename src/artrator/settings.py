"""The one tree of settings, read from the environment once, in the wiring."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from artrator.db.settings import DatabaseSettings
from artrator.http.settings import HttpSettings
from artrator.identity.settings import IdentitySettings

DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused outside development


class Environment(StrEnum):
    """Whether safety may be traded for ease."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Every setting; `ARTRATOR_HTTP__PORT=8001` sets `http.port`."""

    model_config = SettingsConfigDict(env_prefix="ARTRATOR_", env_nested_delimiter="__", frozen=True, extra="ignore")

    environment: Environment = Field(
        default=Environment.PRODUCTION,
        description="development allows default secrets and the sandbox payment provider without a warning",
    )
    home: Path = Field(
        default=Path.home() / ".artrator", description="the folder for the private database, blobs and caches"
    )
    secret_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET), description="signs URLs and sessions; at least 32 random characters"
    )
    database: DatabaseSettings = DatabaseSettings()
    http: HttpSettings = HttpSettings()
    identity: IdentitySettings = IdentitySettings()
