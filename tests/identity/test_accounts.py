"""Accounts: one spelling for each name, roles, and no way to find out who has one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from artrator.db.database import Database
from artrator.identity.names import RESERVED_HANDLES, check_handle, normalise_email
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from tests.identity.conftest import ADDRESS, PASSWORD


async def test_a_registered_user_is_found_by_handle(identity: Identity, ada: User) -> None:
    assert await identity.find_by_handle("ada") == ada
    assert ada.roles == {Role.USER}


async def test_the_database_holds_no_password(identity: Identity, database: Database, ada: User) -> None:
    async with database.unit_of_work() as connection:
        kept = (await connection.execute(text("SELECT secret FROM credentials"))).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("spelling", ["Ada@Example.ORG", "  ada@example.org ", "ADA@example.org"])
async def test_an_email_is_the_same_however_it_is_spelled(identity: Identity, ada: User, spelling: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await identity.register(spelling, PASSWORD, "ada-again")
    assert refusal.value.code == "email_taken"
    assert (await identity.log_in(spelling, PASSWORD, ADDRESS)).user == ada


async def test_a_handle_is_taken_once(identity: Identity, ada: User) -> None:
    with pytest.raises(Conflict) as refusal:
        await identity.register("other@example.org", PASSWORD, "ada")
    assert refusal.value.code == "handle_taken"


@pytest.mark.parametrize(
    "handle", ["", "a", "-ada", "ada-", "a--b", "Ada", "ada_l", "ада", "a" * 40, "ada\n", "a/b", "..", "a b"]
)
def test_a_malformed_handle_is_refused(handle: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_handle(handle)
    assert refusal.value.field == "handle"


@pytest.mark.parametrize("handle", sorted(RESERVED_HANDLES)[::10])
def test_a_reserved_handle_is_refused(handle: str) -> None:
    with pytest.raises(Invalid):
        check_handle(handle)


@pytest.mark.parametrize("handle", ["demo", "atelier", "a1", "4tet", "a-b-c", "a" * 39])
def test_a_good_handle_is_taken_as_it_is(handle: str) -> None:
    assert check_handle(handle) == handle


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.org", "a@b@c.org", "ada@example.org\nBcc: x", "x" * 300]
)
def test_a_malformed_email_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise_email(email)
    assert refusal.value.field == "email"


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "ada@example.org", "x" * 257])
async def test_a_weak_password_is_refused(identity: Identity, password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await identity.register("ada@example.org", password, "ada")
    assert refusal.value.field == "password"


async def test_a_stranger_is_not_told_that_an_email_has_an_account(
    identity: Identity, ada: User, database: Database
) -> None:
    await identity.register_stranger("ada@example.org", "another long password", "not-ada", ADDRESS)
    with pytest.raises(NotFound):
        await identity.find_by_handle("not-ada")
    assert (await identity.log_in("ada@example.org", PASSWORD, ADDRESS)).user == ada


async def test_registrations_from_one_address_are_limited(identity: Identity) -> None:
    with pytest.raises(RateLimited):
        for each in range(40):
            await identity.register_stranger(f"user{each}@example.org", PASSWORD, f"user{each}", ADDRESS)
    await identity.register_stranger("other@example.org", PASSWORD, "other", "203.0.113.8")


async def test_a_user_becomes_a_creator_by_their_own_wish(identity: Identity, ada: User) -> None:
    assert (await identity.become_creator(ada)).roles == {Role.USER, Role.CREATOR}
    assert (await identity.find_by_handle("ada")).is_creator


async def test_an_operator_is_made_by_the_command_line_alone(identity: Identity, ada: User) -> None:
    with pytest.raises(Forbidden):
        await identity.grant_role(ada.id, Role.OPERATOR)
    assert (await identity.make_admin("root@example.org", "keeper", PASSWORD)).is_operator
