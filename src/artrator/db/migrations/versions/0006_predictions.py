"""The tables of predictions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create them."""
    _create_predictions()
    op.create_table(
        "prediction_keys",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("prediction_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_prediction_keys"),
    )
    op.create_index("ix_prediction_keys_created_at", "prediction_keys", ["created_at"])
    op.create_table(
        "runners",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runners"),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("metadata", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_user_id", "files", ["user_id", "id"])
    op.create_index("ix_files_expires_at", "files", ["expires_at"])
    op.create_table(
        "webhook_secrets",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_webhook_secrets"),
    )


def _create_predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("model_id", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("input", JSONB, nullable=False),
        sa.Column("seeds", JSONB, nullable=False),
        sa.Column("input_files", JSONB, nullable=False),
        sa.Column("output", JSONB),
        sa.Column("error", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("logs", sa.Text, nullable=False, server_default=""),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("fee_permille", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("deadline_at", sa.DateTime(timezone=True)),
        sa.Column("measured", JSONB),
        sa.Column("webhook", sa.Text),
        sa.Column("webhook_events", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("runner", sa.Text),
        sa.Column("settlement", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.CheckConstraint(
            "status IN ('starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted')",
            name="ck_predictions_status_known",
        ),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (status IN ('starting', 'processing'))",
            name="ck_predictions_completed_when_final",
        ),
        sa.CheckConstraint("price >= 0", name="ck_predictions_price_not_negative"),
    )
    op.create_index("ix_predictions_user_id", "predictions", ["user_id", "id"])
    op.create_index(
        "ix_predictions_unfinished",
        "predictions",
        ["runner", "id"],
        postgresql_where=sa.text("completed_at IS NULL"),
    )
