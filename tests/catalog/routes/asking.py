"""What the tests of these routes ask again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.user import User


async def key_of(identity: Identity, user: User) -> str:
    return (await identity.create_key(user, "test", frozenset(Scope))).secret


async def upload(client: httpx.AsyncClient, path: Path, **fields: str) -> httpx.Response:
    content = await asyncio.to_thread(path.read_bytes)
    return await client.post("/v1/models/atelier/fields/versions", files={"file": ("b.zip", content)}, data=fields)
