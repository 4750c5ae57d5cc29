"""How the platform is, on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import Field

from artrator.catalog.model import VersionStatus, Visibility
from artrator.monitoring.books_watch import BooksState
from artrator.monitoring.overview import Overview
from artrator.predictions.prediction import Status
from artrator.wire.schemas import Reply


class UserCountReply(Reply):
    """Accounts."""

    total: int
    creators: int
    operators: int
    disabled: int
    new_24h: int
    active_24h: int = Field(description="accounts that ran something")


class QueueReply(Reply):
    """Durable jobs."""

    waiting: int
    running: int
    failed: int


class WorkerReply(Reply):
    """One worker process."""

    index: int
    pid: int | None
    alive: bool
    running: int
    waiting: int
    restarts: int
    memory_bytes: int


class FleetReply(Reply):
    """The workers of this process, and how they are sandboxed."""

    workers: Sequence[WorkerReply]
    waiting: int = Field(description="runs that no worker has been given yet")
    protections: Sequence[str]
    missing: Sequence[str] = Field(description="protections that this system lacks")


class BooksReply(Reply):
    """The last check of the ledger by this process."""

    balanced: bool | None = Field(description="null until the first check is done")
    checked_at: datetime | None
    problems: Sequence[str]
    warnings: Sequence[str]

    @classmethod
    def of(cls, state: BooksState | None) -> BooksReply:
        """Write a check."""
        if state is None:
            return cls(balanced=None, checked_at=None, problems=[], warnings=[])
        report = state.report
        return cls(
            balanced=report.balance,
            checked_at=state.checked_at,
            problems=report.problems,
            warnings=report.warnings,
        )


class StorageReply(Reply):
    """What is kept, and what room is left."""

    bundle_bytes: int
    input_file_bytes: int
    upload_bytes: int
    disk_total_bytes: int
    disk_free_bytes: int


class OverviewReply(Reply):
    """How the platform is."""

    users: UserCountReply
    models: Mapping[Visibility, int]
    versions: Mapping[VersionStatus, int]
    predictions_24h: Mapping[Status, int]
    queue: QueueReply
    fleet: FleetReply
    books: BooksReply
    storage: StorageReply

    @classmethod
    def of(cls, overview: Overview) -> OverviewReply:
        """Write an overview."""
        users, queue, fleet = overview.users, overview.queue, overview.fleet
        return cls(
            users=UserCountReply(
                total=users.total,
                creators=users.creators,
                operators=users.operators,
                disabled=users.disabled,
                new_24h=users.new,
                active_24h=users.active,
            ),
            models=overview.models,
            versions=overview.versions,
            predictions_24h=overview.predictions,
            queue=QueueReply(waiting=queue.waiting, running=queue.running, failed=queue.failed),
            fleet=FleetReply(
                workers=[
                    WorkerReply(
                        index=worker.index,
                        pid=worker.pid,
                        alive=worker.alive,
                        running=worker.running,
                        waiting=worker.waiting,
                        restarts=worker.restarts,
                        memory_bytes=worker.memory_bytes,
                    )
                    for worker in fleet.workers
                ],
                waiting=fleet.waiting,
                protections=fleet.protections,
                missing=fleet.missing,
            ),
            books=BooksReply.of(overview.books),
            storage=StorageReply(
                bundle_bytes=overview.stored.bundles,
                input_file_bytes=overview.stored.input_files,
                upload_bytes=overview.stored.uploads,
                disk_total_bytes=overview.disk.total_bytes,
                disk_free_bytes=overview.disk.free_bytes,
            ),
        )
