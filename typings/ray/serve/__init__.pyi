from collections.abc import Callable, Mapping

from ray.serve.handle import DeploymentHandle

class Application: ...

class Deployment:
    def bind(self, *arguments: object) -> Application: ...

def start(*, proxy_location: str) -> None: ...
def run(target: Application, *, name: str, route_prefix: str | None) -> DeploymentHandle: ...
def delete(name: str) -> None: ...
def shutdown() -> None: ...
def get_app_handle(name: str) -> DeploymentHandle: ...
def deployment(
    _func_or_class: Callable[..., object],
    *,
    name: str,
    max_replicas_per_node: int,
    ray_actor_options: Mapping[str, object],
    max_ongoing_requests: int,
    max_queued_requests: int,
    autoscaling_config: Mapping[str, object],
    graceful_shutdown_timeout_s: float,
    graceful_shutdown_wait_loop_s: float,
    health_check_period_s: float,
    health_check_timeout_s: float,
    request_router_config: Mapping[str, object],
) -> Deployment: ...
