"""The durable job of the gallery."""

from __future__ import annotations

from artrator.db.queue import JobQueue
from artrator.gallery.render import RENDER_JOB, Showcase
from artrator.kernel.ids import Digest, ModelId


def register(queue: JobQueue, showcase: Showcase) -> None:
    """Name the handler of the job that a passed verification defers."""

    async def render_showcase(*, model_id: str, digest: str) -> None:
        await showcase.render(ModelId(model_id), Digest(digest))

    queue.register(RENDER_JOB, render_showcase, max_attempts=10)
