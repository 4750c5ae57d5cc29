"""Guessing passwords is slow, tells nothing, and does not lock the owner out."""

from __future__ import annotations

import asyncio

import pytest
from tests.identity.conftest import ADDRESS, TurnedClock
from tests.servers import PASSWORD

from artrator.db.database import Database
from artrator.identity.password import Passwords
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings, PasswordSettings, ThrottleSettings
from artrator.identity.user import User
from artrator.kernel.errors import RateLimited, Unauthenticated, Unavailable

LIMIT = 3
ELSEWHERE = "198.51.100.4"


@pytest.fixture
def settings(settings: IdentitySettings) -> IdentitySettings:
    throttle = ThrottleSettings(window_s=900, account_and_address=LIMIT, account=10, address=20)
    return settings.model_copy(update={"throttle": throttle})


async def _fail(identity: Identity, email: str, address: str = ADDRESS) -> str:
    with pytest.raises((Unauthenticated, RateLimited)) as refusal:
        await identity.log_in(email, "a wrong password", address)
    return f"{refusal.value.code}: {refusal.value.message}"


async def test_an_unknown_email_is_refused_in_the_words_of_a_wrong_password(identity: Identity, ada: User) -> None:
    known = [await _fail(identity, "ada@example.org") for _ in range(LIMIT + 2)]
    unknown = [await _fail(identity, "nobody@example.org") for _ in range(LIMIT + 2)]
    malformed = [await _fail(identity, "not an address") for _ in range(LIMIT + 2)]
    assert known == unknown == malformed
    assert known[0].startswith("login_failed")
    assert known[-1].startswith("login_throttled")


async def test_the_right_password_does_not_pass_while_throttled(
    identity: Identity, ada: User, clock: TurnedClock
) -> None:
    for _ in range(LIMIT):
        await _fail(identity, "ada@example.org")
    with pytest.raises(RateLimited) as refusal:
        await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    clock.turn(float(refusal.value.facts["retry_after_s"] or 0) + 1)
    assert (await identity.log_in("ada@example.org", PASSWORD, ADDRESS)).user == ada


async def test_the_owner_logs_in_elsewhere_while_somebody_guesses(identity: Identity, ada: User) -> None:
    for _ in range(50):
        await _fail(identity, "ada@example.org")
    assert (await identity.log_in("ada@example.org", PASSWORD, ELSEWHERE)).user == ada


async def test_many_addresses_together_do_not_guess_faster(identity: Identity, ada: User) -> None:
    answers = [await _fail(identity, "ada@example.org", f"198.51.100.{each}") for each in range(12)]
    assert answers[9].startswith("login_failed")
    assert answers[10].startswith("login_throttled")


async def test_one_network_of_ipv6_counts_as_one_address(identity: Identity, ada: User) -> None:
    answers = [await _fail(identity, "ada@example.org", f"2001:db8::{each:x}") for each in range(1, LIMIT + 2)]
    assert answers[-1].startswith("login_throttled")


async def test_one_address_does_not_try_many_accounts(identity: Identity) -> None:
    answers = [await _fail(identity, f"user{each}@example.org") for each in range(21)]
    assert answers[19].startswith("login_failed")
    assert answers[20].startswith("login_throttled")


async def test_attempts_at_the_same_moment_count_like_attempts_in_a_row(identity: Identity, ada: User) -> None:
    answers = await asyncio.gather(*(_fail(identity, "ada@example.org") for _ in range(10)))
    assert sum(answer.startswith("login_failed") for answer in answers) == LIMIT


async def test_a_restart_does_not_forget_attempts(
    identity: Identity, ada: User, database: Database, settings: IdentitySettings, clock: TurnedClock
) -> None:
    for _ in range(LIMIT):
        await _fail(identity, "ada@example.org")
    restarted = Identity(database, settings, clock=clock)
    assert (await _fail(restarted, "ada@example.org")).startswith("login_throttled")
    await restarted.close()


async def test_a_successful_login_clears_the_count(identity: Identity, ada: User) -> None:
    for _ in range(5):
        await _fail(identity, "ada@example.org")
        await identity.log_in("ada@example.org", PASSWORD, ADDRESS)


async def test_hashes_beyond_the_places_are_refused_and_not_queued() -> None:
    passwords = Passwords(PasswordSettings(memory_kib=64, concurrency=1, max_waiting=1))
    answers = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 2
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 3
    passwords.close()


async def test_a_hash_of_older_settings_is_renewed_at_log_in(
    identity: Identity, ada: User, database: Database, settings: IdentitySettings, clock: TurnedClock
) -> None:
    stronger = settings.model_copy(update={"passwords": PasswordSettings(memory_kib=128)})
    renewed = Identity(database, stronger, clock=clock)
    await renewed.log_in("ada@example.org", PASSWORD, ADDRESS)
    async with database.unit_of_work() as connection:
        kept = (await connection.exec_driver_sql("SELECT secret FROM credentials")).scalar_one()
    assert "m=128," in kept
    await renewed.close()
