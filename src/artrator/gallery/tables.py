"""The tables of the showcase and of reports."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from artrator.db.metadata import metadata

showcase_items = Table(
    "showcase_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("place", Integer, nullable=False),  # in the plan of the version, so that no example is rendered twice
    Column("input", JSONB, nullable=False),
    Column("input_files", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", JSONB(none_as_null=True)),
    Column("file", JSONB(none_as_null=True)),
    Column("thumbnails", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("model_id", "digest", "place"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("reporter_id", Text, ForeignKey("users.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text, ForeignKey("users.id")),
    Column("action", Text),
    CheckConstraint("(closed_at IS NULL) = (action IS NULL)", name="closed_by_an_action"),
    CheckConstraint("action IN ('dismiss', 'unlist')", name="action_known"),
    Index("ix_reports_model_id", "model_id"),
    Index(  # somebody who reports a model again adds to the report that is open
        "uq_reports_open", "model_id", "reporter_id", unique=True, postgresql_where=text("closed_at IS NULL")
    ),
)
