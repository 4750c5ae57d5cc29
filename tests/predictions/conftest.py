"""A platform whose fleet is scripted, a creator with a model that costs a cent, and a buyer with a unit of credits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.platforms import Plan, Platform, open_platform
from tests.predictions.scripted_fleet import ScriptedFleet

from artrator.identity.user import User
from artrator.kernel.ids import Digest
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import Json, Prediction
from artrator.predictions.submit import NewRun

PRICE_MICROS = 10_000
CREDITS_MICROS = 1_000_000
MANIFEST = """\
name: scripted
pipeline: tensor
license: CC-BY-4.0
graphs: {model: model.onnx}
inputs:
  do: {type: text, default: finish}
  picture: {type: image, required: false}
  seed: {type: seed}
outputs:
  picture: {type: image}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who is there, and what they do."""

    platform: Platform
    fleet: ScriptedFleet
    creator: User
    buyer: User
    digest: Digest
    plan: Plan

    def ask(self, do: str = "finish", *, wait_s: float | None = 10.0, **more: object) -> NewRun:
        """Ask for a run by the buyer."""
        inputs: dict[str, Json] = {"do": do}
        inputs.update(more.pop("inputs", {}))  # type: ignore[call-overload]
        ref = VersionRef(owner="atelier", name="scripted")
        return NewRun(**{"user": self.buyer, "version": ref, "input": inputs, "wait_s": wait_s, **more})  # type: ignore[arg-type]

    async def submit(self, do: str = "finish", **more: object) -> Prediction:
        """Ask for a run and submit it."""
        return await self.platform.predictions.submission.submit(self.ask(do, **more))  # type: ignore[arg-type]

    async def final(self, prediction: Prediction, *, timeout_s: float = 20.0) -> Prediction:
        """Wait until a run has ended."""
        until = asyncio.get_running_loop().time() + timeout_s
        row = await self.platform.predictions.reader.wait(prediction.user_id, prediction.id, until=until)
        assert row.status.final, row.status
        return row

    async def left(self, prediction: Prediction) -> None:
        """Wait until this process no longer works on a run."""
        run = self.platform.predictions.runner.current(prediction.id)
        if run is not None:
            await asyncio.wait({run})

    async def available(self) -> int:
        """What the buyer can spend."""
        return (await self.platform.wallets.balance(self.buyer.id)).available

    async def earned(self) -> int:
        """What the creator has earned."""
        return (await self.platform.wallets.balance(self.creator.id)).earned


def write_bundle(folder: Path, name: str = "scripted") -> Path:
    """Write a bundle that the scripted fleet runs."""
    bundle = folder / name
    bundle.mkdir(parents=True)
    (bundle / "artrator.yaml").write_text(MANIFEST.replace("scripted", name))
    (bundle / "model.onnx").write_bytes(b"never opened")
    return bundle


@pytest.fixture
def fleet() -> ScriptedFleet:
    return ScriptedFleet()


@pytest.fixture
def plan(dsn: str, tmp_path: Path, fleet: ScriptedFleet) -> Plan:
    return Plan(dsn=dsn, home=tmp_path / "home", fleet=fleet)


@pytest.fixture
async def platform(plan: Plan) -> AsyncIterator[Platform]:
    async with open_platform(plan) as opened:
        yield opened


@pytest.fixture
async def scene(platform: Platform, fleet: ScriptedFleet, plan: Plan, tmp_path: Path) -> Scene:
    creator = await platform.make_user("atelier")
    buyer = await platform.make_user("demo", credits_micros=CREDITS_MICROS)
    digest = await platform.publish(creator, write_bundle(tmp_path), price_micros=PRICE_MICROS)
    return Scene(platform=platform, fleet=fleet, creator=creator, buyer=buyer, digest=digest, plan=plan)
