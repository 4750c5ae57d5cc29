"""The tables of verification."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, ForeignKeyConstraint, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from artrator.db.metadata import metadata

Moment = DateTime(timezone=True)

findings = Table(
    "verification_findings",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("check_name", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),  # "" of what was found before there were codes
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("reason", Text, nullable=False),
    Column("what_to_do", Text, nullable=False),
    Column("details", JSONB, nullable=False, server_default="[]"),
    Column("measured", JSONB, nullable=False),
    Column("runtime", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    ForeignKeyConstraint(["model_id", "digest"], ["versions.model_id", "versions.digest"], name="fk_findings_version"),
    CheckConstraint("verdict IN ('passed', 'failed', 'warned', 'skipped')", name="verdict_known"),
    Index("ix_verification_findings_runtime", "runtime"),
)

consents = Table(  # an operator's word that a version may be loaded although the sandbox lacks a protection
    "verification_consents",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("operator_id", Text, ForeignKey("users.id"), nullable=False),
    Column("consented_at", Moment, nullable=False),
    ForeignKeyConstraint(["model_id", "digest"], ["versions.model_id", "versions.digest"], name="fk_consents_version"),
)

version_profiles = Table(  # of a bundle, whoever published it: what its graphs do is the same for all
    "version_profiles",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("runtime", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("graphs", JSONB, nullable=False),
    Column("made_at", Moment, nullable=False),
)
