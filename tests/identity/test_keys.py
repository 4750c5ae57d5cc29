"""API keys: shown once, kept as a hash, ended at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.identity.conftest import TurnedClock

from artrator.db.database import Database
from artrator.identity.access import Access
from artrator.identity.access_cache import AccessCache
from artrator.identity.api_key import draw_secret, has_key_form
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


async def test_a_key_gives_its_user_and_its_scopes(identity: Identity, ada: User) -> None:
    new = await identity.create_key(ada, "script", [Scope.RUN])
    access = await identity.access_by_key(new.secret)
    assert (access.user, access.scopes) == (ada, {Scope.RUN})
    assert new.secret.startswith(new.key.prefix + "_")
    with pytest.raises(Forbidden):
        access.check(Scope.PUBLISH)


async def test_the_database_holds_no_key(identity: Identity, ada: User, database: Database) -> None:
    new = await identity.create_key(ada, "script")
    secret_part = new.secret.removeprefix(new.key.prefix)
    async with database.unit_of_work() as connection:
        row = (await connection.execute(text("SELECT api_keys::text FROM api_keys"))).scalar_one()
    assert secret_part not in row
    assert secret_part not in repr(new)


@pytest.mark.parametrize("secret", ["", "art_", "art_aaaaaaaa_" + "a" * 43, "art_aaaaaaaa_" + "é" * 43, "x" * 10_000])
async def test_an_invented_key_is_refused(identity: Identity, ada: User, secret: str) -> None:
    with pytest.raises(Unauthenticated):
        await identity.user_of_key(secret)


def test_keys_differ_and_have_the_form_of_keys() -> None:
    secrets = {draw_secret()[1] for _ in range(100)}
    assert len(secrets) == 100
    assert all(has_key_form(secret) for secret in secrets)


async def test_a_revoked_key_ends_at_once_though_it_was_just_used(identity: Identity, ada: User) -> None:
    new = await identity.create_key(ada, "script")
    assert await identity.user_of_key(new.secret) == ada
    await identity.revoke_key(ada.id, new.key.id)
    with pytest.raises(Unauthenticated):
        await identity.user_of_key(new.secret)
    assert await identity.list_keys(ada.id) == []


async def test_another_process_honours_a_revoked_key_no_longer_than_its_memory(
    identity: Identity, ada: User, database: Database, settings: IdentitySettings, clock: TurnedClock
) -> None:
    forgetful = Identity(database, settings.model_copy(update={"access_cache_s": 0.0}), clock=clock)
    new = await identity.create_key(ada, "script")
    assert await forgetful.user_of_key(new.secret) == ada
    await identity.revoke_key(ada.id, new.key.id)
    with pytest.raises(Unauthenticated):
        await forgetful.user_of_key(new.secret)
    await forgetful.close()


async def test_nobody_revokes_anothers_key(identity: Identity, ada: User) -> None:
    new = await identity.create_key(ada, "script")
    bob = await identity.register("bob@example.org", "seven walks by the sea", "bob")
    with pytest.raises(NotFound):
        await identity.revoke_key(bob.id, new.key.id)
    assert await identity.user_of_key(new.secret) == ada


async def test_a_key_ends_when_it_was_to_end(identity: Identity, ada: User, clock: TurnedClock) -> None:
    new = await identity.create_key(ada, "script", expires_at=clock() + timedelta(hours=1))
    clock.turn(3601)
    with pytest.raises(Unauthenticated):
        await identity.user_of_key(new.secret)


async def test_a_key_cannot_end_in_the_past(identity: Identity, ada: User, clock: TurnedClock) -> None:
    with pytest.raises(Invalid):
        await identity.create_key(ada, "script", expires_at=clock() - timedelta(seconds=1))


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "two\nlines", "nul\0"])
async def test_a_key_needs_a_printable_name(identity: Identity, ada: User, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await identity.create_key(ada, name)
    assert refusal.value.field == "name"


async def test_the_last_use_is_written_once_a_minute(identity: Identity, ada: User, clock: TurnedClock) -> None:
    new = await identity.create_key(ada, "script")
    assert (await identity.list_keys(ada.id))[0].last_used_at is None
    first_use = clock()
    await identity.user_of_key(new.secret)
    await identity.settle()
    clock.turn(1)
    await identity.user_of_key(new.secret)
    await identity.settle()
    assert (await identity.list_keys(ada.id))[0].last_used_at == first_use


async def test_one_account_has_only_so_many_keys(
    ada: User, database: Database, settings: IdentitySettings, clock: TurnedClock
) -> None:
    few = Identity(database, settings.model_copy(update={"max_keys": 1}), clock=clock)
    first = await few.create_key(ada, "first")
    with pytest.raises(Conflict):
        await few.create_key(ada, "second")
    await few.revoke_key(ada.id, first.key.id)
    await few.create_key(ada, "second")
    await few.close()


async def test_what_is_revoked_while_it_is_read_is_not_remembered(ada: User) -> None:
    cache = AccessCache(ttl_s=60, max_entries=10)

    async def load() -> Access:
        cache.forget_user(ada.id)
        return Access(user=ada)

    await cache.get(b"hash", load)
    assert len(cache) == 0


async def test_the_cache_forgets_what_was_unused_for_longest(ada: User) -> None:
    cache = AccessCache(ttl_s=60, max_entries=2)
    loads: list[bytes] = []

    async def use(name: bytes) -> None:
        async def load() -> Access:
            loads.append(name)
            return Access(user=ada)

        await cache.get(name, load)

    for name in (b"a", b"b", b"a", b"c", b"a", b"b"):
        await use(name)
    assert loads == [b"a", b"b", b"c", b"b"]
