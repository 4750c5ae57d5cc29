"""The tables of the job queue, as the installed queue library defines them."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
