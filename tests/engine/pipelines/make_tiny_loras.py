"""Make the LoRAs of the tiny model and their golden pictures again: `python -m tests.engine.pipelines.make_tiny_loras`.

`style` is written as kohya's trainers do and adapts every kind of layer; `ink` is written by diffusers itself out of peft's
adapters. Needs what make_tiny_diffusion needs, and peft.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from tests.engine.pipelines.make_tiny_diffusion import PROMPT, SIDE_PX, noise, parts
from torch import Tensor, nn

FOLDER = Path(__file__).parent / "tiny_loras"
RANK, ALPHA = 3, 2.0


def style(made: dict[str, Any]) -> dict[str, Tensor]:
    """Give random factors for linear layers, convolutions and the text encoder, by kohya's names."""
    torch.manual_seed(1)
    state: dict[str, Tensor] = {}
    for prefix, model in (("lora_unet", made["unet"]), ("lora_te", made["text_encoder"])):
        for name, module in model.named_modules():
            wanted = ("attn" in name or "proj_" in name or "resnets.0.conv1" in name) and "time_emb" not in name
            if not wanted or not isinstance(module, nn.Linear | nn.Conv2d):
                continue
            out, into, *kernel = module.weight.shape
            tail = "" if prefix == "lora_unet" or name.startswith("text_model") else "text_model_"
            key = f"{prefix}_{tail}{name.replace('.', '_')}"
            state[f"{key}.lora_down.weight"] = torch.randn(RANK, into, *kernel) * 0.4
            state[f"{key}.lora_up.weight"] = torch.randn(out, RANK, *(1 for _ in kernel)) * 0.4
            state[f"{key}.alpha"] = torch.tensor(ALPHA)
    return state


def write_ink(made: dict[str, Any]) -> None:
    """Write random factors for attention as diffusers' own training scripts do."""
    torch.manual_seed(2)
    states = {}
    for role, targets in (("unet", ["to_q", "to_k", "to_v", "to_out.0"]), ("text_encoder", ["q_proj", "v_proj"])):
        model = made[role]
        model.add_adapter(LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, target_modules=targets))
        for name, weight in model.named_parameters():
            if "lora_" in name:
                nn.init.normal_(weight, std=0.4)
        states[role] = convert_state_dict_to_diffusers(get_peft_model_state_dict(model))
    StableDiffusionPipeline.save_lora_weights(
        FOLDER, states["unet"], states["text_encoder"], weight_name="ink.safetensors"
    )


def merge_style(made: dict[str, Any], weight: float) -> None:
    """Add what `style` adds to the weights themselves; diffusers does not find text encoders of this transformers."""
    state = style(parts())
    for prefix, model in (("lora_unet", made["unet"]), ("lora_te_text_model", made["text_encoder"])):
        for name, module in model.named_modules():
            key = f"{prefix}_{name.replace('.', '_')}"
            if f"{key}.alpha" in state:
                down, up = state[f"{key}.lora_down.weight"], state[f"{key}.lora_up.weight"]
                added = (up.flatten(1) @ down.flatten(1)).reshape(module.weight.shape)
                module.weight += weight * ALPHA / RANK * added


def pictures() -> dict[str, np.ndarray]:
    """Paint with diffusers' own pipeline, from the engine's noise."""
    painted: dict[str, np.ndarray] = {}
    for name, style_weight, ink_weight in (
        ("style", 1.0, 0.0),
        ("style_half", 0.5, 0.0),
        ("ink", 0.0, 1.0),
        ("both", 0.7, 1.5),
    ):
        made = parts()
        merge_style(made, style_weight)
        pipe = StableDiffusionPipeline(**made, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        if ink_weight:
            pipe.load_lora_weights(FOLDER, weight_name="ink.safetensors", adapter_name="ink")
            pipe.set_adapters(["ink"], [ink_weight])
        painted[name] = pipe(
            prompt=PROMPT,
            guidance_scale=1.0,
            output_type="np",
            height=SIDE_PX,
            width=SIDE_PX,
            num_inference_steps=4,
            latents=noise(1),
        ).images
    return painted


@torch.no_grad()
def main() -> None:
    """Write the LoRAs and the pictures."""
    FOLDER.mkdir(exist_ok=True)
    save_file(style(parts()), FOLDER / "style.safetensors", metadata={"ss_network_dim": str(RANK)})
    write_ink(parts())
    painted = {name: (each * 255).round().astype(np.uint8) for name, each in pictures().items()}
    np.savez_compressed(FOLDER / "golden.npz", **painted)


if __name__ == "__main__":
    main()
