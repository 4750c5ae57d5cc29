"""The tables of the catalog."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from artrator.db.metadata import metadata

Moment = DateTime(timezone=True)

_LISTED = text("visibility = 'public' AND latest_digest IS NOT NULL AND deleted_at IS NULL")

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner_id", Text, ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("wanted_visibility", Text),
    Column("summary", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("pipeline", Text),
    Column("license", Text),
    Column("price_micros", BigInteger, nullable=False),  # the newest row of `prices`, kept here for lists
    Column("run_price_micros", BigInteger, nullable=False, server_default=text("0")),  # with the base's, of a LoRA
    Column("latest_digest", Text),
    Column("base_digest", Text),  # of the latest version
    Column("cover_key", Text),
    Column("run_count", BigInteger, nullable=False, server_default=text("0")),
    Column("words", TSVECTOR, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("listed_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    CheckConstraint("visibility IN ('private', 'unlisted', 'public')", name="visibility_known"),
    CheckConstraint("price_micros >= 0", name="price_not_negative"),
    Index("uq_models_owner_id_name", "owner_id", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
    Index("ix_models_words", "words", postgresql_using="gin"),
    Index("ix_models_tags", "tags", postgresql_using="gin"),
    Index("ix_models_listed_at", "listed_at", "id", postgresql_where=_LISTED),
    Index("ix_models_run_count", "run_count", "id", postgresql_where=_LISTED),
    Index("ix_models_run_price_micros", "run_price_micros", "id", postgresql_where=_LISTED),
    Index("ix_models_base_digest", "base_digest", postgresql_where=text("base_digest IS NOT NULL")),
)

versions = Table(
    "versions",
    metadata,
    Column("model_id", Text, ForeignKey("models.id"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("manifest", Text, nullable=False),  # JSON as text: jsonb would lose the order of the inputs
    Column("status", Text, nullable=False),
    Column("batchable", Boolean, nullable=False, server_default=text("false")),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("verified_at", Moment),
    CheckConstraint(
        "status IN ('uploaded', 'verifying', 'passed', 'failed', 'awaiting_consent', 'quarantined')",
        name="status_known",
    ),
    Index("ix_versions_digest", "digest"),
    Index("ix_versions_model_id_created_at", "model_id", "created_at", "digest"),
)

prices = Table(  # only ever inserted into
    "prices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("valid_from", Moment, nullable=False),
    CheckConstraint("amount_micros >= 0", name="amount_not_negative"),
    Index("ix_prices_model_id", "model_id", "id"),
)

collections = Table(
    "collections",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

collection_models = Table(
    "collection_models",
    metadata,
    Column("slug", Text, ForeignKey("collections.slug", ondelete="CASCADE"), primary_key=True),
    Column("model_id", Text, ForeignKey("models.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("published_model_id", Text),
    Column("published_digest", Text),  # set with the model: publishing again answers with the same version
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    CheckConstraint("size_bytes > 0", name="size_positive"),
    CheckConstraint("received_bytes BETWEEN 0 AND size_bytes", name="received_bounded"),
    Index("ix_uploads_user_id", "user_id"),
    Index("ix_uploads_expires_at", "expires_at"),
)
"""Uploads that arrive in parts; their bytes lie on the disk of the machine that takes them."""
