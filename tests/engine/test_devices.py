"""Devices: what the settings ask for and the runtime has, and a fall-back that says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artrator.engine.devices import PROVIDERS, Choice, Device, choose
from artrator.engine.errors import ModelFault
from artrator.engine.execution.session import PROCESSOR, StopSwitch, choose_device, open_session
from artrator.engine.settings import EngineSettings
from tests.engine.graphs import make_bundle

CPU, CUDA, TENSORRT = (PROVIDERS[each] for each in (Device.CPU, Device.CUDA, Device.TENSORRT))
GPU_WHEEL = (TENSORRT, CUDA, "AzureExecutionProvider", CPU)


def names(choice: Choice) -> list[str]:
    return [name for name, _ in choice.providers]


def test_the_processor_is_used_alone_unless_another_device_is_asked_for() -> None:
    choice = choose(Device.CPU, 0, GPU_WHEEL)
    assert names(choice) == [CPU]
    assert (choice.name, choice.memory, choice.lacks) == ("cpu", "", "")


def test_a_device_is_followed_by_the_processor_for_what_it_cannot_evaluate() -> None:
    choice = choose(Device.CUDA, 1, GPU_WHEEL)
    assert names(choice) == [CUDA, CPU]
    assert choice.providers[0][1]["device_id"] == "1"
    assert (choice.name, choice.memory) == ("cuda:1", "cuda")


def test_tensorrt_leaves_to_cuda_what_it_cannot_evaluate() -> None:
    assert names(choose(Device.TENSORRT, 0, GPU_WHEEL)) == [TENSORRT, CUDA, CPU]


def test_no_provider_is_used_that_is_not_ours() -> None:
    for device in Device:
        assert "AzureExecutionProvider" not in names(choose(device, 0, (*PROVIDERS.values(), "AzureExecutionProvider")))


@pytest.mark.parametrize("device", [each for each in Device if each not in (Device.CPU, Device.AUTO)])
def test_a_device_that_the_runtime_has_not_falls_back_and_says_so(device: Device) -> None:
    choice = choose(device, 0, ("AzureExecutionProvider", CPU))
    assert names(choice) == [CPU]
    assert f"no {device}" in choice.lacks
    assert "it has cpu" in choice.lacks


def test_auto_takes_what_there_is_and_is_content_with_the_processor() -> None:
    assert choose(Device.AUTO, 0, GPU_WHEEL).device is Device.CUDA
    assert choose(Device.AUTO, 0, (PROVIDERS[Device.COREML], CPU)).device is Device.COREML
    content = choose(Device.AUTO, 0, (CPU,))
    assert (content.device, content.lacks) == (Device.CPU, "")


def test_the_installed_runtime_is_asked() -> None:
    assert choose_device(Device.CPU, 0).providers == PROCESSOR.providers


def test_each_device_has_a_worker_and_more_workers_take_turns() -> None:
    assert EngineSettings(workers=3).worker_devices == (0, 0, 0)
    assert EngineSettings(device_ids=(0, 2)).worker_devices == (0, 2)
    assert EngineSettings(workers=3, device_ids=(0, 1)).worker_devices == (0, 1, 0)
    assert EngineSettings(device_ids=(0, 1)).on_device(1).device_ids == (1,)


def test_bound_to_a_devices_memory_a_graph_gives_the_same_and_is_checked_as_well(tmp_path: Path) -> None:
    """The processor's own memory stands in for a device's: the path is the same."""
    bound = replace(PROCESSOR, memory="cpu")
    folder = make_bundle(tmp_path / "add", "add").folder
    x = {"a": np.arange(8, dtype=np.float32).reshape(2, 4)[:, ::-1], "b": np.ones((2, 4), np.float32)}
    plain, on_device = (
        open_session(folder, "model.onnx", threads=1, stop=StopSwitch(), choice=choice) for choice in (PROCESSOR, bound)
    )
    assert on_device.provider == CPU
    assert plain.run(x, StopSwitch())["sum"].tolist() == on_device.run(x, StopSwitch())["sum"].tolist()
    wrong = open_session(
        make_bundle(tmp_path / "wrong", "wrong_shape").folder,
        "model.onnx",
        threads=1,
        stop=StopSwitch(),
        choice=bound,
    )
    with pytest.raises(ModelFault, match="shape"):
        wrong.run({"latent": np.zeros((1, 8), np.float32)}, StopSwitch())
