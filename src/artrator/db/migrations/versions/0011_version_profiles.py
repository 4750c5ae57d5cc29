"""What the graphs of a version do on a device."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0008"

PROFILES = """
CREATE TABLE version_profiles (
    digest text NOT NULL,
    runtime text NOT NULL,
    device text NOT NULL,
    graphs jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_version_profiles PRIMARY KEY (digest, runtime, device)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(PROFILES)
