"""Wallets over a fresh database, with play money."""

from __future__ import annotations

import pytest

from artrator.db.database import Database
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.ledger.wallets import Wallets


@pytest.fixture
def wallets(database: Database) -> Wallets:
    return Wallets(
        database,
        SandboxPayments(is_development=True, allow_outside_development=False),
        ledger=LedgerSettings(currency="EUR"),
        limits=PaymentSettings(max_top_up_micros=100_000_000),
    )
