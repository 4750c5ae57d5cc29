"""Report a model or an item of the gallery, and decide about reports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.gallery.items.errors import item_not_found
from artrator.gallery.items.service import GalleryItems
from artrator.gallery.items.store import hide_item, lock_item
from artrator.gallery.report import Action, Reason, Report
from artrator.gallery.report_store import close_report, find_report, list_reports, put_item_report, put_report
from artrator.gallery.settings import GallerySettings
from artrator.gallery.turns import Turn, take_turn
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import is_id
from artrator.wire.page import Page, read_cursor, write_cursor


class Reports:
    """What people reported, for operators to decide."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        items: GalleryItems,
        settings: GallerySettings,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._items = items
        self._settings = settings
        self._clock = clock

    async def report(self, reporter: User, owner: str, name: str, reason: Reason, details: str) -> Report:
        """Report a model; a second report by the same person takes the place of their open one.

        Raises: NotFound, RateLimited.
        """
        model = (await self._catalog.get_model(owner, name, reporter.id)).model
        async with self._database.unit_of_work() as connection:
            now = await self._turn(connection, reporter)
            report_id = await put_report(connection, model.id, reporter.id, reason=reason, details=details, now=now)
            return await _stored(connection, report_id)

    async def report_item(self, reporter: User, item_id: str, reason: Reason, details: str) -> Report:
        """Report an item of the gallery, as `report` does a model. Raises: NotFound, RateLimited."""
        item = (await self._items.get(item_id, reporter)).item
        async with self._database.unit_of_work() as connection:
            if not await lock_item(connection, item.id):
                raise item_not_found()  # it was withdrawn this moment
            now = await self._turn(connection, reporter)
            report_id = await put_item_report(connection, item, reporter.id, reason=reason, details=details, now=now)
            return await _stored(connection, report_id)

    async def list_page(self, *, is_open: bool, cursor: str | None, limit: int) -> Page[Report]:
        """List reports, the newest first. Raises: Invalid for a cursor that no page gave."""
        before = None if cursor is None else _read_cursor(cursor)
        async with self._database.unit_of_work() as connection:
            found = await list_reports(connection, is_open=is_open, before=before, limit=limit + 1)
        shown = found[:limit]
        return Page(rows=shown, next_cursor=write_cursor((shown[-1].id,)) if len(found) > limit else None)

    async def close(self, operator: User, report_id: str, action: Action) -> Report:
        """Close a report; `unlist` hides a public model from lists, `hide` an item, each with its other reports.

        Raises: NotFound, Conflict where it is closed already, or the action does not fit what is reported.
        """
        async with self._database.unit_of_work() as connection:
            report = await find_report(connection, report_id) if is_id(report_id) else None
            if report is None:
                raise NotFound("report_not_found", "There is no such report.")
            _check_fits(report, action)
            now = self._clock()
            if not await close_report(connection, report, action, operator.id, now):
                raise Conflict("report_closed", "This report is closed already.")
            if action is Action.UNLIST and report.model is not None:
                await self._catalog.unlist(connection, report.model.id)
            if action is Action.HIDE and report.item is not None:
                await hide_item(connection, report.item.id, operator_id=operator.id, now=now)
            return await _stored(connection, report_id)

    async def _turn(self, connection: AsyncConnection, reporter: User) -> datetime:
        now = self._clock()
        await take_turn(connection, reporter.id, Turn.REPORT, most=self._settings.reports_per_day, now=now)
        return now


def _check_fits(report: Report, action: Action) -> None:
    if action is Action.UNLIST and report.model is None:
        raise Conflict("action_unfit", "This report is of an item of the gallery; hide it, or dismiss the report.")
    if action is Action.HIDE and report.item is None:
        what = "is of a model; unlist it" if report.model else "is of an item that was withdrawn"
        raise Conflict("action_unfit", f"This report {what}, or dismiss the report.")


async def _stored(connection: AsyncConnection, report_id: str) -> Report:
    stored = await find_report(connection, report_id)
    assert stored is not None
    return stored


def _read_cursor(cursor: str) -> str:
    (report_id,) = read_cursor(cursor, length=1)
    if not is_id(str(report_id)):
        read_cursor("", length=1)
    return str(report_id)
