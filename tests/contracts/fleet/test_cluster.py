"""What only a cluster can show: where runs go, what a lost machine costs, and who may speak to it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contracts.fleet.conftest import needs_ray
from tests.contracts.fleet.fleets import QUICK_ANSWER, begin, run, until_executing, worker_pid
from tests.contracts.fleet.two_nodes import TwoNodes
from tests.engine.processes.worker_bundles import request

from artrator.engine.fleet import Finished, Fleet, InstalledBundle, OutputJson
from artrator.kernel.errors import Unavailable

pytestmark = [needs_ray, pytest.mark.ray, pytest.mark.timeout(600)]

Make = Callable[..., InstalledBundle]
LISTENING, LOOPBACK, MAPPED_LOOPBACK = "0A", "0100007F", "0000000000000000FFFF00000100007F"
"""As the kernel writes them."""
RECOVERY_S = 120


def copies(nodes: TwoNodes, bundle: InstalledBundle) -> int:
    """Count the replicas that have fetched a bundle."""
    return len(list(nodes.replicas.glob(f"*/bundles/{bundle.digest}")))


async def until_serving(fleet: Fleet, machines: int) -> None:
    """Wait until so many machines answer, each with a worker."""
    async with asyncio.timeout(RECOVERY_S):
        while len((await fleet.health()).workers) != machines:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def test_the_runs_of_a_bundle_go_where_it_lies(cluster: TwoNodes, make: Make) -> None:
    models = [make("quick", add=float(index)) for index in range(16)]
    async with cluster.fleet() as fleet:
        for _ in range(3):
            for model in models:
                await run(fleet, request(model))
    assert [copies(cluster, model) for model in models] == [1] * len(models)
    used = {path for model in models for path in cluster.replicas.glob("*/bundles") if (path / model.digest).exists()}
    assert len(used) == 2


async def test_a_popular_bundle_is_fetched_by_a_second_machine_when_the_first_is_full(
    cluster: TwoNodes, make: Make
) -> None:
    slow = make("slow")
    async with cluster.fleet() as fleet:
        results = await asyncio.gather(*(run(fleet, request(slow, deadline_s=60)) for _ in range(6)))
    assert len(results) == 6
    assert copies(cluster, slow) == 2


async def test_a_killed_replica_costs_no_run(cluster: TwoNodes, make: Make) -> None:
    models = [make("quick", add=float(index)) for index in range(6)]
    async with cluster.fleet() as fleet:
        slow = [await begin(fleet, request(make("slow"), deadline_s=90)) for _ in range(4)]
        load = [asyncio.create_task(_loop(fleet, model, index)) for index, model in enumerate(models)]
        os.kill(await _replica_pid(fleet), signal.SIGKILL)
        assert all(isinstance(each, Finished) for each in await asyncio.gather(*slow))
        assert all(await asyncio.gather(*load))
        await until_serving(fleet, 2)


async def test_a_run_whose_every_replica_is_killed_fails_as_nobodys_fault(cluster: TwoNodes, make: Make) -> None:
    async with cluster.fleet() as fleet:
        endless = await begin(fleet, request(make("endless"), deadline_s=120))
        for _ in range(2):
            await until_executing(fleet, 1)
            os.kill(await _replica_pid(fleet), signal.SIGKILL)
        with pytest.raises(Unavailable) as lost:
            await endless
        assert lost.value.code == "replica_lost"
        await until_serving(fleet, 2)
        assert (await run(fleet, request(make("quick")))).outputs == QUICK_ANSWER


async def test_a_machine_that_goes_dark_under_load_costs_no_run_and_one_that_comes_is_used(
    cluster: TwoNodes, make: Make
) -> None:
    models = [make("quick", add=float(index)) for index in range(6)]
    async with cluster.fleet() as fleet:
        slow = [await begin(fleet, request(make("slow"), deadline_s=120)) for _ in range(4)]
        load = [asyncio.create_task(_loop(fleet, model, index)) for index, model in enumerate(models)]
        cluster.kill_other()
        assert all(isinstance(each, Finished) for each in await asyncio.gather(*slow))
        assert all(await asyncio.gather(*load))
        cluster.add_other()
        await until_serving(fleet, 2)


async def test_a_replica_that_is_stopped_ends_its_runs_first(cluster: TwoNodes, make: Make) -> None:
    async with cluster.fleet() as fleet:
        slow = [await begin(fleet, request(make("slow"), deadline_s=90)) for _ in range(4)]
        await asyncio.to_thread(cluster.deploy, min_replicas=1, max_replicas=1)
        assert all(isinstance(each, Finished) for each in await asyncio.gather(*slow))
        await until_serving(fleet, 1)
        await asyncio.to_thread(cluster.deploy)
        await until_serving(fleet, 2)


def test_whoever_has_no_token_is_not_let_in(cluster: TwoNodes) -> None:
    program = f"import ray; ray.init({cluster.settings.address!r}, log_to_driver=False)"
    environment = {**os.environ, "RAY_AUTH_TOKEN": "0" * 64}
    stranger = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert stranger.returncode != 0
    assert "auth" in stranger.stderr.lower(), stranger.stderr[-2000:]


def test_what_listens_beyond_this_machine_asks_for_the_token(cluster: TwoNodes) -> None:
    assert cluster.settings.address.startswith("127.0.0.1:")
    heard = [(pid, *each) for pid in _descendants(os.getpid()) for each in _listens(pid)]
    assert any(address == LOOPBACK for _, address, _ in heard)
    beyond = [(pid, port) for pid, address, port in heard if address not in {LOOPBACK, MAPPED_LOOPBACK}]
    assert {Path(f"/proc/{pid}/cmdline").read_bytes()[:17] for pid, _ in beyond} <= {b"ray::ServeReplica"}
    assert [_answer_without_token(port) for _, port in beyond] == ["UNAUTHENTICATED"] * len(beyond)


def _answer_without_token(port: int) -> str:
    """Ask a replica's own server something as a stranger; name the status that it gives."""
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            channel.unary_unary("/ray.serve.ASGIService/HandleRequest")(b"", timeout=20)
        except grpc.RpcError as error:
            return str(error.code().name)
    return "OK"


async def _loop(fleet: Fleet, model: InstalledBundle, index: int) -> bool:
    """Run again and again; tell whether all answers were right."""
    answers = [await run(fleet, request(model, x="[[0, 0, 0, 0]]", deadline_s=90)) for _ in range(15)]
    return all(answer.outputs == {"y": OutputJson(value=[[float(index)] * 4])} for answer in answers)


async def _replica_pid(fleet: Fleet) -> int:
    """Find the replica whose worker is at work."""
    return _replica_of(await worker_pid(fleet))


def _replica_of(pid: int) -> int:
    while not Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::"):
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid


def _descendants(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for each in child.read_text().split():
            yield int(each)
            yield from _descendants(int(each))


def _listens(pid: int) -> Iterator[tuple[str, int]]:
    """Name the addresses, as the kernel writes them, and ports on which a process listens."""
    try:
        owned = {each.readlink().name for each in Path(f"/proc/{pid}/fd").iterdir()}
        tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    except OSError:
        return
    for fields in (line.split() for table in tables for line in table):
        if fields[3] == LISTENING and f"socket:[{fields[9]}]" in owned:
            address, _, port = fields[1].partition(":")
            yield address, int(port, 16)
