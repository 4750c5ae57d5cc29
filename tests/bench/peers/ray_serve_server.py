"""Ray Serve: replicas behind its HAProxy ingress, which is faster than its own; greedy batches."""

import os
import signal
import sys

os.environ["RAY_SERVE_ENABLE_HA_PROXY"] = "1"

import ray
from graph import Graph, batch, port, read, workers
from ray import serve
from starlette.requests import Request
from starlette.responses import Response


@serve.deployment(num_replicas=workers(), max_ongoing_requests=128, ray_actor_options={"num_cpus": 0})
class Infer:
    """Evaluates whatever waits together, up to BATCH requests."""

    def __init__(self) -> None:
        self._graph = Graph()

    @serve.batch(max_batch_size=batch(), batch_wait_timeout_s=0)
    async def infer(self, bodies: "list[bytes]") -> "list[bytes]":
        """Evaluate a batch."""
        return self._graph.run([read(body) for body in bodies])

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        return Response(await self.infer(await request.body()), media_type="application/octet-stream")


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    serve.start(http_options={"host": "127.0.0.1", "port": port()})
    serve.run(Infer.bind(), route_prefix="/")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        signal.pause()
    finally:  # its daemons live in sessions of their own and would stay
        serve.shutdown()
        ray.shutdown()
