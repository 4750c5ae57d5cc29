"""A server whose models run on a cluster: deployed by the command line, fetched from the bucket, paid for once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from tests.conftest import Bucket
from tests.contracts.fleet.ray_cluster import ray_cluster
from tests.journeys.buying import CREDIT_MICROS, PRICE_MICROS, picture, publish_decoder, register, run_model
from tests.journeys.running import RunningServer, artrator

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed: make test-ray"),
]


@pytest.fixture
def environment(dsn: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings of the server, and of the one node, whose home is another."""
    settings = {
        "ARTRATOR_ENVIRONMENT": "development",
        "ARTRATOR_SECRET_KEY": "the same secret on all machines, long enough",
        "ARTRATOR_DATABASE__URL": dsn,
        "ARTRATOR_ENGINE__FLEET": "ray",
        **bucket.environment,
    }
    with monkeypatch.context() as node:
        for name, value in {**bucket.environment, "ARTRATOR_HOME": str(tmp_path / "node")}.items():
            node.setenv(name, value)
        with ray_cluster() as cluster:
            yield {**settings, "ARTRATOR_ENGINE__CLUSTER__ADDRESS": cluster.address}


def test_a_model_is_published_here_runs_there_and_is_paid_for(environment: dict[str, str], tmp_path: Path) -> None:
    early = artrator("serve", home=tmp_path / "early", timeout_s=300, **environment)
    assert "artrator cluster deploy" in early.stderr
    deployed = artrator("cluster", "deploy", timeout_s=300, **environment)
    assert deployed.returncode == 0, deployed.stderr
    with ExitStack() as stack:
        server = RunningServer(tmp_path / "server", environment=environment, verb="serve").start()
        stack.callback(server.kill)
        creator, buyer = register(server, "hana"), register(server, "minsu")
        publish_decoder(server, creator, tmp_path)
        with server.client(buyer) as api:
            pictures = [picture(api, run_model(api, wait=True), server) for _ in range(2)]
            assert pictures[0] == pictures[1]
            refused = api.post("/v1/models/hana/tiny-decoder/predictions", json={"input": {"seed": "x"}})
            assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
            available = api.get("/v1/wallet").json()["available"]["micros"]
        assert available == CREDIT_MICROS - 2 * PRICE_MICROS
        assert server.workers() == []
    assert len(list((tmp_path / "node" / "cache").glob("*/bundles/[0-9a-f]*"))) == 1
    removed = artrator("cluster", "remove", timeout_s=300, **environment)
    assert removed.returncode == 0, removed.stderr
