"""What people put in the gallery, their likes, and reports of it."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

ITEMS = """
CREATE TABLE gallery_items (
    id text NOT NULL CONSTRAINT pk_gallery_items PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_gallery_items_kind_known CHECK (kind IN ('picture', 'walk')),
    owner_id text NOT NULL CONSTRAINT fk_gallery_items_owner_id_users REFERENCES users (id),
    prediction_id text
        CONSTRAINT fk_gallery_items_prediction_id_predictions REFERENCES predictions (id) ON DELETE CASCADE,
    walk_id text CONSTRAINT fk_gallery_items_walk_id_walks REFERENCES walks (id) ON DELETE CASCADE,
    output text,
    place integer,
    model_id text NOT NULL CONSTRAINT fk_gallery_items_model_id_models REFERENCES models (id),
    digest text NOT NULL,
    title text NOT NULL,
    file jsonb NOT NULL,
    fingerprint text NOT NULL,
    input jsonb,
    walk jsonb,
    likes integer NOT NULL DEFAULT 0 CONSTRAINT ck_gallery_items_likes_not_negative CHECK (likes >= 0),
    created_at timestamptz NOT NULL,
    CONSTRAINT ck_gallery_items_one_source CHECK (
        (kind = 'picture') = (prediction_id IS NOT NULL) AND (kind = 'walk') = (walk_id IS NOT NULL)
    ),
    CONSTRAINT uq_gallery_items_prediction_id_output_place UNIQUE (prediction_id, output, place),
    CONSTRAINT uq_gallery_items_walk_id UNIQUE (walk_id)
);
CREATE INDEX ix_gallery_items_owner_id ON gallery_items (owner_id, id);
CREATE INDEX ix_gallery_items_model_id ON gallery_items (model_id, id);
CREATE INDEX ix_gallery_items_likes ON gallery_items (likes, id)
"""

LIKES = """
CREATE TABLE gallery_likes (
    item_id text NOT NULL CONSTRAINT fk_gallery_likes_item_id_gallery_items REFERENCES gallery_items (id) ON DELETE CASCADE,
    user_id text NOT NULL CONSTRAINT fk_gallery_likes_user_id_users REFERENCES users (id),
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_gallery_likes PRIMARY KEY (item_id, user_id)
);
CREATE INDEX ix_gallery_likes_user_id ON gallery_likes (user_id);
CREATE INDEX ix_gallery_likes_created_at ON gallery_likes (created_at)
"""

HIDDEN = """
CREATE TABLE hidden_works (
    owner_id text NOT NULL CONSTRAINT fk_hidden_works_owner_id_users REFERENCES users (id),
    fingerprint text NOT NULL,
    hidden_at timestamptz NOT NULL,
    hidden_by text NOT NULL CONSTRAINT fk_hidden_works_hidden_by_users REFERENCES users (id),
    CONSTRAINT pk_hidden_works PRIMARY KEY (owner_id, fingerprint)
)
"""

TURNS = """
CREATE TABLE gallery_turns (
    user_id text NOT NULL CONSTRAINT fk_gallery_turns_user_id_users REFERENCES users (id),
    turn text NOT NULL,
    day date NOT NULL,
    number integer NOT NULL,
    CONSTRAINT pk_gallery_turns PRIMARY KEY (user_id, turn)
)
"""

REPORTS = """
ALTER TABLE reports
    ALTER COLUMN model_id DROP NOT NULL,
    ADD COLUMN item_owner_id text CONSTRAINT fk_reports_item_owner_id_users REFERENCES users (id),
    ADD COLUMN item_id text
        CONSTRAINT fk_reports_item_id_gallery_items REFERENCES gallery_items (id) ON DELETE SET NULL,
    DROP CONSTRAINT ck_reports_action_known,
    ADD CONSTRAINT ck_reports_action_known CHECK (action IN ('dismiss', 'unlist', 'hide')),
    ADD CONSTRAINT ck_reports_one_subject CHECK ((model_id IS NULL) <> (item_owner_id IS NULL)),
    ADD CONSTRAINT ck_reports_item_has_an_owner CHECK (item_id IS NULL OR item_owner_id IS NOT NULL);
CREATE INDEX ix_reports_reporter_id ON reports (reporter_id, created_at);
CREATE UNIQUE INDEX uq_reports_open_item ON reports (item_id, reporter_id) WHERE closed_at IS NULL
"""


def upgrade() -> None:
    """Create them."""
    for group in (ITEMS, LIKES, HIDDEN, TURNS, REPORTS):
        for statement in group.split(";"):
            op.execute(statement)
