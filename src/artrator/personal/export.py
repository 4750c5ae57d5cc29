"""Write everything that the platform holds of a user, row by row, so that a long history never lies in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import msgspec
from pydantic import BaseModel, JsonValue

from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import Listed
from artrator.catalog.schemas import past_price_reply
from artrator.catalog.service import Catalog
from artrator.catalog.upload_parts import Uploads
from artrator.catalog.upload_schemas import UploadReply
from artrator.identity.schemas import AccountReply, KeyReply, SessionReply
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.ledger.schemas import EntryReply, WalletReply
from artrator.ledger.wallets import Wallets
from artrator.predictions.service import Predictions
from artrator.walks.service import Walks
from artrator.wire.page import MAX_PAGE_ROWS

Rows = AsyncIterator[JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One list of an export."""

    name: str
    rows: Callable[[User], Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """The parts that hold something of a user."""

    identity: Identity
    catalog: Catalog
    uploads: Uploads
    wallets: Wallets
    predictions: Predictions
    walks: Walks


class Export:
    """Exports what is held of a user. more: sections of further parts."""

    def __init__(self, holdings: Holdings, *, more: Sequence[Section] = (), clock: Clock = system_clock) -> None:
        self._held = holdings
        self._clock = clock
        self._sections = (
            Section(name="account", rows=self._account),
            Section(name="keys", rows=self._keys),
            Section(name="sessions", rows=self._sessions),
            Section(name="models", rows=self._models),
            Section(name="uploads", rows=self._uploads),
            Section(name="predictions", rows=self._predictions),
            Section(name="walks", rows=self._walks),
            Section(name="files", rows=self._files),
            Section(name="wallet", rows=self._wallet),
            Section(name="statement", rows=self._statement),
            Section(name="earnings", rows=self._earnings),
            *more,
        )

    async def write(self, user: User) -> AsyncIterator[bytes]:
        """Give one JSON object: a list for each section. Links to files work for a while; secrets are not in it."""
        yield b'{"exported_at": ' + msgspec.json.encode(self._clock())
        for section in self._sections:
            yield b",\n" + msgspec.json.encode(section.name) + b": ["
            separator = b"\n"
            async for row in section.rows(user):
                yield separator + msgspec.json.encode(row)
                separator = b",\n"
            yield b"]"
        yield b"}\n"

    async def _account(self, user: User) -> Rows:
        yield _json(AccountReply.of(user, await self._held.identity.profiles.get(user.id)))

    async def _keys(self, user: User) -> Rows:
        for key in await self._held.identity.list_keys(user.id):
            yield _json(KeyReply.of(key))

    async def _sessions(self, user: User) -> Rows:
        for session in await self._held.identity.list_sessions(user.id):
            yield _json(SessionReply.of(session, None))

    async def _models(self, user: User) -> Rows:
        cursor: str | None = None
        while True:
            page = await self._held.catalog.list_models(
                Filters(owner=user.handle), Order.NEW, viewer=user.id, cursor=cursor, limit=MAX_PAGE_ROWS
            )
            for listed in page.rows:
                yield await self._model(user, listed)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _model(self, user: User, listed: Listed) -> JsonValue:
        model, catalog = listed.model, self._held.catalog
        prices = await catalog.price_history(user.handle, model.name, user.id)
        versions = await catalog.list_versions(user.handle, model.name, user.id)
        return {
            "name": model.name,
            "listing": model.visibility.value,
            "description": model.summary,
            "readme": model.description,
            "tags": list(model.tags),
            "run_count": model.run_count,
            "created_at": model.created_at.isoformat(),
            "prices": [_json(past_price_reply(price, catalog.currency)) for price in prices],
            "versions": [
                {
                    "id": version.digest,
                    "status": version.status.value,
                    "size_bytes": version.size_bytes,
                    "created_at": version.created_at.isoformat(),
                    "manifest": version.manifest.model_dump(mode="json"),
                }
                for version in versions
            ],
        }

    async def _uploads(self, user: User) -> Rows:
        for upload in await self._held.uploads.list_open(user.id):
            yield _json(UploadReply.of(upload, self._held.uploads.part_bytes))

    async def _predictions(self, user: User) -> Rows:
        cursor: str | None = None
        while True:
            page = await self._held.predictions.reader.list_page(user.id, cursor=cursor, rows=MAX_PAGE_ROWS)
            for row in page.rows:
                yield _json(self._held.predictions.views.prediction(row))
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _walks(self, user: User) -> Rows:
        walks, cursor = self._held.walks, None
        while True:
            page = await walks.reader.list_page(user.id, cursor=cursor, rows=MAX_PAGE_ROWS)
            for walk in page.rows:
                frames = [_json(walks.views.frame(frame)) for frame in await walks.reader.frames(walk)]
                yield {**(await walks.show(walk)).model_dump(mode="json"), "rendered_frames": frames}
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _files(self, user: User) -> Rows:
        for file in await self._held.predictions.files.list_newest(user.id):
            yield _json(self._held.predictions.views.file(file))

    async def _wallet(self, user: User) -> Rows:
        wallets = self._held.wallets
        yield _json(WalletReply.of(await wallets.balance(user.id), wallets.currency))

    async def _statement(self, user: User) -> Rows:
        wallets = self._held.wallets
        async for entry in wallets.whole_statement(user.id):
            yield _json(EntryReply.of(entry, wallets.currency))

    async def _earnings(self, user: User) -> Rows:
        wallets = self._held.wallets
        async for entry in wallets.all_earnings(user.id):
            yield _json(EntryReply.of(entry, wallets.currency))


def _json(reply: BaseModel) -> JsonValue:
    return reply.model_dump(mode="json")
