"""A LoRA as it lies in a file: two factors for each module that it adapts, and by how much their product counts.

To be called in a sandboxed child, which has the base's weights to compare with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from artrator.bundle.adaptable import AdaptableWeight, Reach, WeightKind, reach_of
from artrator.bundle.facts import LoraFacts
from artrator.bundle.lora_names import LoraName, Part, flattened, other_kind, read_lora_name
from artrator.bundle.safetensors import SafetensorsFile, open_safetensors
from artrator.kernel.errors import Invalid

MAX_RANK = 1024
MAX_SCALE = 1e4
ADAPTABLE_ROLES = ("unet", "text_encoder", "text_encoder_2")
_DIFFUSERS_METADATA = "lora_adapter_metadata"
_TEXT_MODEL = "text_model_"
_UNSUPPORTED_SETTINGS = ("alpha_pattern", "use_rslora", "use_dora")

BaseWeights = Mapping[str, Mapping[str, AdaptableWeight]]
"""The weights of a base that may be adapted, by role and module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraModule:
    """One module's factors. scale: by which their product counts, alpha / rank."""

    role: str
    weight: AdaptableWeight
    down: str
    up: str
    rank: int
    scale: float


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA that fits its base."""

    file: SafetensorsFile
    modules: tuple[LoraModule, ...]

    @property
    def reach(self) -> Reach:
        """Tell how far a base must be open for it."""
        return reach_of(each.weight for each in self.modules)

    @property
    def facts(self) -> LoraFacts:
        """Say what it is."""
        ranks = [each.rank for each in self.modules]
        return LoraFacts(modules=len(ranks), least_rank=min(ranks), most_rank=max(ranks), size_bytes=self.size_bytes)

    @property
    def size_bytes(self) -> int:
        """Count the bytes of its factors in the base's own types."""
        return sum(_count(each) * np.dtype(each.weight.dtype).itemsize for each in self.modules)

    def factors(self, module: LoraModule) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Read a module's factors (down, up) as an opened graph takes them, the scale in the second.

        Raises: Invalid where a value is not finite, or would not be in the base's type.
        """
        weight, rank = module.weight, module.rank
        down, up = self.file.read(module.down), self.file.read(module.up)
        if weight.kind is WeightKind.LINEAR:
            down, up = down.reshape(rank, weight.inputs).T, up.reshape(weight.outputs, rank).T
        else:
            down, up = down.reshape(rank, weight.inputs, *weight.kernel), up.reshape(weight.outputs, rank, 1, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            down = np.ascontiguousarray(down, weight.dtype)
            up = np.ascontiguousarray(up * np.float32(module.scale), weight.dtype)
        for name, values in ((module.down, down), (module.up, up)):
            if not np.isfinite(values).all():
                message = f"{name[:120]!r} holds values that are not finite, or too large for {weight.dtype}."
                raise Invalid("lora_not_finite", message, field="lora.file")
        return down, up


@dataclass(slots=True)
class _Found:
    parts: dict[Part, str] = field(default_factory=dict[Part, str])


def open_lora(folder: Path, path: str, base: BaseWeights, *, alpha: float | None = None) -> Lora:
    """Read a LoRA's file and compare it with the base's weights; its values are read by `Lora.factors`.

    alpha: for files that say none. Raises: Invalid, TooLarge.
    """
    file = open_safetensors(folder, path)
    found = _found(file)
    if not found:
        raise _malformed("it holds no factors")
    tables = {role: _by_flat_name(weights) for role, weights in base.items()}
    alphas = _stated_alphas(file.metadata)
    modules = [
        _module(file, name, each.parts, _target(name, tables), alphas.get(name.role, alpha))
        for name, each in found.items()
    ]
    return Lora(file, tuple(modules))


def _found(file: SafetensorsFile) -> Mapping[LoraName, _Found]:
    """Put the tensors of each module together; the key is its DOWN part."""
    found: dict[LoraName, _Found] = {}
    for name in file.tensors:
        read = read_lora_name(name)
        kind = other_kind(name)
        if kind is not None:
            message = f"{name[:120]!r} is of {kind}; LoRAs of two factors are supported."
            raise Invalid("lora_kind_unsupported", message, field="lora.file")
        if read is None:
            raise _malformed(f"the name {name[:120]!r} is of no known LoRA format (kohya's, peft's, diffusers')")
        parts = found.setdefault(LoraName(read.role, read.module, Part.DOWN), _Found()).parts
        if read.part in parts:
            raise _malformed(f"{parts[read.part][:100]!r} and {name[:100]!r} are the same")
        parts[read.part] = name
    return found


def _by_flat_name(weights: Mapping[str, AdaptableWeight]) -> Mapping[str, AdaptableWeight]:
    """Index weights by their names in one word; where two have the same, neither is meant."""
    # exports often put a module around the model, whose name then stands before all others
    outer = {module.partition(".")[0] for module in weights}
    wrapper = f"{outer.pop()}." if len(outer) == 1 else ""
    table: dict[str, AdaptableWeight] = {}
    twice: set[str] = set()
    for module, weight in weights.items():
        for flat in {flattened(module), flattened(module.removeprefix(wrapper))}:
            if flat in table:
                twice.add(flat)
            table[flat] = weight
    return {flat: weight for flat, weight in table.items() if flat not in twice}


def _target(name: LoraName, tables: Mapping[str, Mapping[str, AdaptableWeight]]) -> AdaptableWeight:
    table = tables.get(name.role, {})
    # CLIP's text model is wrapped by one module more in some versions of transformers
    for flat in (name.module, name.module.removeprefix(_TEXT_MODEL), _TEXT_MODEL + name.module):
        if flat in table:
            return table[flat]
    if not any(tables.values()):
        message = "The base's graphs keep no names of their weights, so no LoRA can be fitted to it; export it again."
        raise Invalid("base_not_adaptable", message, field="base")
    message = f"The base has no weight {name.module[:120]!r} in its {name.role}; is the LoRA for another base?"
    raise Invalid("lora_module_unknown", message, field="base")


def _module(
    file: SafetensorsFile, name: LoraName, parts: Mapping[Part, str], weight: AdaptableWeight, alpha: float | None
) -> LoraModule:
    if Part.DOWN not in parts or Part.UP not in parts:
        raise _malformed(f"{name.module[:120]!r} has one factor of its two")
    down, up = (file.tensors[parts[part]].shape for part in (Part.DOWN, Part.UP))
    rank = down[0] if down else 0
    if not 1 <= rank <= MAX_RANK:
        message = f"{parts[Part.DOWN][:120]!r} has the rank {rank}; 1 to {MAX_RANK} are possible."
        raise Invalid("lora_rank_unsupported", message, field="lora.file")
    for part, shape, wanted in (
        (Part.DOWN, down, (rank, weight.inputs, *weight.kernel)),
        (Part.UP, up, (weight.outputs, rank, 1, 1)),
    ):
        if not _same_shape(shape, wanted, weight.kind):
            message = f"{parts[part][:120]!r} has the shape {list(shape)}; the base's weight needs {list(wanted)}."
            raise Invalid("lora_shape_mismatch", message, field="base")
    stated = float(file.read(parts[Part.ALPHA]).sum()) if _is_one_number(file, parts) else alpha
    scale = 1.0 if stated is None else stated / rank
    if not math.isfinite(scale) or abs(scale) > MAX_SCALE:
        raise _malformed(f"the alpha of {name.module[:120]!r} is {stated:g}")
    return LoraModule(role=name.role, weight=weight, down=parts[Part.DOWN], up=parts[Part.UP], rank=rank, scale=scale)


def _same_shape(shape: tuple[int, ...], wanted: tuple[int, ...], kind: WeightKind) -> bool:
    """Compare shapes; a linear layer's may be written as a matrix or as a convolution of one pixel."""
    if shape == wanted:
        return True
    return shape == wanted[:2] and (kind is WeightKind.LINEAR or wanted[2:] == (1, 1))


def _is_one_number(file: SafetensorsFile, parts: Mapping[Part, str]) -> bool:
    if Part.ALPHA not in parts:
        return False
    if math.prod(file.tensors[parts[Part.ALPHA]].shape) != 1:
        raise _malformed(f"{parts[Part.ALPHA][:120]!r} is not one number")
    return True


def _stated_alphas(metadata: Mapping[str, str]) -> Mapping[str, float]:
    """Read the alphas that diffusers writes beside the tensors, by role. Raises: Invalid where they are not plain."""
    if _DIFFUSERS_METADATA not in metadata:
        return {}
    try:
        stated = msgspec.json.decode(metadata[_DIFFUSERS_METADATA], type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        raise _malformed(f"its {_DIFFUSERS_METADATA} is not understood") from None
    return dict(_read_alphas(stated))


def _read_alphas(stated: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    for role in ADAPTABLE_ROLES:
        for setting in _UNSUPPORTED_SETTINGS:
            if stated.get(f"{role}.{setting}"):
                message = f"The LoRA is trained with {setting}, which is not supported."
                raise Invalid("lora_kind_unsupported", message, field="lora.file")
        alpha = stated.get(f"{role}.lora_alpha")
        if isinstance(alpha, int | float):
            yield role, float(alpha)


def _count(module: LoraModule) -> int:
    weight = module.weight
    return module.rank * (weight.inputs * math.prod(weight.kernel) + weight.outputs)


def _malformed(reason: str) -> Invalid:
    return Invalid("lora_malformed", f"This is no LoRA that can be used: {reason}.", field="lora.file")
