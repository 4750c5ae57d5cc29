"""Put things in the gallery, look at them, like them, take them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.gallery.items.errors import item_not_found, not_your_item, own_item, work_hidden
from artrator.gallery.items.films import GalleryFilms
from artrator.gallery.items.item import Hung, Item, Sort, Wanted, read_title
from artrator.gallery.items.likes import put_like, take_like
from artrator.gallery.items.listing import list_hidden, list_hung
from artrator.gallery.items.pictures import PictureSource, picture_work, shown_inputs
from artrator.gallery.items.rights import check_may_show
from artrator.gallery.items.store import (
    change_item,
    delete_item,
    find_by_walks,
    find_item,
    hide_item,
    insert_item,
    is_work_hidden,
    lock_item,
    restore_work,
)
from artrator.gallery.items.walks import WalkSource, walk_inputs, walk_work
from artrator.gallery.items.work import Work
from artrator.gallery.report_store import close_reports_of_item
from artrator.gallery.settings import GallerySettings
from artrator.gallery.turns import Turn, take_turn
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.ids import ItemId, UserId, WalkId, is_id
from artrator.predictions.store import get_prediction
from artrator.wire.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """What an owner changes; None leaves it as it is."""

    title: str | None = None
    show_input: bool | None = None


class GalleryItems:
    """What people put in the gallery."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        films: GalleryFilms,
        settings: GallerySettings,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self.link_lifetime_s = settings.item_link_s
        self._database = database
        self._catalog = catalog
        self.films = films
        self._settings = settings
        self._clock = clock

    async def share(
        self, owner: User, source: PictureSource | WalkSource, *, title: str, show_input: bool
    ) -> tuple[Hung, bool]:
        """Put a picture or a walk of one's own in the gallery; tell whether it is new there.

        Raises: NotFound, Conflict, Invalid; Forbidden where a model is somebody else's and not public; RateLimited.
        """
        title = read_title(title)
        async with self._database.unit_of_work() as connection:
            work = await self._work(connection, source, owner.id)
            if work.there is not None:
                return await self._found(connection, work.there, owner), False
            await check_may_show(connection, work.makers, owner.id)
            item = work.item if show_input else work.item.without_inputs()
            await self._hang(connection, replace(item, title=title))
            hung = await self._found(connection, item.id, owner)
        await self.films.order(hung.item)
        return hung, True

    async def get(self, item_id: str, viewer: User | None) -> Hung:
        """Give an item: a public one to everybody, others to their owner and to operators. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return await self._found(connection, ItemId(item_id), viewer)

    async def of_walks(self, walk_ids: Sequence[WalkId]) -> Mapping[WalkId, str]:
        """Tell which of some walks hang there, and under which id."""
        async with self._database.unit_of_work() as connection:
            return await find_by_walks(connection, walk_ids)

    async def list_page(
        self, wanted: Wanted, sort: Sort, *, viewer: User | None, cursor: str | None, limit: int
    ) -> Page[Hung]:
        """List items. Raises: Invalid for a cursor of another list."""
        async with self._database.unit_of_work() as connection:
            return await list_hung(
                connection,
                wanted,
                sort,
                viewer=None if viewer is None else viewer.id,
                now=self._clock(),
                cursor=cursor,
                limit=limit,
            )

    async def change(self, owner: User, item_id: str, change: ItemChange) -> Hung:
        """Change what is one's own. Raises: NotFound, Forbidden, Invalid."""
        async with self._database.unit_of_work() as connection:
            item = await self._own(connection, item_id, owner)
            if change.title is not None:
                item = replace(item, title=read_title(change.title))
            if change.show_input is not None:
                item = await self._with_inputs(connection, item) if change.show_input else item.without_inputs()
            await change_item(connection, item)
            return await self._found(connection, item.id, owner)

    async def withdraw(self, owner: User, item_id: str) -> None:
        """Take one's own out of the gallery; the picture stays in the library. Raises: NotFound, Forbidden."""
        async with self._database.unit_of_work() as connection:
            await delete_item(connection, (await self._own(connection, item_id, owner)).id)

    async def like(self, user: User, item_id: str) -> Hung:
        """Like an item, once however often this is asked. Raises: NotFound, Forbidden for one's own."""
        async with self._database.unit_of_work() as connection:
            found = await self._others(connection, item_id, user)
            await put_like(connection, found.item.id, user.id, self._clock())
            return await self._found(connection, found.item.id, user)

    async def unlike(self, user: User, item_id: str) -> Hung:
        """Take a like back. Raises: as `like`."""
        async with self._database.unit_of_work() as connection:
            found = await self._others(connection, item_id, user)
            await take_like(connection, found.item.id, user.id)
            return await self._found(connection, found.item.id, user)

    async def hide(self, operator: User, item_id: str) -> Hung:
        """Hide an item from everybody but its owner, for good, and close its reports. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            item = (await self._found(connection, ItemId(item_id), operator)).item
            now = self._clock()
            await hide_item(connection, item.id, operator_id=operator.id, now=now)
            await close_reports_of_item(connection, item.id, operator.id, now)
            return await self._found(connection, item.id, operator)

    async def restore(self, operator: User, item_id: str) -> Hung:
        """Show a hidden item again. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            item = (await self._found(connection, ItemId(item_id), operator)).item
            await restore_work(connection, item.owner_id, item.fingerprint)
            return await self._found(connection, item.id, operator)

    async def list_hidden(self, *, cursor: str | None, limit: int) -> Page[Hung]:
        """List what operators hid. Raises: Invalid for a cursor of another list."""
        async with self._database.unit_of_work() as connection:
            return await list_hidden(connection, cursor=cursor, limit=limit)

    async def _hang(self, connection: AsyncConnection, item: Item) -> None:
        if await is_work_hidden(connection, item.owner_id, item.fingerprint):
            raise work_hidden()
        most = self._settings.shares_per_day
        await take_turn(connection, item.owner_id, Turn.SHARE, most=most, now=item.created_at)
        await insert_item(connection, item)  # its source is locked, so nobody else puts it there meanwhile

    async def _work(self, connection: AsyncConnection, source: PictureSource | WalkSource, owner_id: UserId) -> Work:
        match source:
            case PictureSource():
                return await picture_work(connection, self._catalog, source, owner_id, self._clock())
            case WalkSource():
                return await walk_work(connection, self._catalog, source, owner_id, self._clock())

    async def _with_inputs(self, connection: AsyncConnection, item: Item) -> Item:
        """Add what may be shown; the source is read without a lock, for who deletes it locks it before its items."""
        if item.walk_id is not None:
            inputs, facts = await walk_inputs(connection, self._catalog, item.walk_id)
            return replace(item, input=inputs, walk=facts or item.walk)
        prediction = None if item.prediction_id is None else await get_prediction(connection, item.prediction_id)
        return replace(item, input=prediction and await shown_inputs(connection, self._catalog, prediction))

    async def _found(self, connection: AsyncConnection, item_id: ItemId, viewer: User | None) -> Hung:
        viewer_id = None if viewer is None else viewer.id
        found = await find_item(connection, item_id, viewer_id) if is_id(item_id) else None
        if found is None:
            raise item_not_found()
        sees_all = viewer is not None and (viewer.is_operator or viewer.id == found.item.owner_id)
        if not (found.is_public or sees_all):
            raise item_not_found()
        return found

    async def _own(self, connection: AsyncConnection, item_id: str, owner: User) -> Item:
        found = await self._locked(connection, item_id, owner)
        if found.item.owner_id != owner.id:
            raise not_your_item()
        return found.item

    async def _others(self, connection: AsyncConnection, item_id: str, user: User) -> Hung:
        """Give somebody else's public item."""
        found = await self._locked(connection, item_id, user)
        if found.item.owner_id == user.id:
            raise own_item()
        if not found.is_public:
            raise item_not_found()
        return found

    async def _locked(self, connection: AsyncConnection, item_id: str, viewer: User) -> Hung:
        """Give an item that stays as it is until the transaction ends."""
        if not is_id(item_id) or not await lock_item(connection, ItemId(item_id)):
            raise item_not_found()
        return await self._found(connection, ItemId(item_id), viewer)
