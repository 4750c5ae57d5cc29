"""Keep of a run which other models are part of it and of its price: a LoRA's base, the LoRAs beside it."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column, and have runs accepted with it."""
    connection = op.get_bind()
    for statement in (COLUMN, RESERVE):
        connection.exec_driver_sql(
            statement.replace("<ledger's parameters>", LEDGER_PARAMETERS).replace("<pay>", LEDGER_APPLY)
        )


COLUMN = "ALTER TABLE predictions ADD COLUMN parts jsonb NOT NULL DEFAULT '[]'"

LEDGER_PARAMETERS = """account_ids text[], account_kinds text[], account_limits boolean[], deciding integer,
    group_keys text[], group_subjects text[], group_memos text[], group_sizes integer[], ids text[], places integer[],
    kinds text[], debits integer[], credits integer[], amounts bigint[], codes text[], ends integer[],
    opens integer[], hold_ids text[]"""

LEDGER_APPLY = """IF cardinality(group_keys) > 0 THEN
        SELECT paid.outcomes, paid.funds INTO outcomes, funds
        FROM ledger_apply(account_ids, account_kinds, account_limits, deciding, group_keys, group_subjects,
            group_memos, group_sizes, ids, places, kinds, debits, credits, amounts, codes, ends, opens, hold_ids,
            skipped) paid;
    END IF;"""

# runs: the rows, as objects. run_ids: their ids; payments: the place among the ledger's groups of what each holds,
# 0 for a free one. keys: the Idempotency-Keys that come with some of them, in ascending order, or NULL.
#
# lost: the runs whose key was there already; nothing is left of them. A refused run leaves nothing either: it is taken
# back at the end, since money comes last, which locks wallets until the commit.
RESERVE = """
CREATE OR REPLACE FUNCTION predictions_reserve(
    runs json, run_ids text[], payments integer[], keys json,
    <ledger's parameters>,
    OUT lost text[], OUT outcomes text[], OUT funds bigint[]
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    skipped integer[] := '{}';
    refused text[];
BEGIN
    lost := '{}';
    IF keys IS NOT NULL THEN
        WITH given AS (
            SELECT * FROM json_to_recordset(keys)
                k(user_id text, key text, request_hash text, prediction_id text, created_at timestamptz)
        ), claimed AS (
            INSERT INTO prediction_keys (user_id, key, request_hash, prediction_id, created_at)
            SELECT user_id, key, request_hash, prediction_id, created_at FROM given
            ON CONFLICT DO NOTHING RETURNING prediction_id
        )
        SELECT coalesce(array_agg(given.prediction_id), '{}') INTO lost FROM given
        WHERE given.prediction_id NOT IN (SELECT claimed.prediction_id FROM claimed);
        SELECT coalesce(array_agg(n.payment), '{}') INTO skipped FROM unnest(run_ids, payments) n(id, payment)
        WHERE n.id = ANY (lost) AND n.payment > 0;
    END IF;

    INSERT INTO predictions (id, user_id, model_id, owner_id, model, version, status, source, input, seeds,
        input_files, price, parts, fee_permille, created_at, deadline_at, webhook, webhook_events, attempt, runner)
    SELECT r.id, r.user_id, r.model_id, r.owner_id, r.model, r.version, r.status, r.source, r.input, r.seeds,
        r.input_files, r.price, r.parts, r.fee_permille, r.created_at, r.deadline_at, r.webhook, r.webhook_events, r.attempt,
        r.runner
    FROM json_to_recordset(runs) r(id text, user_id text, model_id text, owner_id text, model text, version text,
        status text, source text, input jsonb, seeds jsonb, input_files jsonb, price bigint, parts jsonb, fee_permille integer,
        created_at timestamptz, deadline_at timestamptz, webhook text, webhook_events text[], attempt integer,
        runner text)
    WHERE r.id <> ALL (lost);
    <pay>

    IF NOT outcomes <@ ARRAY['applied', 'repeated', 'skipped'] THEN
        SELECT array_agg(n.id) INTO refused FROM unnest(run_ids, payments) n(id, payment)
        WHERE outcomes[n.payment] NOT IN ('applied', 'repeated', 'skipped');
        DELETE FROM prediction_keys WHERE prediction_id = ANY (refused);
        DELETE FROM predictions WHERE id = ANY (refused);
    END IF;
END $$;
"""
