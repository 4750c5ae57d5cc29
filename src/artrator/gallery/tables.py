"""The tables of the showcase, of what people put in the gallery, and of reports."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
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

gallery_items = Table(
    "gallery_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner_id", Text, ForeignKey("users.id"), nullable=False),
    # with what it was made of an item goes too, whoever deletes that, in the same transaction
    Column("prediction_id", Text, ForeignKey("predictions.id", ondelete="CASCADE")),
    Column("walk_id", Text, ForeignKey("walks.id", ondelete="CASCADE")),
    Column("output", Text),
    Column("place", Integer),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("file", JSONB, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("input", JSONB(none_as_null=True)),  # none where the owner keeps it: what is not shown is not here
    Column("walk", JSONB(none_as_null=True)),
    Column("likes", Integer, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('picture', 'walk')", name="kind_known"),
    CheckConstraint(
        "(kind = 'picture') = (prediction_id IS NOT NULL) AND (kind = 'walk') = (walk_id IS NOT NULL)",
        name="one_source",
    ),
    CheckConstraint("likes >= 0", name="likes_not_negative"),
    UniqueConstraint("prediction_id", "output", "place"),
    UniqueConstraint("walk_id"),
    Index("ix_gallery_items_owner_id", "owner_id", "id"),
    Index("ix_gallery_items_model_id", "model_id", "id"),
    Index("ix_gallery_items_likes", "likes", "id"),
)

gallery_likes = Table(
    "gallery_likes",
    metadata,
    Column("item_id", Text, ForeignKey("gallery_items.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("item_id", "user_id"),
    Index("ix_gallery_likes_user_id", "user_id"),
    Index("ix_gallery_likes_created_at", "created_at"),  # a list that goes on leaves out what came since it began
)

hidden_works = Table(  # outlives the item: what was taken down is not put up again by its owner
    "hidden_works",
    metadata,
    Column("owner_id", Text, ForeignKey("users.id"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("hidden_at", DateTime(timezone=True), nullable=False),
    Column("hidden_by", Text, ForeignKey("users.id"), nullable=False),
    PrimaryKeyConstraint("owner_id", "fingerprint"),
)

gallery_turns = Table(
    "gallery_turns",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("turn", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("user_id", "turn"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model_id", Text, ForeignKey("models.id")),  # of a model alone
    Column("item_owner_id", Text, ForeignKey("users.id")),  # of an item alone; it outlives the item
    Column("item_id", Text, ForeignKey("gallery_items.id", ondelete="SET NULL")),
    Column("reporter_id", Text, ForeignKey("users.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text, ForeignKey("users.id")),
    Column("action", Text),
    CheckConstraint("(closed_at IS NULL) = (action IS NULL)", name="closed_by_an_action"),
    CheckConstraint("action IN ('dismiss', 'unlist', 'hide')", name="action_known"),
    CheckConstraint("(model_id IS NULL) <> (item_owner_id IS NULL)", name="one_subject"),
    CheckConstraint("item_id IS NULL OR item_owner_id IS NOT NULL", name="item_has_an_owner"),
    Index("ix_reports_model_id", "model_id"),
    Index("ix_reports_reporter_id", "reporter_id", "created_at"),
    Index(  # somebody who reports a model again adds to the report that is open
        "uq_reports_open", "model_id", "reporter_id", unique=True, postgresql_where=text("closed_at IS NULL")
    ),
    Index("uq_reports_open_item", "item_id", "reporter_id", unique=True, postgresql_where=text("closed_at IS NULL")),
)
