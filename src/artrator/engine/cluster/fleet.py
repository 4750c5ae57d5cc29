"""The fleet on many machines, as whoever asks for runs sees it: a run is routed, streamed, stopped and, if need be, moved."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

from artrator.engine.cluster.connection import APPLICATION, connect, disconnect
from artrator.engine.cluster.health import merged
from artrator.engine.cluster.replica import Failed, RunReply, measured_on
from artrator.engine.cluster.settings import ClusterSettings
from artrator.engine.errors import EngineBusy
from artrator.engine.examination.plan_book import PlanBook, PlansOf
from artrator.engine.fleet import Finished, FleetHealth, Priority, RunEvent, RunRequest
from artrator.engine.processes.attempts import attempts
from artrator.engine.processes.records import QuarantineCallback, Records
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest

MAX_LOSSES = 2
"""Replicas that a run may lose before it fails: it is tried once more, elsewhere."""
ANSWER_GRACE_S = 5.0
"""How much later than a run's deadline its replica may say so."""
CONTROL_S = 20.0
"""How long all replicas may take to answer for themselves."""
_log = logging.getLogger(__name__)


class ReplicaLost(Exception):
    """The replica, its machine or the way to it is gone."""


class ClusterFleet:
    """Runs bundles on the replicas of a cluster: `async with ClusterFleet(settings) as fleet`.

    plans: where the plans of graphs measured on this device are found; replicas on other devices leave them aside.
    """

    def __init__(self, settings: ClusterSettings, *, plans: PlansOf | None = None) -> None:
        self._settings, self._plans = settings, PlanBook(plans)
        self._handle: DeploymentHandle | None = None
        self._has_joined = False
        self._records = Records()  # what this process has heard

    async def __aenter__(self) -> Self:
        """Join the cluster. Raises: Invalid; Unavailable, also when no replicas are deployed."""
        self._has_joined = await asyncio.to_thread(connect, self._settings)
        try:
            self._handle = await asyncio.to_thread(serve.get_app_handle, APPLICATION)
        except RayServeException as error:
            await self._leave()
            message = "No replicas are deployed on the cluster; `artrator cluster deploy` starts them."
            raise Unavailable("cluster_empty", message) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the cluster, if this joined it; the replicas stop what this process asked for."""
        await self._leave()

    async def _leave(self) -> None:
        if self._has_joined:
            await asyncio.to_thread(disconnect)

    # artrator.engine.fleet.Fleet

    async def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        """Run a request and yield what happens; the last event is Finished. See the port."""
        deadline_at_s = time.monotonic() + request.deadline_s
        request = replace(request, bundle=await self._plans.planned(request.bundle))
        tries = attempts(lambda: self._attempt(request, deadline_at_s), ReplicaLost, _answer_for)
        async with aclosing(tries) as events:
            async for event in events:
                yield event

    def errand(self, request: RunRequest) -> None:
        """Leave every run to `run`: what a machine's network costs, an errand does not spare."""

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        """Turn away what this process has heard to be quarantined; how busy the replicas are, their own doors know.

        Raises: ModelQuarantined, before anything is kept or held for the run.
        """
        self._records.refuse_quarantined(digest)

    async def health(self) -> FleetHealth:
        """Tell how the workers of all machines are."""
        return merged(await self._everywhere("health"))

    async def forget(self, digest: Digest) -> None:
        """Unload a bundle everywhere, and its quarantine with it."""
        self._records.forget(digest)
        self._plans.forget(digest)
        await self._everywhere("forget", digest)

    def on_quarantine(self, callback: QuarantineCallback) -> None:
        """Have a callback told of every bundle that this process hears to be quarantined from now on."""
        self._records.on_quarantine(callback)

    # One run

    async def _attempt(self, request: RunRequest, deadline_at_s: float) -> AsyncGenerator[RunEvent]:
        """Run a request once. Raises: ReplicaLost; what the replica tells of."""
        left_s = max(0.01, deadline_at_s - time.monotonic())
        handle = self._connected.options(stream=True, multiplexed_model_id=request.bundle.digest)
        replies: DeploymentResponseGenerator[RunReply] = handle.run.remote(
            replace(request, deadline_s=left_s), measured_on()
        )
        has_ended = False
        try:
            while not has_ended:
                reply = await self._next(replies, deadline_at_s)
                has_ended = isinstance(reply, Finished | Failed)
                if isinstance(reply, Failed):
                    raise self._understood(reply)
                yield reply
        finally:
            if not has_ended:
                replies.cancel()

    async def _next(self, replies: DeploymentResponseGenerator[RunReply], deadline_at_s: float) -> RunReply:
        """Wait for what a replica says next. Raises: ReplicaLost, EngineBusy, Unavailable; what is a bug over there."""
        try:
            async with asyncio.timeout(deadline_at_s + ANSWER_GRACE_S - time.monotonic()):
                return await anext(replies)
        except TimeoutError:
            raise EngineBusy("No machine answered before the run's deadline; try again later.") from None
        except BackPressureError as error:
            raise EngineBusy("More runs wait than the machines can take; try again later.") from error
        except RayTaskError:
            raise  # ours: it is logged once, where every bug is
        except (RayError, RayServeException, StopAsyncIteration) as error:
            raise ReplicaLost(str(error).splitlines()[0] if str(error) else type(error).__name__) from error

    def _understood(self, failed: Failed) -> ArtratorError:
        """Take note of what a replica runs no more, and give the error of the run."""
        for digest in failed.quarantined:
            self._records.quarantine(digest)
        return failed.error

    # All replicas

    async def _everywhere(self, method: str, *arguments: object) -> list[Any]:
        """Ask all replicas; those that do not answer are left out."""
        try:
            answers = await self._connected.broadcast(method, *arguments).results_async(
                timeout_s=CONTROL_S, return_exceptions=True
            )
        except (RayError, RayServeException, TimeoutError) as error:
            _log.warning("the replicas do not answer: %s", error)
            return []
        return [each for each in answers if not isinstance(each, Exception)]

    @property
    def _connected(self) -> DeploymentHandle:
        if self._handle is None:
            raise RuntimeError("a cluster's fleet is used before it is entered")
        return self._handle


def _answer_for(lost: ReplicaLost, losses: int) -> None:
    """Have a run tried once more elsewhere. Raises: Unavailable when that was lost, too."""
    _log.warning("a replica was lost during a run: %s", lost)
    if losses >= MAX_LOSSES:
        message = "Two machines were lost during this run; it costs nothing. Try again."
        raise Unavailable("replica_lost", message) from lost
