"""Browser sessions: made afresh at log-in, ended by the clock, by their owner or by an operator."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.identity.conftest import ADDRESS, TurnedClock
from tests.servers import PASSWORD

from artrator.db.database import Database
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings
from artrator.identity.user import User
from artrator.kernel.errors import Forbidden, NotFound, Unauthenticated

DAY_S = 86_400


@pytest.fixture
def settings(settings: IdentitySettings) -> IdentitySettings:
    return settings.model_copy(
        update={
            "access_cache_s": 0.0,
            "last_use_every_s": 0.0,
            "session_idle_s": DAY_S,
            "session_lifetime_s": 3 * DAY_S,
        }
    )


async def test_a_session_gives_its_user(identity: Identity, ada: User) -> None:
    new = await identity.log_in("ada@example.org", PASSWORD, ADDRESS, "Browser/1")
    assert await identity.user_of_session(new.token) == ada
    (listed,) = await identity.list_sessions(ada.id)
    assert (listed.address, listed.user_agent) == (ADDRESS, "Browser/1")


async def test_the_database_holds_no_session_token(identity: Identity, ada: User, database: Database) -> None:
    new = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    async with database.unit_of_work() as connection:
        row = (await connection.execute(text("SELECT sessions::text FROM sessions"))).scalar_one()
    assert new.token not in row
    assert new.token not in repr(new)


async def test_every_log_in_makes_another_token(identity: Identity, ada: User) -> None:
    tokens = {(await identity.log_in("ada@example.org", PASSWORD, ADDRESS)).token for _ in range(3)}
    assert len(tokens) == 3


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "é" * 43, "A" * 42 + "\0"])
async def test_an_invented_token_is_nobodys(identity: Identity, ada: User, token: str) -> None:
    await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    assert await identity.user_of_session(token) is None


async def test_a_session_in_use_lasts_and_an_idle_one_ends(identity: Identity, ada: User, clock: TurnedClock) -> None:
    used = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    idle = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    clock.turn(0.6 * DAY_S)
    assert await identity.user_of_session(used.token) == ada
    await identity.settle()
    clock.turn(0.6 * DAY_S)
    assert await identity.user_of_session(used.token) == ada
    assert await identity.user_of_session(idle.token) is None


async def test_even_a_session_in_use_ends_at_last(identity: Identity, ada: User, clock: TurnedClock) -> None:
    new = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    for _ in range(5):
        clock.turn(0.55 * DAY_S)
        assert await identity.user_of_session(new.token) == ada
        await identity.settle()
    clock.turn(0.55 * DAY_S)
    assert await identity.user_of_session(new.token) is None


async def test_a_session_that_is_logged_out_is_over(identity: Identity, ada: User) -> None:
    new = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    await identity.log_out(ada.id, new.session.id)
    assert await identity.user_of_session(new.token) is None


async def test_nobody_ends_anothers_session(identity: Identity, ada: User) -> None:
    new = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    bob = await identity.register("bob@example.org", PASSWORD, "bob")
    with pytest.raises(NotFound):
        await identity.log_out(bob.id, new.session.id)
    assert await identity.user_of_session(new.token) == ada


async def test_a_new_password_ends_the_other_sessions(identity: Identity, ada: User) -> None:
    here = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    elsewhere = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    access = await identity.access_by_session(here.token)
    assert access is not None
    await identity.change_password(access, PASSWORD, "eight walks by the lake", ADDRESS)
    assert await identity.user_of_session(here.token) == ada
    assert await identity.user_of_session(elsewhere.token) is None
    with pytest.raises(Unauthenticated):
        await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    await identity.log_in("ada@example.org", "eight walks by the lake", ADDRESS)


async def test_a_disabled_user_is_out_until_enabled(identity: Identity, ada: User) -> None:
    keeper = await identity.make_admin("root@example.org", "keeper", PASSWORD)
    session = await identity.log_in("ada@example.org", PASSWORD, ADDRESS)
    key = await identity.create_key(ada, "script")
    await identity.disable("ada", by=keeper)
    assert await identity.user_of_session(session.token) is None
    for refused in (identity.user_of_key(key.secret), identity.log_in("ada@example.org", PASSWORD, ADDRESS)):
        with pytest.raises(Forbidden) as refusal:
            await refused
        assert refusal.value.code == "account_disabled"
    await identity.enable("ada")
    assert await identity.user_of_key(key.secret) == ada


async def test_only_the_latest_sessions_are_kept(
    database: Database, settings: IdentitySettings, clock: TurnedClock, identity: Identity, ada: User
) -> None:
    few = Identity(database, settings.model_copy(update={"max_sessions": 2}), clock=clock)
    tokens: list[str] = []
    for _ in range(3):
        tokens.append((await few.log_in("ada@example.org", PASSWORD, ADDRESS)).token)
        clock.turn(1)
    assert [await few.user_of_session(token) for token in tokens] == [None, ada, ada]
    await few.close()
