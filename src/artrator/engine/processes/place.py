"""A place in the fleet that always has a worker: lost ones are replaced, useless ones relieved before they go."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable

from artrator.engine.fleet import InstalledBundle, WorkerHealth
from artrator.engine.processes.resident import resident_bytes
from artrator.engine.processes.supervised import SupervisedWorker
from artrator.engine.wire.protocol import Ready
from artrator.kernel.errors import Unavailable
from artrator.kernel.ids import Digest

FINISH_S = 30.0
"""How long the runs on a worker that was relieved may take to finish before they are run again elsewhere."""
MAX_BACK_OFF_S = 10.0
WATCH_MEMORY_S = 5.0
HOT = 4
"""Bundles that a new worker loads before it is asked to: those run last."""
_log = logging.getLogger(__name__)


class Place:
    """Keeps one worker going. on_change is called whenever the worker may have begun or ceased to take work."""

    def __init__(
        self, index: int, make: Callable[[], SupervisedWorker], *, recycle_bytes: int, on_change: Callable[[], None]
    ) -> None:
        self.index = index
        self._make, self._recycle_bytes, self._on_change = make, recycle_bytes, on_change
        self._worker: SupervisedWorker | None = None
        self._hot: OrderedDict[Digest, InstalledBundle] = OrderedDict()
        self._relieved: dict[SupervisedWorker, asyncio.Task[None]] = {}
        self._restarts = -1
        self.ready: Ready | None = None

    @property
    def worker(self) -> SupervisedWorker | None:
        """Give the worker if it takes work."""
        return self._worker if self._worker is not None and self._worker.takes_work else None

    async def keep(self) -> None:
        """Keep a worker going until cancelled."""
        watch = asyncio.create_task(self._watch_memory())
        failures = 0
        try:
            while True:
                try:
                    await self._replace()
                    failures = 0
                except Unavailable as error:
                    failures += 1
                    _log.error("%s", error.message)
                    await asyncio.sleep(min(MAX_BACK_OFF_S, 0.1 * 2**failures))
                    continue
                await self._until_another_is_needed()
        finally:
            watch.cancel()

    async def stop(self) -> None:
        """End the workers that are here, relieved ones too."""
        for task in self._relieved.values():
            task.cancel()
        here = [] if self._worker is None else [self._worker]
        await asyncio.gather(*(worker.stop() for worker in (*here, *self._relieved)))

    def note(self, bundle: InstalledBundle) -> None:
        """Remember a bundle that was run well, for the next worker."""
        self._hot[bundle.digest] = bundle
        self._hot.move_to_end(bundle.digest)
        if len(self._hot) > HOT:
            self._hot.popitem(last=False)

    def distrust(self, digests: Iterable[Digest]) -> None:
        """Load no bundle ahead that a worker was at when it was lost, or the next one could be lost to it as well."""
        for digest in digests:
            self._hot.pop(digest, None)

    def forget(self, digest: Digest) -> None:
        """Have the bundle unloaded, and not loaded again."""
        self._hot.pop(digest, None)
        if self._worker is not None:
            self._worker.forget(digest)

    def health(self) -> WorkerHealth:
        """Tell how the worker is."""
        worker = self._worker
        pid = None if worker is None or worker.has_ended.is_set() else worker.pid
        running = 0 if worker is None else min(worker.executing, worker.load)
        return WorkerHealth(
            index=self.index,
            pid=pid,
            alive=self.worker is not None,
            running=running,
            waiting=0 if worker is None else worker.load - running,
            restarts=max(0, self._restarts),
            memory_bytes=0 if pid is None else resident_bytes(pid),
        )

    async def _replace(self) -> None:
        """Start a worker and have it take over from the one that is here, if one is."""
        fresh = self._make()
        self.ready = await fresh.start()
        if self.ready.device_lacks:
            _log.warning("worker %d: %s", self.index, self.ready.device_lacks)
        before, self._worker = self._worker, fresh
        self._restarts += 1
        for bundle in self._hot.values():
            fresh.preload(bundle)
        if before is not None and not before.has_ended.is_set():
            self._relieved[before] = asyncio.create_task(self._retire(before))
        self._on_change()

    async def _retire(self, worker: SupervisedWorker) -> None:
        await worker.retire(FINISH_S)
        del self._relieved[worker]

    async def _until_another_is_needed(self) -> None:
        worker = self._worker
        if worker is None:
            return
        waits = [asyncio.create_task(each.wait()) for each in (worker.has_ended, worker.is_useless)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._on_change()

    async def _watch_memory(self) -> None:
        """Have a worker relieved that holds more than its models and their work can account for."""
        while True:
            await asyncio.sleep(WATCH_MEMORY_S)
            worker = self.worker
            if worker is not None and worker.pid is not None and resident_bytes(worker.pid) > self._recycle_bytes:
                _log.warning("worker %s holds too much memory and is replaced", worker.pid)
                worker.is_useless.set()
