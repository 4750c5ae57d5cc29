"""The tables of walks."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

WALKS = """
CREATE TABLE walks (
    id text NOT NULL CONSTRAINT pk_walks PRIMARY KEY,
    user_id text NOT NULL,
    model_id text NOT NULL,
    owner_id text NOT NULL,
    model text NOT NULL,
    version text NOT NULL,
    title text NOT NULL,
    status text NOT NULL CONSTRAINT ck_walks_status_known
        CHECK (status IN ('starting', 'processing', 'succeeded', 'failed', 'canceled')),
    keyframes jsonb NOT NULL,
    shared jsonb NOT NULL,
    frames integer NOT NULL,
    ending text NOT NULL,
    easing text NOT NULL,
    spacing text NOT NULL,
    sharing double precision NOT NULL,
    fps integer NOT NULL,
    frame_price bigint NOT NULL CONSTRAINT ck_walks_frame_price_not_negative CHECK (frame_price >= 0),
    parts jsonb NOT NULL,
    fee_permille integer NOT NULL,
    evaluations_alone integer NOT NULL,
    created_at timestamptz NOT NULL,
    rendered integer NOT NULL,
    evaluations bigint NOT NULL,
    revision bigint NOT NULL,
    evenness double precision,
    attempt integer NOT NULL,
    charged bigint,
    started_at timestamptz,
    completed_at timestamptz,
    error text,
    error_code text,
    settlement text,
    CONSTRAINT ck_walks_completed_when_final
        CHECK ((completed_at IS NULL) = (status IN ('starting', 'processing'))),
    CONSTRAINT ck_walks_charged_when_final CHECK ((completed_at IS NULL) = (charged IS NULL)),
    CONSTRAINT ck_walks_rendered_within_frames CHECK (rendered BETWEEN 0 AND frames)
);
CREATE INDEX ix_walks_user_id ON walks (user_id, id);
CREATE INDEX ix_walks_unfinished ON walks (id) WHERE completed_at IS NULL
"""

KEYS = """
CREATE TABLE walk_keys (
    user_id text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    walk_id text NOT NULL CONSTRAINT fk_walk_keys_walk_id_walks REFERENCES walks (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_walk_keys PRIMARY KEY (user_id, key)
);
CREATE INDEX ix_walk_keys_created_at ON walk_keys (created_at);
CREATE INDEX ix_walk_keys_walk_id ON walk_keys (walk_id)
"""

FRAMES = """
CREATE TABLE walk_frames (
    walk_id text NOT NULL CONSTRAINT fk_walk_frames_walk_id_walks REFERENCES walks (id) ON DELETE CASCADE,
    place double precision NOT NULL,
    file jsonb NOT NULL,
    evaluations integer NOT NULL,
    attempt integer NOT NULL,
    sequence integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    states text,
    distance double precision,
    distance_left double precision,
    distance_right double precision,
    CONSTRAINT pk_walk_frames PRIMARY KEY (walk_id, place)
);
CREATE UNIQUE INDEX uq_walk_frames_walk_id_revision ON walk_frames (walk_id, revision)
"""

FILMS = """
CREATE TABLE walk_films (
    walk_id text NOT NULL CONSTRAINT fk_walk_films_walk_id_walks REFERENCES walks (id) ON DELETE CASCADE,
    format text NOT NULL CONSTRAINT ck_walk_films_format_known
        CHECK (format IN ('webm', 'mp4', 'gif', 'webp', 'zip')),
    order_id text NOT NULL,
    status text NOT NULL CONSTRAINT ck_walk_films_status_known CHECK (status IN ('processing', 'ready', 'failed')),
    fps integer NOT NULL,
    frames integer NOT NULL,
    created_at timestamptz NOT NULL,
    key text,
    size_bytes bigint,
    error text,
    CONSTRAINT pk_walk_films PRIMARY KEY (walk_id, format)
)
"""


def upgrade() -> None:
    """Create them."""
    for statement in (WALKS, KEYS, FRAMES, FILMS):
        op.execute(statement)
