"""What a creator sees of their models: runs, earnings, latency, versions and prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import Listed, Price, Version
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.money import Micros
from artrator.ledger.wallets import Wallets
from artrator.predictions.figures import RunFigures, figures_by_day, figures_by_model, runs_by_version
from artrator.wire.page import Page

OVERVIEW_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """One of a creator's models with its figures of the last days, and its newest version whatever became of it."""

    listed: Listed
    newest: Version | None
    figures: RunFigures
    earned: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of a model, in UTC."""

    day: date
    figures: RunFigures
    earned: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHistory:
    """A model over time: every day, quiet ones too, the oldest first; versions and prices, the newest first."""

    days: Sequence[Day]
    versions: Sequence[tuple[Version, int]]
    prices: Sequence[Price]


class CreatorFigures:
    """The figures of creators' models."""

    def __init__(self, database: Database, catalog: Catalog, wallets: Wallets, *, clock: Clock = system_clock) -> None:
        self.currency = wallets.currency
        self._database = database
        self._catalog = catalog
        self._wallets = wallets
        self._clock = clock

    async def models(self, creator: User, *, cursor: str | None, limit: int) -> Page[OwnModel]:
        """List a creator's models with the figures of the last 30 days, the newest model first. Raises: Invalid."""
        page = await self._catalog.list_models(
            Filters(owner=creator.handle), Order.NEW, viewer=creator.id, cursor=cursor, limit=limit
        )
        since = self._start(OVERVIEW_DAYS)
        earned = Counter[str]()
        for each in await self._wallets.earned_by_day(creator.id, since=since):
            earned[each.model] += each.amount
        async with self._database.unit_of_work() as connection:
            figures = await figures_by_model(connection, creator.id, since)
            newest = await self._catalog.newest_versions(connection, [listed.model.id for listed in page.rows])
        rows = [
            OwnModel(
                listed=listed,
                newest=newest.get(listed.model.id),
                figures=figures.get(listed.model.id, RunFigures()),
                earned=Micros(earned[f"{listed.model.owner}/{listed.model.name}"]),
            )
            for listed in page.rows
        ]
        return Page(rows=rows, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor)

    async def history(self, creator: User, name: str, *, days: int) -> ModelHistory:
        """Tell how one of a creator's models did, day by day. Raises: NotFound."""
        model = await self._catalog.publishable(creator.id, creator.handle, name)
        since = self._start(days)
        earned = Counter[date]()
        for each in await self._wallets.earned_by_day(creator.id, since=since):
            if each.model == f"{model.owner}/{model.name}":
                earned[each.day] += each.amount
        async with self._database.unit_of_work() as connection:
            figures = await figures_by_day(connection, creator.id, model.id, since)
            runs = await runs_by_version(connection, creator.id, model.id, since)
        versions = await self._catalog.list_versions(creator.handle, name, creator.id)
        return ModelHistory(
            days=_every_day(since.date(), days, figures, earned),
            versions=[(version, runs.get(version.digest, 0)) for version in versions],
            prices=await self._catalog.price_history(creator.handle, name, creator.id),
        )

    def _start(self, days: int) -> datetime:
        """The midnight, in UTC, with which the last so many days begin, today among them."""
        first = self._clock().astimezone(UTC).date() - timedelta(days=days - 1)
        return datetime.combine(first, time(), UTC)


def _every_day(first: date, days: int, figures: Mapping[date, RunFigures], earned: Mapping[date, int]) -> Sequence[Day]:
    dates = [first + timedelta(days=index) for index in range(days)]
    return [Day(day=day, figures=figures.get(day, RunFigures()), earned=Micros(earned.get(day, 0))) for day in dates]
