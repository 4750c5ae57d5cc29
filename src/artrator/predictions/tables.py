"""The tables of runs, of the processes that run them, of uploaded files and of webhook secrets."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from artrator.db.metadata import metadata

# no foreign keys: an insert would lock rows of users and models that every other run of them needs too
predictions = Table(
    "predictions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("input", JSONB, nullable=False),
    Column("seeds", JSONB, nullable=False),
    Column("input_files", JSONB, nullable=False),
    Column("output", JSONB(none_as_null=True)),
    Column("error", Text),
    Column("error_code", Text),
    Column("logs", Text, nullable=False, server_default=""),
    Column("price", BigInteger, nullable=False),
    Column("parts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("fee_permille", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("deadline_at", DateTime(timezone=True)),
    Column("measured", JSONB(none_as_null=True)),
    Column("webhook", Text),
    Column("webhook_events", ARRAY(Text), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("runner", Text),
    Column("settlement", Text),
    CheckConstraint(
        "status IN ('starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted')", name="status_known"
    ),
    CheckConstraint("(completed_at IS NULL) = (status IN ('starting', 'processing'))", name="completed_when_final"),
    CheckConstraint("price >= 0", name="price_not_negative"),
    Index("ix_predictions_user_id", "user_id", "id"),
    Index("ix_predictions_owner_id_created_at", "owner_id", "created_at"),
    Index("ix_predictions_unfinished", "runner", "id", postgresql_where=text("completed_at IS NULL")),
)

prediction_keys = Table(
    "prediction_keys",
    metadata,
    Column("user_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("prediction_id", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("user_id", "key"),
    Index("ix_prediction_keys_created_at", "created_at"),
    Index("ix_prediction_keys_prediction_id", "prediction_id"),
)
"""The Idempotency-Key of a create, with the hash of what it asked for."""

runners = Table(
    "runners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("heartbeat_at", DateTime(timezone=True), nullable=False),
)
"""The processes that run predictions; one whose heartbeat is old has lost its runs."""

allotments = Table(
    "allotments",
    metadata,
    Column("runner", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("runner", "user_id"),
    Index("ix_allotments_user_id", "user_id"),
)
"""What a process has set aside of a wallet for runs that it writes only when they end (`allotments.py`)."""

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_files_user_id", "user_id", "id"),
    Index("ix_files_expires_at", "expires_at"),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("secret", Text, nullable=False),
)
