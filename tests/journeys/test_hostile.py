"""Hostile models are refused with a reason, and nobody else notices that they came."""

from __future__ import annotations

import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import onnx
import pytest
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, artrator
from tests.verification.attacks import READ
from tests.verification.running_attacks import RUN

from artrator.verification.finding import Verdict

UNDECIDED = {"uploaded", "verifying"}
VERDICT_S = 180
SEEN = (
    "external data beside the bundle",
    "external data by an absolute path",
)


@dataclass
class Neighbour:
    """Somebody who runs an honest model all the while."""

    server: RunningServer
    key: str
    stop: threading.Event = field(default_factory=threading.Event)
    statuses: list[str] = field(default_factory=list[str])

    def work(self) -> None:
        with self.server.client(self.key) as client:
            while not self.stop.is_set():
                reply = client.post(
                    "/v1/models/atelier/honest/predictions", json={"input": {"seed": 1}}, headers={"Prefer": "wait"}
                )
                self.statuses.append(reply.json().get("status", reply.text))


@pytest.fixture
def honest(demo: RunningServer, tmp_path: Path) -> None:
    graph = tmp_path / "honest.onnx"
    onnx.save(latent_decoder(), graph)
    words = ("--license", "CC0-1.0", "--public", "--wait")
    done = artrator("publish", str(graph), *words, ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=demo.make_key("atelier"))
    assert done.returncode == 0, done.stderr


def _zipped(folder: Path) -> bytes:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                packed.write(path, path.relative_to(folder))
    return archive.read_bytes()


def _publish(client: httpx.Client, name: str, content: bytes) -> tuple[str, dict[str, object]]:
    """Upload a bundle; give the status it ends in and the report or the refusal."""
    client.post("/v1/models", json={"name": name})
    path = f"/v1/models/atelier/{name}/versions"
    upload = client.post(path, content=content, headers={"Content-Type": "application/zip"})
    if upload.status_code != 201:
        return f"refused {upload.status_code}", upload.json()
    version = upload.json()["id"]
    deadline = time.monotonic() + VERDICT_S
    while time.monotonic() < deadline:
        status = client.get(f"{path}/{version}").json()["status"]
        if status not in UNDECIDED:
            return status, client.get(f"{path}/{version}/verification").json()
        time.sleep(0.2)
    return "undecided", {}


@pytest.mark.slow
@pytest.mark.usefixtures("honest")
@pytest.mark.timeout(900)
def test_hostile_models_end_in_a_verdict_while_others_are_served(demo: RunningServer, tmp_path: Path) -> None:
    pid = demo.pid
    neighbour = Neighbour(demo, demo.make_key())
    thread = threading.Thread(target=neighbour.work)
    thread.start()
    attacks = {**{name: READ[name].build for name in SEEN}, **{name: attack.build for name, attack in RUN.items()}}
    outcomes: dict[str, tuple[str, dict[str, object]]] = {}
    with demo.client(demo.make_key("atelier")) as client:
        for number, (name, build) in enumerate(attacks.items()):
            folder = tmp_path / f"attack-{number}"
            build(folder)
            outcomes[name] = _publish(client, f"attack-{number}", _zipped(folder))
    neighbour.stop.set()
    thread.join()
    for name, (status, report) in outcomes.items():
        assert status == "failed" or status.startswith("refused 4"), (name, status, report)
        if status == "failed":
            findings = report["findings"]
            assert isinstance(findings, list)
            assert any(each["verdict"] == Verdict.FAILED and each["reason"] for each in findings), (name, report)
    assert len(neighbour.statuses) > len(outcomes)
    assert set(neighbour.statuses) == {"succeeded"}
    assert demo.pid == pid
    assert httpx.get(f"{demo.url}/readyz").status_code == 200
