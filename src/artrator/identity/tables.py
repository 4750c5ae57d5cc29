"""The tables of identity."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from artrator.db.metadata import metadata

Moment = DateTime(timezone=True)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False, unique=True),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{user}'")),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    CheckConstraint("roles <@ ARRAY['user', 'creator', 'operator']", name="roles_known"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("provider", Text, primary_key=True),  # `password` now; a login provider's name later
    Column("subject", Text, primary_key=True),  # the user's id for `password`; the provider's name for the person
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("secret", Text),  # the password's argon2id hash; none for providers that keep their own
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_credentials_user_id", "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
    Index("ix_api_keys_user_id", "user_id"),
)

attempts = Table(
    "login_attempts",
    metadata,
    Column("subject", Text, primary_key=True),  # a hash, so that the table names neither people nor addresses
    Column("attempts", Integer, nullable=False),
    Column("window_ends_at", Moment, nullable=False),
    Index("ix_login_attempts_window_ends_at", "window_ends_at"),
)

profiles = Table(
    "profiles",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("bio", Text, nullable=False, server_default=text("''")),
    Column("language", Text),  # none follows the browser
    Column("theme", Text, nullable=False, server_default=text("'auto'")),
    Column("notifications", JSONB, nullable=False, server_default=text("'{}'")),
    CheckConstraint("language IN ('en', 'ko')", name="language_known"),
    CheckConstraint("theme IN ('light', 'dark', 'auto')", name="theme_known"),
)

retired_handles = Table(  # of deleted accounts, hashed: nobody takes one to pass for who had it
    "retired_handles",
    metadata,
    Column("handle_hash", LargeBinary, primary_key=True),
    Column("retired_at", Moment, nullable=False),
)
