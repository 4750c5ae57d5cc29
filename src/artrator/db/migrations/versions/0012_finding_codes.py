"""Codes and facts of findings, so that a page can say them in another language."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add them."""
    op.execute("""
        ALTER TABLE verification_findings
            ADD COLUMN code text NOT NULL DEFAULT '',
            ADD COLUMN facts jsonb NOT NULL DEFAULT '{}',
            ADD COLUMN details jsonb NOT NULL DEFAULT '[]'
    """)
