"""How much the catalog takes and keeps at hand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CatalogSettings(BaseModel):
    """Limits of uploads, and of the bundles kept unpacked on this machine."""

    model_config = ConfigDict(frozen=True)

    max_upload_bytes: int = Field(
        default=2 * 1024**3, ge=1024, description="the largest bundle, packed, that may be uploaded"
    )
    upload_chunk_bytes: int = Field(
        default=8 * 1024**2,
        ge=1024,
        le=64 * 1024**2,
        description="the largest part of an upload that is sent in parts; never more than a request's body may have",
    )
    upload_lifetime_s: int = Field(
        default=24 * 3600, ge=60, description="how long an upload in parts is kept until it is published"
    )
    upload_quota_bytes: int = Field(
        default=6 * 1024**3, ge=1024, description="what the uploads in parts of one user may take together"
    )
    uploads_per_user: int = Field(default=20, ge=1, description="uploads in parts that one user may have at a time")
    upload_sweep_s: float = Field(
        default=600.0, gt=0, description="how often uploads that expired are looked for and deleted"
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
