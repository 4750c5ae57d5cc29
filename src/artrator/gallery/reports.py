"""Report a model, and decide about reports."""

from __future__ import annotations

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.gallery.report import Action, Reason, Report
from artrator.gallery.report_store import close_report, find_report, list_reports, put_report
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import is_id
from artrator.wire.page import Page, read_cursor, write_cursor


class Reports:
    """What people reported, for operators to decide."""

    def __init__(self, database: Database, catalog: Catalog, *, clock: Clock = system_clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock

    async def report(self, reporter: User, owner: str, name: str, reason: Reason, details: str) -> Report:
        """Report a model; a second report by the same person takes the place of their open one. Raises: NotFound."""
        model = (await self._catalog.get_model(owner, name, reporter.id)).model
        async with self._database.unit_of_work() as connection:
            report_id = await put_report(
                connection, model.id, reporter.id, reason=reason, details=details, now=self._clock()
            )
            stored = await find_report(connection, report_id)
        assert stored is not None
        return stored

    async def list_page(self, *, is_open: bool, cursor: str | None, limit: int) -> Page[Report]:
        """List reports, the newest first. Raises: Invalid for a cursor that no page gave."""
        before = None if cursor is None else _read_cursor(cursor)
        async with self._database.unit_of_work() as connection:
            found = await list_reports(connection, is_open=is_open, before=before, limit=limit + 1)
        shown = found[:limit]
        return Page(rows=shown, next_cursor=write_cursor((shown[-1].id,)) if len(found) > limit else None)

    async def close(self, operator: User, report_id: str, action: Action) -> Report:
        """Close a report; `unlist` hides a public model from lists and closes its other reports with it.

        Raises: NotFound, Conflict where it is closed already.
        """
        async with self._database.unit_of_work() as connection:
            report = await find_report(connection, report_id) if is_id(report_id) else None
            if report is None:
                raise NotFound("report_not_found", "There is no such report.")
            if not await close_report(connection, report, action, operator.id, self._clock()):
                raise Conflict("report_closed", "This report is closed already.")
            if action is Action.UNLIST:
                await self._catalog.unlist(connection, report.model_id)
            closed = await find_report(connection, report_id)
        assert closed is not None
        return closed


def _read_cursor(cursor: str) -> str:
    (report_id,) = read_cursor(cursor, length=1)
    if not is_id(str(report_id)):
        read_cursor("", length=1)
    return str(report_id)
