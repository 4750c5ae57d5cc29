"""Do the books balance? Every sum that the ledger keeps is computed anew from the transfers and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MAX_EXAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksReport:
    """What a check of the books found."""

    accounts: int
    transfers: int
    problems: tuple[str, ...]
    """What must never be: any of them means that money was made or lost, or that somebody wrote past the journal."""
    warnings: tuple[str, ...]
    """What may be right, but wants a look."""

    @property
    def balance(self) -> bool:
        """Tell whether the books balance."""
        return not self.problems


async def check_books(connection: AsyncConnection, *, now: datetime, stale_hold_s: int) -> BooksReport:
    """Recompute everything; each check is one statement, so runs may go on meanwhile.

    It reads every transfer: seconds for a million.
    """
    # Whoever opened the connection bounded its statements for requests; a check of a large ledger takes longer.
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    counts = (
        await connection.execute(
            text("SELECT (SELECT count(*) FROM accounts) AS accounts, (SELECT count(*) FROM transfers) AS transfers")
        )
    ).one()
    problems = [line for sql in PROBLEMS.values() for line in await _lines(connection, sql, {})]
    opened_before = now - timedelta(seconds=stale_hold_s)
    return BooksReport(
        accounts=counts.accounts,
        transfers=counts.transfers,
        problems=tuple(problems),
        warnings=tuple(await _lines(connection, _STALE_HOLDS, {"opened_before": opened_before})),
    )


async def _lines(connection: AsyncConnection, sql: str, values: Mapping[str, object]) -> list[str]:
    found = list((await connection.execute(text(f"{sql} LIMIT {MAX_EXAMPLES + 1}"), dict(values))).scalars())
    return found if len(found) <= MAX_EXAMPLES else [*found[:MAX_EXAMPLES], "… and more like these"]


PROBLEMS: Mapping[str, str] = {
    "sums": """
        WITH changes AS (
            SELECT t.debit_account, t.credit_account,
                CASE t.kind WHEN 'hold' THEN t.amount WHEN 'direct' THEN 0 ELSE -h.amount END AS pending,
                CASE WHEN t.kind IN ('direct', 'post') THEN t.amount ELSE 0 END AS posted
            FROM transfers t LEFT JOIN transfers h ON h.id = t.pending_id
        ), sums AS (
            SELECT id, sum(dp) AS dp, sum(d) AS d, sum(cp) AS cp, sum(c) AS c
            FROM (
                SELECT debit_account AS id, pending AS dp, posted AS d, 0 AS cp, 0 AS c FROM changes
                UNION ALL SELECT credit_account, 0, 0, pending, posted FROM changes
            ) sides
            GROUP BY id
        )
        SELECT 'account ' || coalesce(a.id, s.id) || ': its balances are not the sums of its transfers'
        FROM accounts a FULL JOIN sums s ON s.id = a.id
        WHERE (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) IS DISTINCT FROM
            (coalesce(s.dp, 0), coalesce(s.d, 0), coalesce(s.cp, 0), coalesce(s.c, 0))
    """,
    "zero_sum": """
        SELECT 'all accounts together: debits are not credits'
        FROM (SELECT sum(debits_pending) = sum(credits_pending) AND sum(debits_posted) = sum(credits_posted) AS equal
            FROM accounts) total
        WHERE NOT equal
    """,
    "overdraft": """
        SELECT 'account ' || id || ': it spent more than it had' FROM accounts
        WHERE debits_must_not_exceed_credits AND debits_pending + debits_posted > credits_posted
    """,
    "limits": """
        SELECT 'account ' || id || ': nothing limits its debits' FROM accounts
        WHERE NOT debits_must_not_exceed_credits AND kind <> 'provider' AND id <> 'platform:promotions'
    """,
    "ends": """
        SELECT 'transfer ' || e.id || ': it does not agree with the hold that it ends'
        FROM transfers e LEFT JOIN transfers h ON h.id = e.pending_id AND h.kind = 'hold'
        WHERE e.pending_id IS NOT NULL AND (h.id IS NULL OR h.debit_account <> e.debit_account
            OR h.credit_account <> e.credit_account OR e.amount > h.amount
            OR e.kind = 'void' AND e.amount <> h.amount)
    """,
    "ended_twice": """
        SELECT 'hold ' || pending_id || ': it was ended more than once' FROM transfers
        WHERE pending_id IS NOT NULL GROUP BY pending_id HAVING count(*) > 1
    """,
    "groups": """
        SELECT 'group ' || group_key || ': it is not whole' FROM transfers
        GROUP BY group_key HAVING count(*) <> min(group_size) OR min(group_size) <> max(group_size)
            OR min(sequence) <> max(sequence)
    """,
    "top_ups": """
        SELECT 'top-up ' || u.id || ': its status does not agree with the ledger'
        FROM top_ups u LEFT JOIN transfers t ON t.id = 'top_up:' || u.id || '/0'
        WHERE (u.status = 'succeeded') <> (t.id IS NOT NULL) OR t.amount <> u.amount
    """,
}
"""By name, a query that gives a sentence for each thing that is wrong."""

_STALE_HOLDS = """
    SELECT 'hold ' || h.id || ': open since ' || to_char(h.created_at, 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
    FROM transfers h
    WHERE h.kind = 'hold' AND h.created_at < :opened_before
        AND NOT EXISTS (SELECT FROM transfers e WHERE e.pending_id = h.id)
    ORDER BY h.sequence
"""
