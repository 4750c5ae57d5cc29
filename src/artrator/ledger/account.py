"""Accounts are named by what they are for, so that every process finds the same one without looking it up."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from artrator.kernel.ids import AccountId, UserId


class AccountKind(StrEnum):
    """What an account is for; the part of its id before the colon."""

    WALLET = "wallet"
    """What a user has bought and not spent."""
    EARNINGS = "earnings"
    """What a creator has earned and not been paid out."""
    PLATFORM = "platform"
    """The platform's own: its fees, and what it gives away."""
    PROVIDER = "provider"
    """The world outside, by payment provider: money comes from here."""


PLATFORM_FEES = AccountId("platform:fees")
ALLOTTED = AccountId("platform:allotted")
"""What is set aside for runs under way that are not written yet; nothing is ever posted to it."""
PROMOTIONS = AccountId("platform:promotions")
"""Credits that nobody paid for come from here, so its debits say what they cost the platform."""


def wallet_of(user: UserId) -> AccountId:
    """Name a user's wallet."""
    return AccountId(f"{AccountKind.WALLET}:{user}")


def earnings_of(user: UserId) -> AccountId:
    """Name a creator's earnings."""
    return AccountId(f"{AccountKind.EARNINGS}:{user}")


def provider_account(provider: str) -> AccountId:
    """Name the account from which a payment provider's money enters."""
    return AccountId(f"{AccountKind.PROVIDER}:{provider}")


@lru_cache(maxsize=16_384)
def kind_of(account: AccountId) -> AccountKind:
    """Read an account's kind off its id. Raises: ValueError for an id of no known kind."""
    kind, colon, name = account.partition(":")
    if not colon or not name:
        raise ValueError(f"{account!r} is not an account id such as platform:fees")
    return AccountKind(kind)


def is_limited(account: AccountId) -> bool:
    """Tell whether an account's debits must never exceed its credits.

    Only the accounts that money enters by are free of the limit.
    """
    return kind_of(account) is not AccountKind.PROVIDER and account != PROMOTIONS
