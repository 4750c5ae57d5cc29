"""One machine's part of the cluster: a fleet of its own and the bundles that it fetched; knows nothing of what calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from artrator.engine.fleet import Finished, Fleet, FleetHealth, InstalledBundle, RunEvent, RunRequest
from artrator.engine.machine import device_name, runtime_name
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

Lease = Callable[[Digest], AbstractAsyncContextManager[Path]]
"""Gives a bundle's folder on this machine, and keeps it there while the block runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a replica works with: its machine's fleet, and where bundles come from."""

    fleet: Fleet
    lease: Lease


Equip = Callable[[], AbstractAsyncContextManager[Equipment]]
"""Starts what a replica works with; it is sent by its name, so every machine must be able to import it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """How a run failed, as the last thing said of it; quarantined are the bundles that this replica runs no more."""

    error: ArtratorError
    quarantined: frozenset[Digest]


RunReply = RunEvent | Failed


def measured_on() -> str:
    """Name this machine's device and runtime, on which plans depend."""
    return f"{device_name()}, {runtime_name()}"


class Replica:
    """Answers for one machine. Errors of runs are told, not raised: they are no faults of the replica."""

    def __init__(self, equip: Equip) -> None:
        self._equip = equip
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._equipment: Equipment | None = None
        self._quarantined: set[Digest] = set()

    async def check_health(self) -> None:
        """Have everything running; a replica takes no run before. Raises: what starting it raises."""
        await self._equipped()

    async def run(self, request: RunRequest, plans_from: str) -> AsyncGenerator[RunReply]:
        """Run a request on this machine's own copy of its bundle; the last reply is Finished or Failed.

        plans_from: where the bundle's plans were measured; those of another device say nothing here.
        """
        try:
            equipment = await self._equipped()
            async with AsyncExitStack() as stack:
                here = await _brought_here(request, equipment, stack, keep_plans=plans_from == measured_on())
                events = await stack.enter_async_context(aclosing(equipment.fleet.run(here)))
                async for event in events:
                    yield event
                    if isinstance(event, Finished):
                        return
        except ArtratorError as error:
            yield Failed(error=error, quarantined=frozenset(self._quarantined))

    async def health(self) -> FleetHealth:
        """Tell how this machine's workers are."""
        return await (await self._equipped()).fleet.health()

    async def forget(self, digest: Digest) -> None:
        """Unload a bundle, and its quarantine with it."""
        self._quarantined.discard(digest)
        await (await self._equipped()).fleet.forget(digest)

    async def close(self) -> None:
        """Let the runs in flight finish, and end the workers."""
        async with self._opening:
            self._equipment = None
            await self._stack.aclose()

    async def _equipped(self) -> Equipment:
        if self._equipment is None:
            async with self._opening:
                if self._equipment is None:
                    self._equipment = await self._open()
        return self._equipment

    async def _open(self) -> Equipment:
        equipment = await self._stack.enter_async_context(self._equip())
        equipment.fleet.on_quarantine(lambda digest, _reason: self._quarantined.add(digest))
        return equipment


async def _brought_here(
    request: RunRequest, equipment: Equipment, stack: AsyncExitStack, *, keep_plans: bool
) -> RunRequest:
    """Give a request whose bundles are this machine's own copies, which stay until the stack is closed."""

    async def brought(bundle: InstalledBundle) -> InstalledBundle:
        folder = await stack.enter_async_context(equipment.lease(bundle.digest))
        base = None if bundle.base is None else await brought(bundle.base)
        return replace(bundle, folder=folder, base=base, plans=bundle.plans if keep_plans else {})

    loras = [replace(each, bundle=await brought(each.bundle)) for each in request.loras]
    return replace(request, bundle=await brought(request.bundle), loras=tuple(loras))
