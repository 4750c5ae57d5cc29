"""Write runs once, when they end, and pay for them outright: what is set aside for them, and the one statement of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "allotments",
        sa.Column("runner", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("runner", "user_id", name="pk_allotments"),
    )
    op.create_index("ix_allotments_user_id", "allotments", ["user_id"])
    op.get_bind().exec_driver_sql(FINISH)


# runs: whole rows, as objects. A row that is there already was written by this very statement, whose answer was lost.
# The ledger refuses where a wallet has nothing left but what is set aside; then nothing is done, and the caller learns
# which groups they are.
FINISH = """
CREATE FUNCTION predictions_finish(
    runs json,
    account_ids text[], account_kinds text[], account_limits boolean[], deciding integer,
    group_keys text[], group_subjects text[], group_memos text[], group_sizes integer[], ids text[], places integer[],
    kinds text[], debits integer[], credits integer[], amounts bigint[], codes text[], ends integer[],
    opens integer[], hold_ids text[], items text[],
    OUT outcomes text[], OUT funds bigint[]
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    INSERT INTO predictions (id, user_id, model_id, owner_id, model, version, status, source, input, seeds,
        input_files, output, error, error_code, logs, price, parts, fee_permille, created_at, started_at,
        completed_at, measured, webhook_events, attempt, settlement)
    SELECT r.id, r.user_id, r.model_id, r.owner_id, r.model, r.version, r.status, r.source, r.input, r.seeds,
        '{}', r.output, r.error, r.error_code, r.logs, r.price, r.parts, r.fee_permille, r.created_at, r.started_at,
        r.completed_at, r.measured, '{}', r.attempt, r.settlement
    FROM json_to_recordset(runs) r(id text, user_id text, model_id text, owner_id text, model text, version text,
        status text, source text, input jsonb, seeds jsonb, output jsonb, error text, error_code text, logs text,
        price bigint, parts jsonb, fee_permille integer, created_at timestamptz, started_at timestamptz,
        completed_at timestamptz, measured jsonb, attempt integer, settlement text)
    ON CONFLICT (id) DO NOTHING;
    IF cardinality(group_keys) > 0 THEN
        SELECT paid.outcomes, paid.funds INTO outcomes, funds
        FROM ledger_apply(account_ids, account_kinds, account_limits, deciding, group_keys, group_subjects,
            group_memos, group_sizes, ids, places, kinds, debits, credits, amounts, codes, ends, opens, hold_ids,
            items, '{}') paid;
    END IF;
    IF NOT outcomes <@ ARRAY['applied', 'repeated'] THEN
        RAISE EXCEPTION USING ERRCODE = 'LR001', MESSAGE = 'the ledger refused to pay for a run',
            DETAIL = json_build_array(outcomes, funds);
    END IF;
END $$;
"""
