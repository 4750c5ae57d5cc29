"""The tables of the gallery."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

SHOWCASE_ITEMS = """
CREATE TABLE showcase_items (
    id text NOT NULL CONSTRAINT pk_showcase_items PRIMARY KEY,
    model_id text NOT NULL CONSTRAINT fk_showcase_items_model_id_models REFERENCES models (id),
    digest text NOT NULL,
    place integer NOT NULL,
    input jsonb NOT NULL,
    input_files jsonb NOT NULL,
    kind text NOT NULL,
    value jsonb,
    file jsonb,
    thumbnails jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT uq_showcase_items_model_id_digest_place UNIQUE (model_id, digest, place)
)
"""

REPORTS = """
CREATE TABLE reports (
    id text NOT NULL CONSTRAINT pk_reports PRIMARY KEY,
    model_id text NOT NULL CONSTRAINT fk_reports_model_id_models REFERENCES models (id),
    reporter_id text NOT NULL CONSTRAINT fk_reports_reporter_id_users REFERENCES users (id),
    reason text NOT NULL,
    details text NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text CONSTRAINT fk_reports_closed_by_users REFERENCES users (id),
    action text CONSTRAINT ck_reports_action_known CHECK (action IN ('dismiss', 'unlist')),
    CONSTRAINT ck_reports_closed_by_an_action CHECK ((closed_at IS NULL) = (action IS NULL))
);
CREATE INDEX ix_reports_model_id ON reports (model_id);
CREATE UNIQUE INDEX uq_reports_open ON reports (model_id, reporter_id) WHERE closed_at IS NULL
"""


def upgrade() -> None:
    """Create them."""
    op.execute(SHOWCASE_ITEMS)
    op.execute(REPORTS)
