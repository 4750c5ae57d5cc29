"""Uploads in parts, profiles, retired handles, and an index for the figures of creators."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

UPLOADS = """
CREATE TABLE uploads (
    id text NOT NULL CONSTRAINT pk_uploads PRIMARY KEY,
    user_id text NOT NULL CONSTRAINT fk_uploads_user_id_users REFERENCES users (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL CONSTRAINT ck_uploads_size_positive CHECK (size_bytes > 0),
    received_bytes bigint NOT NULL DEFAULT 0,
    published_model_id text,
    published_digest text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT ck_uploads_received_bounded CHECK (received_bytes BETWEEN 0 AND size_bytes)
);
CREATE INDEX ix_uploads_user_id ON uploads (user_id);
CREATE INDEX ix_uploads_expires_at ON uploads (expires_at)
"""

PROFILES = """
CREATE TABLE profiles (
    user_id text NOT NULL CONSTRAINT pk_profiles PRIMARY KEY
        CONSTRAINT fk_profiles_user_id_users REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL DEFAULT '',
    bio text NOT NULL DEFAULT '',
    language text CONSTRAINT ck_profiles_language_known CHECK (language IN ('en', 'ko')),
    theme text NOT NULL DEFAULT 'auto' CONSTRAINT ck_profiles_theme_known CHECK (theme IN ('light', 'dark', 'auto')),
    notifications jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE retired_handles (
    handle_hash bytea NOT NULL CONSTRAINT pk_retired_handles PRIMARY KEY,
    retired_at timestamptz NOT NULL
)
"""

PREDICTIONS = """
CREATE INDEX ix_predictions_owner_id_created_at ON predictions (owner_id, created_at);
CREATE INDEX ix_predictions_created_at ON predictions (created_at)
"""


def upgrade() -> None:
    """Create them."""
    for group in (UPLOADS, PROFILES, PREDICTIONS):
        for statement in group.split(";"):
            op.execute(statement)
