"""Nodes of a Ray cluster on this machine's loopback, with token authentication."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LOOPBACK = "127.0.0.1"
"""On any other address Ray would listen on all of the machine's."""
STAY_ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Without it Ray puts the machine's public address in the place of the loopback's."""
STORE_BYTES = 100 << 20


@contextmanager
def ray_cluster() -> Iterator[Any]:
    """Start a head with room for one replica; end all nodes afterwards."""
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ.update(STAY_ON_LOOPBACK)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    from artrator.engine.cluster.connection import prepare_ray

    prepare_ray()
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=node())
    try:
        yield cluster
    finally:
        cluster.shutdown()


def node() -> dict[str, Any]:
    """Describe a node with room for one replica."""
    return {
        "node_ip_address": LOOPBACK,
        "num_cpus": 1,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
    }
