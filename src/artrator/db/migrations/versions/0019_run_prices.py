"""Keep with a model which version it adapts and what its runs cost with that, to list, sort and filter LoRAs by."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns, fill them, and sort by the price of a run."""
    connection = op.get_bind()
    for statement in STATEMENTS.strip().split(";\n"):
        connection.exec_driver_sql(statement)


STATEMENTS = """
ALTER TABLE models ADD COLUMN base_digest text, ADD COLUMN run_price_micros bigint NOT NULL DEFAULT 0;
UPDATE models SET base_digest = v.manifest::json ->> 'base'
FROM versions v WHERE v.model_id = models.id AND v.digest = models.latest_digest;
UPDATE models SET run_price_micros = price_micros + coalesce((
    SELECT base.price_micros FROM models base JOIN versions v ON v.model_id = base.id
    WHERE v.digest = models.base_digest AND v.status = 'passed' AND base.visibility <> 'private'
        AND base.deleted_at IS NULL
    ORDER BY base.visibility = 'public' DESC, base.id LIMIT 1
), 0);
DROP INDEX ix_models_price_micros;
CREATE INDEX ix_models_run_price_micros ON models (run_price_micros, id)
    WHERE visibility = 'public' AND latest_digest IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX ix_models_base_digest ON models (base_digest) WHERE base_digest IS NOT NULL
"""
