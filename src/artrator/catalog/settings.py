"""How much the catalog takes and keeps at hand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CatalogSettings(BaseModel):
    """Limits of uploads, and of the bundles kept unpacked on this machine."""

    model_config = ConfigDict(frozen=True)

    max_upload_bytes: int = Field(
        default=2 * 1024**3, ge=1024, description="the largest bundle, packed, that may be uploaded"
    )
    max_unpacked_bytes: int = Field(
        default=4 * 1024**3 - 1, ge=1024, description="the largest that a bundle may unpack to"
    )
    bundle_cache_bytes: int = Field(
        default=8 * 1024**3, ge=1024, description="unpacked bundles that stay on this machine's disk"
    )
    resolve_ttl_s: float = Field(
        default=5.0, ge=0, le=3600, description="how long a version's price and status are remembered at most"
    )
