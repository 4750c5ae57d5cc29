"""The ledger's tables: balances, the transfers that made them, and the top-ups that brought money in."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from artrator.db.metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("debits_must_not_exceed_credits", Boolean, nullable=False),
    Column("debits_pending", BigInteger, nullable=False, server_default=text("0")),
    Column("debits_posted", BigInteger, nullable=False, server_default=text("0")),
    Column("credits_pending", BigInteger, nullable=False, server_default=text("0")),
    Column("credits_posted", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('wallet', 'earnings', 'platform', 'provider')", name="kind"),
    CheckConstraint(
        "debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0",
        name="not_negative",
    ),
    CheckConstraint(
        "NOT debits_must_not_exceed_credits OR debits_pending + debits_posted <= credits_posted", name="no_overdraft"
    ),
    # Room on the page for new versions of a row: a balance changes with every batch, and no index with it.
    postgresql_with={"fillfactor": "50"},
)

MOVES_POSTED = text("kind IN ('direct', 'post')")
"""The transfers that change a posted balance; literally the indexes' condition, or the planner passes them by."""

transfers = Table(
    "transfers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False, doc="one number a group, in the order of writing"),
    Column("group_key", Text, nullable=False),
    Column("group_size", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("debit_account", Text, nullable=False),
    Column("credit_account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, doc="micros"),
    Column("pending_id", Text),
    Column("code", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("memo", Text, nullable=False),
    Column("item", Text, doc="the model that is paid for, where it is not the memo's"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind IN ('direct', 'hold', 'post', 'void')", name="kind"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit_account <> credit_account", name="two_accounts"),
    CheckConstraint("(kind IN ('post', 'void')) = (pending_id IS NOT NULL)", name="pending_id"),
    Index("uq_transfers_pending_id", "pending_id", unique=True, postgresql_where=text("pending_id IS NOT NULL")),
    # Only what moves posted money is on a statement.
    Index("ix_transfers_debit_account_sequence", "debit_account", "sequence", postgresql_where=MOVES_POSTED),
    Index("ix_transfers_credit_account_sequence", "credit_account", "sequence", postgresql_where=MOVES_POSTED),
)

top_ups = Table(
    "top_ups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, doc="micros"),
    Column("idempotency_key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("provider_reference", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    UniqueConstraint("user_id", "idempotency_key"),
    CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name="status"),
    CheckConstraint("amount > 0", name="amount"),
)
