"""How accounts are protected."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PasswordSettings(BaseModel):
    """The cost of a password's hash (argon2id)."""

    model_config = ConfigDict(frozen=True)

    memory_kib: int = Field(
        default=47_104, ge=8, description="memory that one hash takes; OWASP's first choice is 46 MiB"
    )
    iterations: int = Field(default=1, ge=1, description="passes over that memory")
    concurrency: int = Field(default=2, ge=1, le=64, description="hashes computed at a time; the others wait")
    max_waiting: int = Field(
        default=64, ge=0, description="hashes that wait at most before log-ins are refused as busy"
    )


class ThrottleSettings(BaseModel):
    """How many attempts at logging in or registering are let through before they must wait."""

    model_config = ConfigDict(frozen=True)

    window_s: int = Field(default=900, ge=1, description="how long attempts count")
    account_and_address: int = Field(default=8, ge=1, description="failed log-ins to one account from one address")
    account: int = Field(default=100, ge=1, description="failed log-ins to one account from anywhere")
    address: int = Field(default=60, ge=1, description="failed log-ins from one address to any account")
    registrations: int = Field(default=20, ge=1, description="registrations from one address")


class IdentitySettings(BaseModel):
    """Sessions, keys, passwords and throttles."""

    model_config = ConfigDict(frozen=True)

    session_idle_s: int = Field(default=14 * 86_400, ge=60, description="a session ends when unused for so long")
    session_lifetime_s: int = Field(default=90 * 86_400, ge=60, description="a session ends so long after the log-in")
    max_sessions: int = Field(default=50, ge=1, description="sessions of one user; a further log-in ends the oldest")
    max_keys: int = Field(default=100, ge=1, description="live API keys of one user")
    access_cache_s: float = Field(
        default=5.0, ge=0, description="how long another process may honour a key or session that was revoked here"
    )
    access_cache_entries: int = Field(default=10_000, ge=1, description="credentials remembered in one process")
    last_use_every_s: float = Field(
        default=60.0, ge=0, description="how often a credential's last use is written at most"
    )
    passwords: PasswordSettings = PasswordSettings()
    throttle: ThrottleSettings = ThrottleSettings()
