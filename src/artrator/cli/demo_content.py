"""What a demo has from the start: two accounts, credits, and the starter models, published as anybody publishes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.bundle.pack import pack
from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.cli.console import errors
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import Digest
from artrator.kernel.money import PER_UNIT, Micros
from artrator.ledger.wallets import Wallets
from artrator.starters import starter_folders
from artrator.wire.provide import Services

DEMO_CREDITS = Micros(100 * PER_UNIT)
PRICES: Mapping[str, Micros] = {
    "small-museum": Micros(20_000),
    "small-museum-fast": Micros(10_000),
    "shape-gan": Micros(10_000),
    "palette-vae": Micros(10_000),
    "digits-flow": Micros(5_000),
    "style-reader": Micros(2_000),
    "pencil-sketch": Micros(5_000),
    "warm-cool": Micros(0),
}
VERIFY_S = 180
POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account that anybody at this machine may log in with."""

    handle: str
    email: str
    password: str


async def add_demo_content(services: Services, home: Path) -> tuple[DemoAccount, ...]:
    """See that the accounts and starter models are there; what is there already stays as it is."""
    accounts = _accounts(home)
    identity = services.get(Identity)
    users = {account.handle: await _user(identity, account) for account in accounts}
    await services.get(Wallets).give_credits(users["demo"].id, DEMO_CREDITS, key="demo", memo="demo credits")
    catalog = services.get(Catalog)
    missing = [folder for folder in starter_folders() if not await _is_listed(catalog, folder)]
    if missing:
        errors.print("verifying the starter models …")
    await asyncio.gather(*(_publish(catalog, users["atelier"], folder) for folder in missing))
    return accounts


def _accounts(home: Path) -> tuple[DemoAccount, ...]:
    file = home / "demo_accounts.json"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps({handle: secrets.token_urlsafe(12) for handle in ("demo", "atelier")}))
    passwords: dict[str, str] = json.loads(file.read_text())
    return tuple(
        DemoAccount(handle=handle, email=f"{handle}@example.com", password=password)
        for handle, password in passwords.items()
    )


async def _user(identity: Identity, account: DemoAccount) -> User:
    try:
        return await identity.register(account.email, account.password, account.handle, roles=[Role.CREATOR])
    except Conflict:
        return await identity.find_by_handle(account.handle)


async def _is_listed(catalog: Catalog, folder: Path) -> bool:
    name = read_manifest((folder / MANIFEST_NAME).read_text()).name
    try:
        listed = await catalog.get_model("atelier", name, None)
    except NotFound:
        return False
    return listed.model.visibility is Visibility.PUBLIC


async def _publish(catalog: Catalog, owner: User, folder: Path) -> None:
    name = read_manifest((folder / MANIFEST_NAME).read_text()).name
    with contextlib.suppress(Conflict):  # an earlier start was cut off after this
        await catalog.create_model(owner, name)
    with tempfile.TemporaryDirectory(prefix="artrator-") as temporary:
        archive = Path(temporary) / f"{name}.zip"
        await asyncio.to_thread(pack, folder, archive)
        version = await catalog.add_version(owner.id, owner.handle, name, archive)
    await catalog.set_price(owner.handle, name, owner.id, PRICES.get(name, Micros(10_000)))
    status = await _verdict(catalog, owner, name, version.digest)
    if status is VersionStatus.PASSED:
        await catalog.set_visibility(owner.handle, name, owner.id, Visibility.PUBLIC)
    errors.print(f"  {owner.handle}/{name}: {status.value}")


async def _verdict(catalog: Catalog, owner: User, name: str, digest: Digest) -> VersionStatus:
    undecided = {VersionStatus.UPLOADED, VersionStatus.VERIFYING}
    status = VersionStatus.UPLOADED
    for _ in range(int(VERIFY_S / POLL_S)):
        status = (await catalog.get_version(owner.handle, name, digest, owner.id))[1].status
        if status not in undecided:
            return status
        await asyncio.sleep(POLL_S)
    return status
