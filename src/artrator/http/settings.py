"""Where the server listens and what it lets in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class HttpSettings(BaseModel):
    """The listening address and the address that others see."""

    model_config = ConfigDict(frozen=True)

    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="the port to listen on; 0 takes a free one")
    public_url: str | None = Field(
        default=None, description="how others reach this server: https://art.example; none means the listening address"
    )
