"""What the engine may use of the machine: processes, threads, memory, and how long a run may take."""

from __future__ import annotations

import os
from itertools import cycle, islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from artrator.engine.cluster.settings import ClusterSettings, FleetKind
from artrator.engine.devices import Device

MIB = 1 << 20


class EngineSettings(BaseModel):
    """The group `engine` of the settings tree."""

    model_config = ConfigDict(frozen=True)

    fleet: FleetKind = Field(
        default=FleetKind.LOCAL, description="where runs go: `local`, workers of this process; `ray`, a cluster"
    )
    cluster: ClusterSettings = ClusterSettings()
    workers: int = Field(default=1, ge=1, le=64, description="worker processes; one for each group of cores")
    threads_per_worker: int = Field(
        default=0, ge=0, le=256, description="graph calls that one worker runs at once; 0 takes one for each core"
    )
    threads_per_call: int = Field(
        default=1, ge=1, le=256, description="threads of a call of a graph that was not measured on this device"
    )
    device: Device = Field(
        default=Device.CPU, description="what evaluates graphs; auto takes what the installed onnxruntime has"
    )
    device_ids: tuple[int, ...] = Field(
        default=(0,), min_length=1, max_length=64, description="devices of that kind to use; each has a worker at least"
    )
    device_files: tuple[Path, ...] = Field(
        default=(),
        description="files and folders that a driver needs, such as /dev/nvidia0; workers that may use them run without "
        "the filter on system calls, so strangers' models then need `allow_unprotected`",
    )
    cache_bytes: int = Field(
        default=1024 * MIB,
        ge=MIB,
        description="loaded models that a worker keeps; that goes first which is worth least",
    )
    memory_bytes: int = Field(
        default=4096 * MIB, ge=512 * MIB, description="address space of a worker; a model that asks for more fails"
    )
    max_waiting: int = Field(
        default=512,
        ge=1,
        description="runs in flight for each worker, waiting ones included; more are turned away (503)",
    )
    max_waiting_of_account: int = Field(
        default=256, ge=1, description="runs in flight of one account; more are turned away (429), others' are not"
    )
    max_batch: int = Field(
        default=16,
        ge=1,
        le=256,
        description="calls of one graph that run together at most, however much more would pay",
    )
    run_deadline_s: float = Field(
        default=120.0, gt=0, description="seconds that a run may take where nothing else is said"
    )
    max_image_bytes: int = Field(default=32 * MIB, ge=1, description="encoded bytes of one input image")
    max_image_px: int = Field(default=64_000_000, ge=1, description="pixels of one input or output image")
    max_tensor_bytes: int = Field(default=256 * MIB, ge=1, description="bytes of one input or output tensor")
    bundle_cache_bytes: int = Field(
        default=8192 * MIB, ge=MIB, description="unpacked bundles that stay on the local disk"
    )
    optimised_cache_bytes: int = Field(
        default=8192 * MIB,
        ge=0,
        description="copies of graphs made ready for this machine, on the local disk; 0 for none",
    )
    allow_unprotected: bool = Field(
        default=False, description="run strangers' models although this system lacks a protection of the sandbox"
    )

    @property
    def slots(self) -> int:
        """Graph calls at once in one worker."""
        return self.threads_per_worker or cores()

    @property
    def call_memory_bytes(self) -> int:
        """What one batch may take: what the loaded models leave, half of it in reserve, for every slot its part."""
        return max(0, self.memory_bytes - self.cache_bytes) // (2 * self.slots)

    @property
    def window(self) -> int:
        """Runs that one worker should hold: full batches in every slot, and as many on their way."""
        return 2 * self.max_batch * self.slots

    @property
    def worker_devices(self) -> tuple[int, ...]:
        """Name the device of each worker."""
        return tuple(islice(cycle(self.device_ids), max(self.workers, len(self.device_ids))))

    def on_device(self, device_id: int) -> EngineSettings:
        """Give the settings of one worker."""
        return self.model_copy(update={"device_ids": (device_id,)})


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
