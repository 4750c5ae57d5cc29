"""Paint the golden pictures of every combination with diffusers: `python -m tests.engine.pipelines.make_tiny_matrix`.

The models are those of `make_tiny_diffusion` and `make_tiny_variants`; SDXL's is written once more with the names that LoRAs need, and a
LoRA for it. Needs what make_tiny_loras needs.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from tests.engine.pipelines.make_tiny_diffusion import NEGATIVE, PROMPT, SIDE_PX, noise, parts
from tests.engine.pipelines.make_tiny_loras import FOLDER as LORAS
from tests.engine.pipelines.make_tiny_variants import (
    PLAIN,
    XL,
    controlled_parts,
    edges,
    noises,
    quiet,
    seen,
    white,
    xl_parts,
)
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
from torch import nn

from artrator.recipes.export.parts import parts_of
from artrator.recipes.export.stable_diffusion import write_part
from artrator.recipes.export.weights import Stored

XL_FOLDER = MATRIX / "xl_named"
XL_LORA = "xl.safetensors"
TASK_CLASSES = {"text": "", "image": "Img2Img", "inpaint": "Inpaint"}
MOST_DRAWS = 4 * STEPS


def models() -> dict[tuple[str, str], dict[str, Any]]:
    """Build the parts of each shape, alone, for a LoRA and beside a ControlNet."""
    plain = parts()
    plain |= {"requires_safety_checker": False}
    unet, controlnet = controlled_parts(PLAIN)
    large = xl_parts(parts())
    large_unet, large_controlnet = controlled_parts(XL)
    return {
        ("sd", ALONE): plain,
        ("sd", LORA): plain,
        ("sd", CONTROLNET): {**plain, "unet": unet, "controlnet": controlnet},
        ("xl", ALONE): large,
        ("xl", LORA): large,
        ("xl", CONTROLNET): {**large, "unet": large_unet, "controlnet": large_controlnet},
    }


def write_xl(made: dict[str, Any]) -> None:
    """Write SDXL's UNet with the names of its modules, and a LoRA for it by peft's names.

    The names of diffusers' scripts are for attention alone: of a file that has both, it would load but a part.
    """
    for part in parts_of(StableDiffusionXLPipeline(**made)):
        if part.role == "unet":
            write_part(part, XL_FOLDER / part.role, Stored.FP32)
    torch.manual_seed(5)
    model = xl_parts(parts())["unet"]
    targets = ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "ff.net.2"]
    model.add_adapter(LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, target_modules=targets))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            nn.init.normal_(weight, std=0.4)
    StableDiffusionXLPipeline.save_lora_weights(MATRIX, get_peft_model_state_dict(model), weight_name=XL_LORA)


def pipeline_of(cell: Cell, made: dict[str, Any]) -> Any:
    """Give diffusers' own pipeline of a combination, with its sampler."""
    size = "XL" if cell.shape == "xl" else ""
    lead = "ControlNet" if cell.lead == CONTROLNET else ""
    kind = getattr(diffusers, f"StableDiffusion{size}{lead}{TASK_CLASSES[cell.task]}Pipeline")
    config = dict(SAMPLERS[cell.sampler])
    scheduler_kind = getattr(diffusers, str(config["_class_name"]))
    pipeline = quiet(kind(**{**made, "scheduler": scheduler_kind.from_config(config)}))
    if cell.sampler == "lcm" and cell.task != "text":
        lay_within(pipeline, STRENGTH)
    draws = noises(MOST_DRAWS)
    next(draws)  # the noise that the run begins with
    sys.modules[scheduler_kind.__module__].randn_tensor = lambda *_, **__: next(draws)
    return pipeline


def lay_within(pipeline: Any, strength: float) -> None:
    """Let LCM lay all its steps into a share of the noise, as diffusers' own pipeline of consistency models begins from a picture."""
    scheduler = pipeline.scheduler
    plain = scheduler.set_timesteps
    scheduler.set_timesteps = lambda num_inference_steps, device=None: plain(
        num_inference_steps, device=device, strength=strength
    )
    pipeline.get_timesteps = lambda num_inference_steps, *_, **__: (scheduler.timesteps, num_inference_steps)


def painted(cell: Cell, made: dict[str, Any]) -> np.ndarray:
    """Paint one picture."""
    pipeline = pipeline_of(cell, made)
    if cell.lead == LORA:
        folder, file = (LORAS, "ink.safetensors") if cell.shape == "sd" else (MATRIX, XL_LORA)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # peft's, where it leaves a part of the file out
            pipeline.load_lora_weights(folder, weight_name=file, adapter_name="lora")
        pipeline.set_adapters(["lora"], [LORA_WEIGHT])
    try:
        picture = pipeline(**asked(cell, made)).images[0]
    finally:
        if cell.lead == LORA:
            pipeline.unload_lora_weights()
    return (picture * 255).round().astype(np.uint8)


def asked(cell: Cell, made: dict[str, Any]) -> dict[str, Any]:
    """Say to a pipeline what the engine is asked for."""
    told: dict[str, Any] = {
        "prompt": PROMPT,
        "negative_prompt": NEGATIVE,
        "guidance_scale": GUIDANCE,
        "num_inference_steps": STEPS,
        "output_type": "np",
    }
    if cell.task != "image":
        told |= {"height": SIDE_PX, "width": SIDE_PX}
    if cell.task == "text":
        told["latents"] = noise(1)
    else:
        told["strength"] = STRENGTH
    if cell.task == "image":
        vae = made["vae"]
        told["image"] = vae.encode(seen()).latent_dist.mode() * vae.config.scaling_factor
    if cell.task == "inpaint":
        told |= {"image": seen(), "mask_image": white()}
    if cell.lead == CONTROLNET:
        told |= {
            "image" if cell.task == "text" else "control_image": edges(),
            "controlnet_conditioning_scale": CONTROL_SCALE,
        }
    return told


@torch.no_grad()
def main() -> None:
    """Write what is not there yet of models, and every picture."""
    MATRIX.mkdir(exist_ok=True)
    made = models()
    write_xl(made["xl", LORA])
    pictures: dict[str, np.ndarray] = {}
    for cell in cells():
        pictures[cell.name] = painted(cell, made[cell.shape, cell.lead])
        print(cell.name, flush=True)
    np.savez_compressed(GOLDEN, **pictures)


if __name__ == "__main__":
    main()
