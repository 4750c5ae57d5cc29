"""This process's way into a Ray cluster: only with a token, without a port of its own, one for all that it asks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec

from artrator.engine.cluster.settings import ClusterSettings
from artrator.kernel.errors import Invalid, Unavailable

APPLICATION = "artrator"
"""The name under which the replicas are deployed."""
ENVIRONMENT: Mapping[str, str] = {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
"""What Ray must have in the environment before it is imported: whoever has no token is nobody; it reports to nobody."""


def prepare_ray() -> None:
    """Set the environment that Ray needs, before its first import. Raises: Invalid, Unavailable without the extra."""
    for name, value in ENVIRONMENT.items():
        if os.environ.setdefault(name, value) != value:
            raise Invalid("cluster_unprotected", f"A cluster is used only with {name}={value}.", field="engine.fleet")
    if find_spec("ray") is None:
        raise Unavailable("ray_missing", "The fleet `ray` needs an extra: pip install 'artrator[ray]'.")


def connect(settings: ClusterSettings) -> bool:
    """Join the cluster as one who asks; tell whether this process was not in it before. Raises: Invalid, Unavailable."""
    prepare_ray()
    import ray  # noqa: PLC0415

    if ray.is_initialized():
        return False
    own = {} if settings.node_address is None else {"_node_ip_address": settings.node_address}
    try:
        ray.init(settings.address, log_to_driver=False, configure_logging=False, **own)
    except (ConnectionError, RuntimeError, ValueError) as error:
        message = f"The cluster at {settings.address} cannot be reached: {str(error).splitlines()[0]}"
        raise Unavailable("cluster_unreachable", message) from error
    return True


def disconnect() -> None:
    """Leave the cluster; what is deployed goes on."""
    import ray  # noqa: PLC0415

    ray.shutdown()
