"""Where blobs are kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class StorageSettings(BaseModel):
    """A folder, or a bucket that speaks S3."""

    model_config = ConfigDict(frozen=True)

    url: str | None = Field(
        default=None, description="s3://bucket/prefix, or the path of a folder; none means `blobs` in the home folder"
    )
    s3_endpoint: str | None = Field(
        default=None, description="the address of an S3-compatible service; none means Amazon's own"
    )
    s3_region: str = Field(default="us-east-1", description="the bucket's region")
    s3_access_key_id: SecretStr | None = Field(
        default=None, description="the access key; none takes AWS_ACCESS_KEY_ID or the machine's role"
    )
    s3_secret_access_key: SecretStr | None = Field(default=None, description="the secret that goes with the access key")
    link_lifetime_s: int = Field(
        default=24 * 3600, ge=60, le=7 * 24 * 3600, description="how long a signed link to a blob is good for"
    )
