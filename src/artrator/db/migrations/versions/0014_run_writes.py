"""Accept runs and settle them, each many at once in one statement: the row, the money and the news of it together."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create them."""
    connection = op.get_bind()
    for statement in (INDEXES, RESERVE, SETTLE):
        connection.exec_driver_sql(
            statement.replace("<ledger's parameters>", LEDGER_PARAMETERS).replace("<pay>", LEDGER_APPLY)
        )


# Keys are deleted by their run. When a run was asked for is in its id: an index on the moment costs each run twice.
INDEXES = """
CREATE INDEX ix_prediction_keys_prediction_id ON prediction_keys (prediction_id);
DROP INDEX ix_predictions_created_at;
"""

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
CREATE FUNCTION predictions_reserve(
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
        input_files, price, fee_permille, created_at, deadline_at, webhook, webhook_events, attempt, runner)
    SELECT r.id, r.user_id, r.model_id, r.owner_id, r.model, r.version, r.status, r.source, r.input, r.seeds,
        r.input_files, r.price, r.fee_permille, r.created_at, r.deadline_at, r.webhook, r.webhook_events, r.attempt,
        r.runner
    FROM json_to_recordset(runs) r(id text, user_id text, model_id text, owner_id text, model text, version text,
        status text, source text, input jsonb, seeds jsonb, input_files jsonb, price bigint, fee_permille integer,
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

# closings: the last states, as objects in ascending order of their runs' ids, so that all lock in one order; each
# names its place and who must hold the lease (attempt, runner; no attempt is anybody). payments: as above. told: the
# places whose rows are given back in any case. forgotten: those whose keys may be used again.
#
# One CASE for whether a run is still open and whose it is: a condition on the row alone would have the planner look at
# all unfinished runs, or, by a plan that was made while the table was empty, at all there are.
#
# states: closed, kept (it ended before, or the lease is another's) or missing. Others hear of it after the commit only,
# and only where there are others beside this runner: a notification costs a tenth of the whole.
# The ledger has no reason to refuse; where it does all the same, nothing is done and the caller learns which they are.
SETTLE = """
CREATE FUNCTION predictions_settle(
    closings json, run_ids text[], payments integer[], told integer[], forgotten integer[], runner text,
    channel text, messages text[],
    <ledger's parameters>,
    OUT states text[], OUT rows json
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    skipped integer[] := '{}';
    closed integer[];
    outcomes text[];
    funds bigint[];
BEGIN
    WITH closed AS (
        UPDATE predictions p
        SET status = c.status, output = c.output, error = c.error, error_code = c.error_code,
            logs = coalesce(c.logs, p.logs), started_at = coalesce(c.started_at, p.started_at),
            completed_at = c.completed_at, measured = c.measured, settlement = c.settlement, runner = NULL
        FROM json_to_recordset(closings) c(place integer, id text, attempt integer, runner text, status text,
            output jsonb, error text, error_code text, logs text, started_at timestamptz, completed_at timestamptz,
            measured jsonb, settlement text)
        WHERE p.id = c.id AND CASE WHEN p.completed_at IS NOT NULL THEN false WHEN c.attempt IS NULL THEN true
            ELSE p.attempt = c.attempt AND p.runner IS NOT DISTINCT FROM c.runner END
        RETURNING c.place
    )
    SELECT coalesce(array_agg(place), '{}') INTO closed FROM closed;
    states := array_fill('closed'::text, ARRAY[cardinality(run_ids)]);
    IF cardinality(closed) < cardinality(run_ids) THEN
        SELECT array_agg(CASE WHEN n.place = ANY (closed) THEN 'closed' WHEN p.id IS NULL THEN 'missing' ELSE 'kept' END
            ORDER BY n.place),
            coalesce(array_agg(n.payment) FILTER (WHERE n.payment > 0 AND n.place <> ALL (closed)), '{}')
        INTO states, skipped
        FROM unnest(run_ids, payments) WITH ORDINALITY n(id, payment, place) LEFT JOIN predictions p ON p.id = n.id;
    END IF;
    IF cardinality(closed) > 0 AND EXISTS (SELECT FROM runners WHERE id <> runner) THEN
        PERFORM pg_notify(channel, message) FROM unnest(messages) message;
    END IF;
    <pay>

    IF NOT outcomes <@ ARRAY['applied', 'repeated', 'skipped'] THEN
        RAISE EXCEPTION USING ERRCODE = 'LR001', MESSAGE = 'the ledger refused to end a run',
            DETAIL = array_to_json(outcomes);
    END IF;
    IF cardinality(forgotten) > 0 THEN
        DELETE FROM prediction_keys
        WHERE prediction_id IN (SELECT run_ids[place] FROM unnest(forgotten) place WHERE states[place] = 'closed');
    END IF;
    IF cardinality(told) > 0 OR 'kept' = ANY (states) THEN
        SELECT json_agg(p) INTO rows FROM predictions p
        WHERE p.id = ANY (ARRAY(SELECT n.id FROM unnest(run_ids) WITH ORDINALITY n(id, place)
            WHERE n.place = ANY (told) OR states[n.place] = 'kept'));
    END IF;
END $$;
"""
