"""Where the server listens and what it lets in."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

MIB = 1024 * 1024


class RateLimitSettings(BaseModel):
    """Requests per second, and how many may come at once; counted in each process."""

    model_config = ConfigDict(frozen=True)

    caller_per_s: float = Field(default=100, gt=0, description="requests of one account")
    caller_burst: int = Field(default=1000, ge=1, description="requests of one account at once")
    address_per_s: float = Field(default=50, gt=0, description="requests of one address by nobody known")
    address_burst: int = Field(default=500, ge=1, description="requests of one address by nobody known, at once")
    login_per_s: float = Field(default=0.5, gt=0, description="log-ins and registrations of one address")
    login_burst: int = Field(default=20, ge=1, description="log-ins and registrations of one address at once")
    max_entries: int = Field(default=50_000, ge=1, description="accounts and addresses remembered at a time")


class HttpSettings(BaseModel):
    """The listening address, the address that others see, and the limits of a request."""

    model_config = ConfigDict(frozen=True)

    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="the port to listen on; 0 takes a free one")
    public_url: str | None = Field(
        default=None, description="how others reach this server: https://art.example; none means the listening address"
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="further names that requests may be sent to; public_url's, localhost and plain addresses always are",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="networks whose X-Forwarded-For and X-Forwarded-Proto are believed, such as 10.0.0.0/8"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="lets a scraper read /metrics: Authorization: Bearer TOKEN"
    )
    max_body_bytes: int = Field(default=16 * MIB, ge=1024, description="the largest body of a request")
    max_file_bytes: int = Field(default=128 * MIB, ge=1024, description="the largest input file of a known caller")
    max_upload_bytes: int = Field(default=4096 * MIB, ge=1024, description="the largest bundle of a known caller")
    head_timeout_s: float = Field(
        default=20, gt=0, description="how long a new connection may take to send a request's line and headers"
    )
    body_grace_s: float = Field(default=30, gt=0, description="how long a body may take whatever its size")
    body_bytes_per_s: int = Field(
        default=4096, ge=1, description="how fast a body that takes longer has to arrive on average"
    )
    graceful_s: int = Field(default=20, ge=0, description="how long a stopping server lets running requests end")
    rate_limits: RateLimitSettings = RateLimitSettings()

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return None if url is None else url.rstrip("/")
