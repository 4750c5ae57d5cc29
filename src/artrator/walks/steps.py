"""Name the durable jobs of walks, and the lanes of those that take long."""

from __future__ import annotations

from collections.abc import Mapping

from artrator.db.queue import JobQueue, Lane
from artrator.kernel.ids import WalkId
from artrator.walks.create import RENDER_JOB
from artrator.walks.ending import TIDY_JOB
from artrator.walks.films import FILM_JOB
from artrator.walks.service import Walks
from artrator.walks.settings import WalkSettings

WALKS_LANE, FILMS_LANE = "walks", "films"
MAX_ATTEMPTS = 1000
"""A restart of the server is an attempt, too: a walk may outlive many."""
RETRY_AFTER_S = 1


def register(queue: JobQueue, walks: Walks) -> None:
    """Register the handlers; jobs that were deferred before are found by these names."""

    async def tidy_walk(*, walk_id: str) -> None:
        await walks.erasure.tidy(WalkId(walk_id))

    queue.register(
        RENDER_JOB, walks.rendering.render, max_attempts=MAX_ATTEMPTS, lane=WALKS_LANE, retry_after_s=RETRY_AFTER_S
    )
    queue.register(
        FILM_JOB, walks.film_writing.write, max_attempts=MAX_ATTEMPTS, lane=FILMS_LANE, retry_after_s=RETRY_AFTER_S
    )
    queue.register(TIDY_JOB, tidy_walk, max_attempts=20)


def lanes(settings: WalkSettings) -> Mapping[str, Lane]:
    """Say how many walks and films one process works on; they are handed back at once when it stops."""
    return {
        WALKS_LANE: Lane(concurrency=settings.concurrency, graceful_s=0),
        FILMS_LANE: Lane(concurrency=settings.films_at_once, graceful_s=0),
    }
