"""The ledger's one writer with fewer statements: what PostgreSQL itself starts for each statement cost most of it."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Replace the function."""
    connection = op.get_bind()
    for statement in (DROP, SEQUENCE, APPLY):
        connection.exec_driver_sql(statement)


DROP = """
DROP FUNCTION ledger_apply(text[], text[], boolean[], integer, text[], text[], text[], integer[], text[], integer[],
    text[], integer[], integer[], bigint[], text[], text[], integer[], integer[], text[])
"""

# A number of this sequence begins a block, out of which one batch numbers its groups; gaps were always allowed.
SEQUENCE = "ALTER SEQUENCE transfer_sequence INCREMENT BY 1024"

# Parallel arrays: accounts in the order in which everybody locks them; groups; transfers in order, which name their
# group and accounts by place; the holds that are ended, in ascending order, which transfers name by place too (`ends`
# by those that end them, `opens` by those that make them in this very batch; 0 is none). Groups whose place is in
# `skipped` are left alone.
#
# The first `deciding` accounts decide what is refused and stay locked from the start. The others (a creator's
# earnings, the platform's fees) only receive: they are locked last, just before the commit, and written once a batch.
#
# One at a time is cheap for reads and locks; for writes it is not, since PostgreSQL reads a table's CHECK constraints
# anew in each statement. What is rare (a key used before, a hold that is not open) has a statement of its own, which
# is not run otherwise.
#
# The planner's choices are pinned: a plan made while the tables were empty must not scan them when they are large.
APPLY = """
CREATE FUNCTION ledger_apply(
    account_ids text[], account_kinds text[], account_limits boolean[], deciding integer,
    group_keys text[], group_subjects text[], group_memos text[], group_sizes integer[], ids text[], places integer[],
    kinds text[], debits integer[], credits integer[], amounts bigint[], codes text[], ends integer[],
    opens integer[], hold_ids text[], skipped integer[],
    OUT outcomes text[], OUT funds bigint[]
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    unlimited CONSTANT bigint := 4000000000000000000;
    sequences_at_once CONSTANT integer := 1024;
    zeros CONSTANT bigint[] := array_fill(0::bigint, ARRAY[cardinality(account_ids)]);
    debits_pending_change bigint[] := zeros;
    debits_posted_change bigint[] := zeros;
    credits_pending_change bigint[] := zeros;
    credits_posted_change bigint[] := zeros;
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
    found_available bigint;
    number bigint;
    numbers_left integer := 0;
    first integer := 1;
    d integer;
    c integer;
    h integer;
    i integer;
BEGIN
    available := array_fill(unlimited, ARRAY[cardinality(account_ids)]);
    FOR a IN 1 .. deciding LOOP
        LOOP
            SELECT CASE WHEN debits_must_not_exceed_credits THEN credits_posted - debits_posted - debits_pending
                ELSE unlimited END
            INTO found_available FROM accounts WHERE id = account_ids[a] FOR NO KEY UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO accounts (id, kind, debits_must_not_exceed_credits)
            VALUES (account_ids[a], account_kinds[a], account_limits[a]) ON CONFLICT DO NOTHING;
        END LOOP;
        available[a] := found_available;
    END LOOP;

    -- From here on, whatever concerns the same wallets is either committed and seen, or waits.
    outcomes := array_fill(NULL::text, ARRAY[cardinality(group_keys)]);
    IF EXISTS (SELECT FROM transfers t WHERE t.id = ANY (ids)) THEN
        SELECT array_agg(found.outcome ORDER BY found.place) INTO outcomes
        FROM (
            SELECT n.place, CASE
                WHEN count(t.id) = 0 THEN NULL
                WHEN bool_and(t.id IS NOT NULL AND t.group_size = group_sizes[n.place] AND t.kind = kinds[n.i]
                    AND t.debit_account = account_ids[debits[n.i]] AND t.credit_account = account_ids[credits[n.i]]
                    AND t.amount = amounts[n.i] AND t.code = codes[n.i]
                    AND t.pending_id IS NOT DISTINCT FROM hold_ids[ends[n.i]]
                    AND t.subject = group_subjects[n.place]) THEN 'repeated'
                ELSE 'group_differs' END AS outcome
            FROM unnest(ids, places) WITH ORDINALITY n(id, place, i) LEFT JOIN transfers t ON t.id = n.id
            GROUP BY n.place
        ) found;
    END IF;
    FOR s IN 1 .. cardinality(skipped) LOOP
        outcomes[skipped[s]] := 'skipped';
    END LOOP;

    IF cardinality(hold_ids) > 0 THEN
        SELECT array_agg(t.amount), array_agg(t.debit_account), array_agg(t.credit_account),
            array_fill('open'::text, ARRAY[cardinality(hold_ids)])
        INTO hold_amounts, hold_debits, hold_credits, hold_states
        FROM (SELECT * FROM transfers WHERE id = ANY (hold_ids) AND kind = 'hold' ORDER BY id COLLATE "C") t;
        IF cardinality(hold_amounts) IS DISTINCT FROM cardinality(hold_ids)
                OR EXISTS (SELECT FROM transfers WHERE pending_id = ANY (hold_ids)) THEN
            SELECT array_agg(t.amount ORDER BY n.place), array_agg(t.debit_account ORDER BY n.place),
                array_agg(t.credit_account ORDER BY n.place), array_agg(CASE WHEN t.id IS NULL THEN 'unknown'
                    WHEN e.id IS NULL THEN 'open' ELSE 'ended' END ORDER BY n.place)
            INTO hold_amounts, hold_debits, hold_credits, hold_states
            FROM unnest(hold_ids) WITH ORDINALITY n(id, place)
            LEFT JOIN transfers t ON t.id = n.id AND t.kind = 'hold'
            LEFT JOIN transfers e ON e.pending_id = n.id;
        END IF;
    END IF;

    funds := array_fill(NULL::bigint, ARRAY[cardinality(group_keys)]);
    FOR g IN 1 .. cardinality(group_keys) LOOP
        IF outcomes[g] IS NULL THEN
            refusal := NULL;
            available_before := available;
            hold_amounts_before := hold_amounts;
            hold_states_before := hold_states;
            i := first;
            WHILE i < first + group_sizes[g] AND refusal IS NULL LOOP
                d := debits[i];
                c := credits[i];
                h := ends[i];
                IF h = 0 THEN
                    available[d] := available[d] - amounts[i];
                    IF available[d] < 0 THEN
                        refusal := 'insufficient_funds';
                        funds[g] := available_before[d];
                    ELSIF kinds[i] = 'direct' THEN
                        available[c] := available[c] + amounts[i];
                    ELSIF opens[i] > 0 THEN
                        h := opens[i];
                        hold_amounts[h] := amounts[i];
                        hold_debits[h] := account_ids[d];
                        hold_credits[h] := account_ids[c];
                        hold_states[h] := 'open';
                    END IF;
                ELSE
                    IF hold_states[h] <> 'open' THEN
                        refusal := CASE hold_states[h] WHEN 'ended' THEN 'hold_already_ended' ELSE 'hold_not_found' END;
                    ELSIF amounts[i] > hold_amounts[h] THEN
                        refusal := 'hold_exceeded';
                    ELSIF hold_debits[h] <> account_ids[d] OR hold_credits[h] <> account_ids[c]
                            OR kinds[i] = 'void' AND amounts[i] <> hold_amounts[h] THEN
                        refusal := 'hold_differs';
                    ELSE
                        hold_states[h] := 'ended';
                        available[d] := available[d] + hold_amounts[h];
                        IF kinds[i] = 'post' THEN
                            available[d] := available[d] - amounts[i];
                            available[c] := available[c] + amounts[i];
                        END IF;
                    END IF;
                END IF;
                i := i + 1;
            END LOOP;
            IF refusal IS NULL THEN
                outcomes[g] := 'applied';
                IF numbers_left = 0 THEN
                    number := nextval('transfer_sequence');
                    numbers_left := sequences_at_once;
                END IF;
                sequences[g] := number;
                FOR i IN first .. first + group_sizes[g] - 1 LOOP
                    d := debits[i];
                    c := credits[i];
                    IF kinds[i] = 'hold' THEN
                        debits_pending_change[d] := debits_pending_change[d] + amounts[i];
                        credits_pending_change[c] := credits_pending_change[c] + amounts[i];
                    ELSE
                        IF ends[i] > 0 THEN
                            debits_pending_change[d] := debits_pending_change[d] - hold_amounts[ends[i]];
                            credits_pending_change[c] := credits_pending_change[c] - hold_amounts[ends[i]];
                        END IF;
                        IF kinds[i] <> 'void' THEN
                            debits_posted_change[d] := debits_posted_change[d] + amounts[i];
                            credits_posted_change[c] := credits_posted_change[c] + amounts[i];
                        END IF;
                    END IF;
                END LOOP;
                number := number + 1;
                numbers_left := numbers_left - 1;
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
    SELECT n.id, sequences[n.place], group_keys[n.place], group_sizes[n.place], kinds[n.i], account_ids[debits[n.i]],
        account_ids[credits[n.i]], amounts[n.i], hold_ids[ends[n.i]], codes[n.i], group_subjects[n.place],
        group_memos[n.place]
    FROM unnest(ids, places) WITH ORDINALITY n(id, place, i)
    WHERE outcomes[n.place] = 'applied';

    FOR a IN deciding + 1 .. cardinality(account_ids) LOOP
        LOOP
            PERFORM FROM accounts WHERE id = account_ids[a] FOR NO KEY UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO accounts (id, kind, debits_must_not_exceed_credits)
            VALUES (account_ids[a], account_kinds[a], account_limits[a]) ON CONFLICT DO NOTHING;
        END LOOP;
    END LOOP;

    UPDATE accounts a
    SET debits_pending = a.debits_pending + debits_pending_change[n.i],
        debits_posted = a.debits_posted + debits_posted_change[n.i],
        credits_pending = a.credits_pending + credits_pending_change[n.i],
        credits_posted = a.credits_posted + credits_posted_change[n.i]
    FROM unnest(account_ids) WITH ORDINALITY n(id, i)
    WHERE a.id = n.id AND (debits_pending_change[n.i] <> 0 OR debits_posted_change[n.i] <> 0
        OR credits_pending_change[n.i] <> 0 OR credits_posted_change[n.i] <> 0);
END $$;
"""
