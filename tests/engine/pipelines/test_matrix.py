"""Both shapes of the family, alone and with LoRAs and ControlNets, in every task, with every sampler: as diffusers paints."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pytest
from tests.engine.conftest import Listener, request
from tests.engine.pipelines.matrix import (
    ALONE,
    CONTROL_SCALE,
    CONTROLNET,
    GOLDEN,
    GUIDANCE,
    LORA,
    LORA_WEIGHT,
    MATRIX,
    SAMPLERS,
    STEPS,
    STRENGTH,
    Cell,
    cells,
)
from tests.engine.pipelines.test_loras import LORAS, lora_on
from tests.engine.pipelines.test_text_to_image import ASKED, assert_same, mask, photograph, pictures
from tests.engine.pipelines.tiny_models import XL, detected, lay_out

from artrator.bundle.digest import bundle_digest
from artrator.bundle.sampler_config import SamplerConfig
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import ChosenLora, InputValue, InstalledBundle
from artrator.engine.settings import EngineSettings

VARIANTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sd", ALONE): (),
    ("sd", LORA): (),
    ("sd", CONTROLNET): ("controlnet",),
    ("xl", ALONE): (XL,),
    ("xl", LORA): (XL,),
    ("xl", CONTROLNET): (XL, "xl_controlnet"),
}
TASKS: Mapping[str, Mapping[str, InputValue]] = {
    "text": {},
    "image": {"image": photograph(), "strength": STRENGTH},
    "inpaint": {"image": photograph(), "mask": mask(), "strength": STRENGTH},
}


@cache
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.fixture(scope="module")
def engine() -> Iterator[Inference]:
    made = Inference(EngineSettings(threads_per_worker=2))
    yield made
    made.close()


@pytest.fixture(scope="module", params=list(VARIANTS), ids=" ".join)
def led(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, InstalledBundle]:
    """One shape of the family with what leads it."""
    shape, lead = request.param
    folder = lay_out(tmp_path_factory.mktemp(shape) / "tiny", *VARIANTS[shape, lead])
    if (shape, lead) == ("xl", LORA):
        shutil.copytree(MATRIX / "xl_named", folder, dirs_exist_ok=True)
    bundle = InstalledBundle(digest=bundle_digest(folder), folder=folder, manifest=detected(folder), batchable=True)
    return shape, lead, bundle


@pytest.fixture(scope="module")
def lora(led: tuple[str, str, InstalledBundle], tmp_path_factory: pytest.TempPathFactory) -> InstalledBundle:
    """A LoRA for the shape, written by diffusers."""
    shape, _, base = led
    folder = tmp_path_factory.mktemp("loras") / shape
    folder.mkdir()
    shutil.copy(LORAS / "ink.safetensors" if shape == "sd" else MATRIX / "xl.safetensors", folder / "l.safetensors")
    return lora_on(base, folder)


def sampling(bundle: InstalledBundle, sampler: str) -> InstalledBundle:
    """Give a bundle that samples otherwise; its graphs stay loaded."""
    config = {**bundle.manifest.config, "scheduler": dict(SAMPLERS[sampler])}
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"config": config}))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_leads_a_picture_leads_it_as_in_diffusers(
    engine: Inference, led: tuple[str, str, InstalledBundle], lora: InstalledBundle, sampler: str
) -> None:
    shape, lead, base = led
    bundle = sampling(base, sampler)
    for cell in cells():
        if (cell.shape, cell.lead, cell.sampler) == (shape, lead, sampler):
            found = painted(engine, bundle, lora if lead == LORA else None, cell)
            assert_same(found, golden()[cell.name][None])


def painted(engine: Inference, bundle: InstalledBundle, lora: InstalledBundle | None, cell: Cell) -> np.ndarray:
    asked = {**ASKED, "guidance": GUIDANCE, "steps": STEPS, **TASKS[cell.task]}
    if cell.lead == CONTROLNET:
        asked |= {"control_image": photograph(), "control_scale": CONTROL_SCALE}
    chosen = () if lora is None else (ChosenLora(bundle=replace(lora, base=bundle), weight=LORA_WEIGHT),)
    listener = Listener()
    engine.submit(request(bundle, asked, loras=chosen), listener)
    return pictures(listener.finished())


def test_the_golden_pictures_are_of_every_combination_and_differ() -> None:
    assert set(golden()) == {cell.name for cell in cells()}
    assert len({each.tobytes() for each in golden().values()}) == len(golden())


def test_every_sampler_stands_in_the_matrix() -> None:
    supported = {get_args(each.model_fields["class_name"].annotation)[0] for each in get_args(SamplerConfig)}
    assert {config["_class_name"] for config in SAMPLERS.values()} == supported
