"""How replicas stand in a Ray cluster: one a machine, as many as the work asks for, each run sent where its bundle is."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ray import serve
from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

from artrator.engine.cluster.affinity import rank
from artrator.engine.cluster.connection import APPLICATION, connect
from artrator.engine.cluster.replica import Equip, Replica, RunReply
from artrator.engine.cluster.settings import ClusterSettings
from artrator.engine.fleet import FleetHealth, RunRequest
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import Digest

MARGIN = 64
"""Requests beyond what a replica's own door lets in, so that it is the door that refuses, with its reasons."""
HEALTH_PERIOD_S, HEALTH_TIMEOUT_S = 2.0, 10.0


class AffinityRouter(RequestRouter):
    """Sends a run to the replica that `affinity.rank` names; it lives in every process that asks."""

    _slots = 1

    def initialize_state(self, **options: int) -> None:
        """Take what the deployment says of its replicas."""
        self._slots = options["slots"]
        self._own: dict[str, ReplicaID] = {}  # what this process has sent or is about to, by request

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """Order the replicas, each a rank of its own; the first that is not full gets the run."""
        if pending_request is None:
            return [candidate_replicas]
        pending_request.routing_context.should_backoff = True  # else asked again without a pause while all are full
        request = pending_request.metadata.internal_request_id
        self._own.pop(request, None)
        by_id = {each.replica_id.unique_id: each for each in candidate_replicas}
        order = rank(pending_request.metadata.multiplexed_model_id, self._loads(candidate_replicas), slots=self._slots)
        self._own[request] = by_id[order[0]].replica_id
        pending_request.future.add_done_callback(lambda routed: routed.cancelled() and self._own.pop(request, None))
        return [[by_id[replica]] for replica in order]

    def on_request_completed(self, replica_id: ReplicaID, internal_request_id: str) -> None:
        """Take note that a request has left its replica."""
        self._own.pop(internal_request_id, None)

    def _loads(self, replicas: list[RunningReplica]) -> dict[str, int]:
        """Count the requests on each: as it said last, or as many as this process alone knows of, where that is more."""
        own = Counter(self._own.values())
        known = self.replica_queue_len_cache
        return {
            each.replica_id.unique_id: max(known.get(each.replica_id) or 0, own[each.replica_id]) for each in replicas
        }


class Deployed:
    """A replica as Ray calls it."""

    def __init__(self, equip: Equip) -> None:
        self._replica = Replica(equip)

    async def check_health(self) -> None:
        """Start what is needed; asked again and again, and before the first run."""
        await self._replica.check_health()

    async def run(self, request: RunRequest, plans_from: str) -> AsyncGenerator[RunReply]:
        """Run a request."""
        async with aclosing(self._replica.run(request, plans_from)) as replies:
            async for reply in replies:
                yield reply

    async def health(self) -> FleetHealth:
        """Tell how this machine's workers are."""
        return await self._replica.health()

    async def forget(self, digest: Digest) -> None:
        """Unload a bundle."""
        await self._replica.forget(digest)

    async def __del__(self) -> None:
        # Ray awaits it once the replica has drained
        await self._replica.close()


def deploy(engine: EngineSettings, equip: Equip) -> None:
    """Start the replicas, or change those that run; returns when they take runs. Raises: Unavailable, Invalid."""
    settings = engine.cluster
    connect(settings)
    serve.start(proxy_location="Disabled")
    serve.run(_deployment(engine, settings).bind(equip), name=APPLICATION, route_prefix=None)


def remove(settings: ClusterSettings) -> None:
    """Drain the replicas and stop Serve on the cluster."""
    connect(settings)
    serve.delete(APPLICATION)
    serve.shutdown()


def _deployment(engine: EngineSettings, settings: ClusterSettings) -> serve.Deployment:
    at_once = engine.max_waiting * engine.workers + MARGIN
    return serve.deployment(
        Deployed,
        name="replica",
        max_replicas_per_node=1,
        ray_actor_options={"num_cpus": settings.replica_cpus},
        max_ongoing_requests=at_once,
        max_queued_requests=at_once,
        autoscaling_config={
            "min_replicas": settings.min_replicas,
            "max_replicas": settings.max_replicas,
            "target_ongoing_requests": settings.target_runs,
            "upscale_delay_s": settings.upscale_delay_s,
            "downscale_delay_s": settings.downscale_delay_s,
        },
        graceful_shutdown_timeout_s=settings.drain_s,
        graceful_shutdown_wait_loop_s=0.5,
        health_check_period_s=HEALTH_PERIOD_S,
        health_check_timeout_s=HEALTH_TIMEOUT_S,
        request_router_config={
            "request_router_class": "artrator.engine.cluster.deployment:AffinityRouter",
            "request_router_kwargs": {"slots": engine.slots * engine.workers},
        },
    )
