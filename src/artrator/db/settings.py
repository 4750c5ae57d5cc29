"""Where the database is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

URL_PREFIXES = ("postgresql+psycopg://", "postgresql://", "postgres://")


class DatabaseSettings(BaseModel):
    """PostgreSQL: a DSN, or none for the private server in the home folder."""

    model_config = ConfigDict(frozen=True)

    url: SecretStr | None = Field(
        default=None, description="postgresql://user:password@host/name; none starts a private server"
    )
    pool_size: int = Field(default=10, ge=2, le=200, description="connections that one process keeps open at most")

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(URL_PREFIXES):
            raise ValueError("it begins with postgresql://")
        return url


class JobSettings(BaseModel):
    """The durable queue's workers in one process."""

    model_config = ConfigDict(frozen=True)

    concurrency: int = Field(default=8, ge=1, le=256, description="jobs that one process runs at once")
    graceful_s: float = Field(default=15.0, ge=0, description="how long a stopping process lets its jobs end")
