"""What the tensors of a LoRA are called by those who train them, read as the module that each adapts and its part in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a tensor is of a module's LoRA."""

    DOWN = "down"
    UP = "up"
    ALPHA = "alpha"


@dataclass(frozen=True, slots=True)
class LoraName:
    """role: of the graph. module: in one word, as `flattened` gives it."""

    role: str
    module: str
    part: Part


_KOHYA = re.compile(r"lora_(unet|te|te1|te2)_([A-Za-z0-9_]+)\.(lora_down\.weight|lora_up\.weight|alpha)\Z")
_DOTTED = re.compile(
    r"(?:(unet|text_encoder|text_encoder_2)|base_model\.model)\.([A-Za-z0-9_.]+?)\."
    r"(lora_[AB](?:\.default)?\.weight|lora(?:_linear_layer)?\.(?:down|up)\.weight|alpha)\Z"
)
_PROCESSOR = re.compile(r"unet\.([A-Za-z0-9_.]+)\.processor\.(to_[a-z]+)_lora\.(down|up)\.weight\Z")
_ROLES = {"te": "text_encoder", "te1": "text_encoder", "te2": "text_encoder_2"}
_DOWN = ("lora_down", "lora_A", "lora.down", "lora_linear_layer.down", "down")
_OTHER_KINDS = {
    "dora_scale": "DoRA",
    "lora_magnitude_vector": "DoRA",
    "hada_w": "LoHa",
    "lokr_w": "LoKr",
    "lora_mid": "a LoRA with a middle factor",
    "oft_": "OFT",
    "on_input": "IA3",
}


def read_lora_name(name: str) -> LoraName | None:
    """Read a tensor's name as kohya's trainers write it, or peft, or diffusers of any age; None where none of them does."""
    if match := _KOHYA.match(name):
        component, module, part = match.groups()
        return LoraName(_ROLES.get(component, component), module, _part(part))
    if match := _PROCESSOR.match(name):
        module, layer, part = match.groups()
        return LoraName("unet", flattened(f"{module}.{'to_out.0' if layer == 'to_out' else layer}"), _part(part))
    if match := _DOTTED.match(name):
        component, module, part = match.groups()
        return LoraName(component or "unet", flattened(module), _part(part))
    return None


def flattened(module: str) -> str:
    """Write a module's name in one word, as kohya does: it is all that a name of any style is sure to tell."""
    return module.replace(".", "_")


def other_kind(name: str) -> str | None:
    """Name the relative of LoRA that a tensor belongs to, which is not supported; None where it is of none."""
    return next((kind for sign, kind in _OTHER_KINDS.items() if sign in name), None)


def _part(text: str) -> Part:
    if text == "alpha":
        return Part.ALPHA
    return Part.DOWN if text.startswith(_DOWN) else Part.UP
