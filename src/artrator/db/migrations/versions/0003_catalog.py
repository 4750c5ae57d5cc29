"""The tables of catalog."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

MODELS = """
CREATE TABLE models (
    id text NOT NULL CONSTRAINT pk_models PRIMARY KEY,
    owner_id text NOT NULL CONSTRAINT fk_models_owner_id_users REFERENCES users (id),
    name text NOT NULL,
    visibility text NOT NULL
        CONSTRAINT ck_models_visibility_known CHECK (visibility IN ('private', 'unlisted', 'public')),
    wanted_visibility text,
    summary text NOT NULL,
    description text NOT NULL,
    tags text[] NOT NULL,
    pipeline text,
    license text,
    price_micros bigint NOT NULL CONSTRAINT ck_models_price_not_negative CHECK (price_micros >= 0),
    latest_digest text,
    cover_key text,
    run_count bigint NOT NULL DEFAULT 0,
    words tsvector NOT NULL,
    created_at timestamptz NOT NULL,
    listed_at timestamptz NOT NULL,
    deleted_at timestamptz
)
"""

MODEL_INDEXES = """
CREATE UNIQUE INDEX uq_models_owner_id_name ON models (owner_id, name) WHERE deleted_at IS NULL;
CREATE INDEX ix_models_words ON models USING gin (words);
CREATE INDEX ix_models_tags ON models USING gin (tags);
CREATE INDEX ix_models_listed_at ON models (listed_at, id)
    WHERE visibility = 'public' AND latest_digest IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ix_models_run_count ON models (run_count, id)
    WHERE visibility = 'public' AND latest_digest IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ix_models_price_micros ON models (price_micros, id)
    WHERE visibility = 'public' AND latest_digest IS NOT NULL AND deleted_at IS NULL
"""

VERSIONS = """
CREATE TABLE versions (
    model_id text NOT NULL CONSTRAINT fk_versions_model_id_models REFERENCES models (id),
    digest text NOT NULL,
    manifest text NOT NULL,
    status text NOT NULL CONSTRAINT ck_versions_status_known
        CHECK (status IN ('uploaded', 'verifying', 'passed', 'failed', 'awaiting_consent', 'quarantined')),
    batchable boolean NOT NULL DEFAULT false,
    size_bytes bigint NOT NULL,
    created_at timestamptz NOT NULL,
    verified_at timestamptz,
    CONSTRAINT pk_versions PRIMARY KEY (model_id, digest)
);
CREATE INDEX ix_versions_digest ON versions (digest);
CREATE INDEX ix_versions_model_id_created_at ON versions (model_id, created_at, digest)
"""

PRICES = """
CREATE TABLE prices (
    id text NOT NULL CONSTRAINT pk_prices PRIMARY KEY,
    model_id text NOT NULL CONSTRAINT fk_prices_model_id_models REFERENCES models (id),
    amount_micros bigint NOT NULL CONSTRAINT ck_prices_amount_not_negative CHECK (amount_micros >= 0),
    valid_from timestamptz NOT NULL
);
CREATE INDEX ix_prices_model_id ON prices (model_id, id)
"""

COLLECTIONS = """
CREATE TABLE collections (
    slug text NOT NULL CONSTRAINT pk_collections PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE collection_models (
    slug text NOT NULL
        CONSTRAINT fk_collection_models_slug_collections REFERENCES collections (slug) ON DELETE CASCADE,
    model_id text NOT NULL CONSTRAINT fk_collection_models_model_id_models REFERENCES models (id),
    position integer NOT NULL,
    CONSTRAINT pk_collection_models PRIMARY KEY (slug, model_id)
)
"""


def upgrade() -> None:
    """Create them."""
    for group in (MODELS, MODEL_INDEXES, VERSIONS, PRICES, COLLECTIONS):
        for statement in group.split(";"):
            op.execute(statement)
