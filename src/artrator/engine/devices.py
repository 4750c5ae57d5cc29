"""Which device evaluates graphs: the one that the settings ask for where the runtime has it, else the processor, said aloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Provider: TypeAlias = tuple[str, Mapping[str, str]]


class Device(StrEnum):
    """Where graphs are evaluated, by the word of the settings. AUTO takes the first of ORDER that the runtime has."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    COREML = "coreml"
    DIRECTML = "directml"
    OPENVINO = "openvino"


PROVIDERS: Mapping[Device, str] = {
    Device.CUDA: "CUDAExecutionProvider",
    Device.TENSORRT: "TensorrtExecutionProvider",
    Device.COREML: "CoreMLExecutionProvider",
    Device.DIRECTML: "DmlExecutionProvider",
    Device.OPENVINO: "OpenVINOExecutionProvider",
    Device.CPU: "CPUExecutionProvider",
}
"""The runtime's names. Always named: its wheel lists others, and one of them reaches for the network."""
ORDER = (Device.CUDA, Device.COREML, Device.DIRECTML, Device.OPENVINO)
"""TensorRT is not among them: it compiles each graph for minutes, which somebody must want."""
MEMORIES: Mapping[Device, str] = {Device.CUDA: "cuda", Device.TENSORRT: "cuda", Device.DIRECTML: "dml"}
"""Devices with a memory of their own, by the runtime's name of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The device that is used, and why it is another than was asked for, if it is.

    providers: for the runtime, the first that can evaluate a node does. memory: the device's own, "" where it has none.
    """

    device: Device
    index: int
    providers: tuple[Provider, ...]
    memory: str = ""
    lacks: str = ""

    @property
    def name(self) -> str:
        """Name the device for people: `cpu`, `cuda:1`."""
        return f"{self.device}:{self.index}" if self.memory else str(self.device)


def choose(wanted: Device, index: int, available: Sequence[str]) -> Choice:
    """Choose a device by what the installed runtime offers.

    index: of several devices of a kind. available: the runtime's list.
    """
    if wanted is Device.AUTO:
        wanted = next((each for each in ORDER if PROVIDERS[each] in available), Device.CPU)
    if wanted is Device.CPU or PROVIDERS[wanted] not in available:
        lacks = "" if wanted is Device.CPU else _lacks(wanted, available)
        return Choice(device=Device.CPU, index=0, providers=(_provider(Device.CPU, 0),), lacks=lacks)
    chain = (wanted, Device.CUDA, Device.CPU) if wanted is Device.TENSORRT else (wanted, Device.CPU)
    providers = tuple(_provider(each, index) for each in chain if each is Device.CPU or PROVIDERS[each] in available)
    return Choice(device=wanted, index=index, providers=providers, memory=MEMORIES.get(wanted, ""))


def _provider(device: Device, index: int) -> Provider:
    match device:
        case Device.CUDA:
            options = {"device_id": str(index), "arena_extend_strategy": "kSameAsRequested"}
        case Device.TENSORRT | Device.DIRECTML:
            options = {"device_id": str(index)}
        case Device.OPENVINO:
            options = {"device_type": "AUTO"}
        case Device.CPU | Device.COREML | Device.AUTO:
            options = {}
    return PROVIDERS[device], options


def _lacks(wanted: Device, available: Sequence[str]) -> str:
    known = sorted(device.value for device, name in PROVIDERS.items() if name in available)
    return f"the installed onnxruntime has no {wanted} (it has {', '.join(known)}), so graphs run on the processor"
