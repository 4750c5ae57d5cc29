"""The tables of ledger, the function that alone writes transfers, and the triggers that keep them as written."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them."""
    connection = op.get_bind()
    for statement in (TABLES, APPLY, TRIGGERS):
        connection.exec_driver_sql(statement)


TABLES = """
CREATE TABLE accounts (
    id text CONSTRAINT pk_accounts PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_accounts_kind CHECK (kind IN ('wallet', 'earnings', 'platform', 'provider')),
    debits_must_not_exceed_credits boolean NOT NULL,
    debits_pending bigint NOT NULL DEFAULT 0,
    debits_posted bigint NOT NULL DEFAULT 0,
    credits_pending bigint NOT NULL DEFAULT 0,
    credits_posted bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_accounts_not_negative CHECK (
        debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0),
    CONSTRAINT ck_accounts_no_overdraft CHECK (
        NOT debits_must_not_exceed_credits OR debits_pending + debits_posted <= credits_posted)
) WITH (fillfactor = 50);

CREATE SEQUENCE transfer_sequence;

CREATE TABLE transfers (
    id text CONSTRAINT pk_transfers PRIMARY KEY,
    sequence bigint NOT NULL,
    group_key text NOT NULL,
    group_size smallint NOT NULL,
    kind text NOT NULL CONSTRAINT ck_transfers_kind CHECK (kind IN ('direct', 'hold', 'post', 'void')),
    debit_account text NOT NULL,
    credit_account text NOT NULL,
    amount bigint NOT NULL CONSTRAINT ck_transfers_amount CHECK (amount > 0),
    pending_id text,
    code text NOT NULL,
    subject text NOT NULL,
    memo text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_transfers_two_accounts CHECK (debit_account <> credit_account),
    CONSTRAINT ck_transfers_pending_id CHECK ((kind IN ('post', 'void')) = (pending_id IS NOT NULL))
);
CREATE UNIQUE INDEX uq_transfers_pending_id ON transfers (pending_id) WHERE pending_id IS NOT NULL;
CREATE INDEX ix_transfers_debit_account_sequence ON transfers (debit_account, sequence)
    WHERE kind IN ('direct', 'post');
CREATE INDEX ix_transfers_credit_account_sequence ON transfers (credit_account, sequence)
    WHERE kind IN ('direct', 'post');

CREATE TABLE top_ups (
    id text CONSTRAINT pk_top_ups PRIMARY KEY,
    user_id text NOT NULL,
    provider text NOT NULL,
    amount bigint NOT NULL CONSTRAINT ck_top_ups_amount CHECK (amount > 0),
    idempotency_key text NOT NULL,
    status text NOT NULL CONSTRAINT ck_top_ups_status CHECK (status IN ('pending', 'succeeded', 'failed')),
    provider_reference text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT uq_top_ups_user_id_idempotency_key UNIQUE (user_id, idempotency_key)
);
"""

# Parallel arrays: accounts in the order in which everybody locks them; groups; transfers in order, which name their
# group and accounts by place; the holds that are ended, which transfers name by place too (`ends`, `opens`).
#
# The first `deciding` accounts decide what is refused and stay locked from the start. The others (a creator's
# earnings, the platform's fees) only receive: they are locked last, just before the commit, and written once a batch.
#
# The planner's choices are pinned: a plan made while the tables were empty must not scan them when they are large.
APPLY = """
CREATE FUNCTION ledger_apply(
    account_ids text[], account_kinds text[], account_limits boolean[], deciding integer,
    group_keys text[], group_subjects text[], group_memos text[], group_sizes integer[],
    ids text[], places integer[], kinds text[], debits integer[], credits integer[], amounts bigint[],
    codes text[], pending_ids text[], ends integer[], opens integer[], hold_ids text[],
    OUT outcomes text[], OUT funds bigint[]
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    unlimited CONSTANT bigint := 4000000000000000000;
    available bigint[];
    available_before bigint[];
    hold_amounts bigint[];
    hold_amounts_before bigint[];
    hold_debits text[];
    hold_credits text[];
    hold_states text[];
    hold_states_before text[];
    sequences bigint[];
    refusal text;
    first integer := 1;
    i integer;
    h integer;
BEGIN
    INSERT INTO accounts (id, kind, debits_must_not_exceed_credits)
    SELECT n.id, n.kind, n.limited
    FROM unnest(account_ids, account_kinds, account_limits) WITH ORDINALITY n(id, kind, limited, place)
    WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.id = n.id)
    ORDER BY n.place
    ON CONFLICT DO NOTHING;

    SELECT array_agg(locked.available ORDER BY locked.place) INTO available
    FROM (
        SELECT n.place, CASE WHEN a.debits_must_not_exceed_credits
            THEN a.credits_posted - a.debits_posted - a.debits_pending ELSE unlimited END AS available
        FROM unnest(account_ids[1:deciding]) WITH ORDINALITY n(id, place) JOIN accounts a ON a.id = n.id
        ORDER BY n.place FOR NO KEY UPDATE OF a
    ) locked;
    available := available || array_fill(unlimited, ARRAY[cardinality(account_ids) - deciding]);

    -- From here on, whatever concerns the same wallets is either committed and seen, or waits.
    SELECT array_agg(found.outcome ORDER BY found.place) INTO outcomes
    FROM (
        SELECT n.place, CASE
            WHEN count(t.id) = 0 THEN NULL
            WHEN bool_and(t.id IS NOT NULL AND t.group_size = group_sizes[n.place] AND t.kind = n.kind
                AND t.debit_account = account_ids[n.debit] AND t.credit_account = account_ids[n.credit]
                AND t.amount = n.amount AND t.code = n.code AND t.pending_id IS NOT DISTINCT FROM n.pending_id
                AND t.subject = group_subjects[n.place]) THEN 'repeated'
            ELSE 'group_differs' END AS outcome
        FROM unnest(ids, places, kinds, debits, credits, amounts, codes, pending_ids)
            n(id, place, kind, debit, credit, amount, code, pending_id)
        LEFT JOIN transfers t ON t.id = n.id
        GROUP BY n.place
    ) found;

    SELECT array_agg(t.amount ORDER BY n.place), array_agg(t.debit_account ORDER BY n.place),
        array_agg(t.credit_account ORDER BY n.place),
        array_agg(CASE WHEN t.id IS NULL THEN 'unknown' WHEN e.id IS NULL THEN 'open' ELSE 'ended' END ORDER BY n.place)
    INTO hold_amounts, hold_debits, hold_credits, hold_states
    FROM unnest(hold_ids) WITH ORDINALITY n(id, place)
    LEFT JOIN transfers t ON t.id = n.id AND t.kind = 'hold'
    LEFT JOIN transfers e ON e.pending_id = n.id;

    funds := array_fill(NULL::bigint, ARRAY[cardinality(group_keys)]);
    FOR g IN 1 .. cardinality(group_keys) LOOP
        refusal := NULL;
        IF outcomes[g] IS NULL THEN
            available_before := available;
            hold_amounts_before := hold_amounts;
            hold_states_before := hold_states;
            i := first;
            WHILE i < first + group_sizes[g] AND refusal IS NULL LOOP
                IF kinds[i] IN ('direct', 'hold') THEN
                    available[debits[i]] := available[debits[i]] - amounts[i];
                    IF available[debits[i]] < 0 THEN
                        refusal := 'insufficient_funds';
                        funds[g] := available_before[debits[i]];
                    ELSIF kinds[i] = 'direct' THEN
                        available[credits[i]] := available[credits[i]] + amounts[i];
                    ELSIF opens[i] IS NOT NULL THEN
                        h := opens[i];
                        hold_amounts[h] := amounts[i];
                        hold_debits[h] := account_ids[debits[i]];
                        hold_credits[h] := account_ids[credits[i]];
                        hold_states[h] := 'open';
                    END IF;
                ELSE
                    h := ends[i];
                    refusal := CASE
                        WHEN hold_states[h] = 'unknown' THEN 'hold_not_found'
                        WHEN hold_states[h] = 'ended' THEN 'hold_already_ended'
                        WHEN amounts[i] > hold_amounts[h] THEN 'hold_exceeded'
                        WHEN hold_debits[h] <> account_ids[debits[i]] OR hold_credits[h] <> account_ids[credits[i]]
                            OR kinds[i] = 'void' AND amounts[i] <> hold_amounts[h] THEN 'hold_differs' END;
                    IF refusal IS NULL THEN
                        hold_states[h] := 'ended';
                        available[debits[i]] := available[debits[i]] + hold_amounts[h];
                        IF kinds[i] = 'post' THEN
                            available[debits[i]] := available[debits[i]] - amounts[i];
                            available[credits[i]] := available[credits[i]] + amounts[i];
                        END IF;
                    END IF;
                END IF;
                i := i + 1;
            END LOOP;
            IF refusal IS NULL THEN
                outcomes[g] := 'applied';
                sequences[g] := nextval('transfer_sequence');
            ELSE
                outcomes[g] := refusal;
                available := available_before;
                hold_amounts := hold_amounts_before;
                hold_states := hold_states_before;
            END IF;
        END IF;
        first := first + group_sizes[g];
    END LOOP;

    INSERT INTO transfers (id, sequence, group_key, group_size, kind, debit_account, credit_account, amount,
        pending_id, code, subject, memo)
    SELECT n.id, sequences[n.place], group_keys[n.place], group_sizes[n.place], n.kind, account_ids[n.debit],
        account_ids[n.credit], n.amount, n.pending_id, n.code, group_subjects[n.place], group_memos[n.place]
    FROM unnest(ids, places, kinds, debits, credits, amounts, codes, pending_ids)
        n(id, place, kind, debit, credit, amount, code, pending_id)
    WHERE outcomes[n.place] = 'applied';

    PERFORM FROM unnest(account_ids[deciding + 1:]) WITH ORDINALITY n(id, place) JOIN accounts a ON a.id = n.id
    ORDER BY n.place FOR NO KEY UPDATE OF a;

    UPDATE accounts a
    SET debits_pending = a.debits_pending + d.debits_pending, debits_posted = a.debits_posted + d.debits_posted,
        credits_pending = a.credits_pending + d.credits_pending, credits_posted = a.credits_posted + d.credits_posted
    FROM (
        SELECT side.account, sum(side.debits_pending) AS debits_pending, sum(side.debits_posted) AS debits_posted,
            sum(side.credits_pending) AS credits_pending, sum(side.credits_posted) AS credits_posted
        FROM unnest(places, kinds, debits, credits, amounts, ends) n(place, kind, debit, credit, amount, hold)
        CROSS JOIN LATERAL (SELECT
            CASE n.kind WHEN 'direct' THEN 0 WHEN 'hold' THEN n.amount ELSE -hold_amounts[n.hold] END AS pending,
            CASE WHEN n.kind IN ('direct', 'post') THEN n.amount ELSE 0 END AS posted) change
        CROSS JOIN LATERAL (VALUES (n.debit, change.pending, change.posted, 0, 0),
            (n.credit, 0, 0, change.pending, change.posted)
        ) side(account, debits_pending, debits_posted, credits_pending, credits_posted)
        WHERE outcomes[n.place] = 'applied'
        GROUP BY side.account
    ) d
    WHERE a.id = account_ids[d.account];
END $$;
"""

# ENABLE ALWAYS: session_replication_role = replica does not switch them off.
TRIGGERS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
        MESSAGE = TG_OP || ' on ' || TG_TABLE_NAME || ' is refused: the ledger is append-only; write a transfer back';
END $$;

CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER accounts_keep_their_kind BEFORE UPDATE OF id, kind, debits_must_not_exceed_credits ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER accounts_stay BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
ALTER TABLE transfers ENABLE ALWAYS TRIGGER transfers_append_only;
ALTER TABLE accounts ENABLE ALWAYS TRIGGER accounts_keep_their_kind;
ALTER TABLE accounts ENABLE ALWAYS TRIGGER accounts_stay;
"""
