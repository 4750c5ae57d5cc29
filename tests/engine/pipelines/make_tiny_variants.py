"""Make what other models of the family add to the tiny one: `python -m tests.engine.pipelines.make_tiny_variants`.

Each variant is a folder that is laid over `tiny_diffusion`, and its golden pictures by diffusers' own pipelines: Stable
Diffusion XL, UNets for inpainting, ControlNets, a guidance embedding, few steps. Needs what `make_tiny_diffusion` needs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import onnx
import onnxruntime
import torch
from diffusers import (
    ControlNetModel,
    EulerDiscreteScheduler,
    LatentConsistencyModelImg2ImgPipeline,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLControlNetPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tests.engine.pipelines.make_tiny_diffusion import (
    FOLDER,
    NEGATIVE,
    PROMPT,
    SIDE_PX,
    TOKENS,
    export,
    mask,
    noise,
    parts,
    photograph,
)
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

VARIANTS = FOLDER.parent / "tiny_variants"
WIDTH = 16
"""Of one text encoder's hidden states, and of the second one's projection."""
SIZE = {"height": SIDE_PX, "width": SIDE_PX}
ASKED = {"prompt": PROMPT, "guidance_scale": 5.0, "output_type": "np"}
BLOCKS = {
    "sample_size": SIDE_PX // 2,
    "block_out_channels": (8, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 4,
}
PLAIN = {
    **BLOCKS,
    "cross_attention_dim": WIDTH,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}
XL = {
    **BLOCKS,
    "cross_attention_dim": 2 * WIDTH,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + WIDTH,
}
SIDES = {0: "batch", 2: "height", 3: "width"}
Pictures = dict[str, np.ndarray]


class HiddenStates(nn.Module):
    """Text ids to what an encoder of SDXL gives: each layer's hidden states, and the second one's pooled embedding."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
        given = self.model(input_ids, output_hidden_states=True)
        first = given.text_embeds if hasattr(given, "text_embeds") else given.last_hidden_state
        return (first, *given.hidden_states)


class Conditioned(nn.Module):
    """One prediction of a UNet or ControlNet, each condition an input by its name."""

    def __init__(self, model: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(self.names, tensors, strict=True))
        added = {name: given.pop(name) for name in ("text_embeds", "time_ids") if name in given}
        residuals = [given.pop(name) for name in self.names if "residual" in name]
        if residuals:
            given["down_block_additional_residuals"] = tuple(residuals[:-1])
            given["mid_block_additional_residual"] = residuals[-1]
        made = self.model(**given, **({"added_cond_kwargs": added} if added else {}), return_dict=False)
        return made[0] if len(made) == 1 else (*made[0], made[1])


def shrink(path: Path) -> None:
    """Fold what is constant and drop the long names, so that the file is small."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(path)
    outer = {each.name for each in (*model.graph.input, *model.graph.output)}
    short: dict[str, str] = {}
    for node in model.graph.node:
        node.name, node.doc_string = "", ""
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name and name not in outer:
                    names[index] = short.setdefault(name, f"v{len(short)}")
    for each in model.graph.initializer:
        each.name = short.get(each.name, each.name)
    del model.graph.value_info[:]
    onnx.save(model, path)


def random(model: nn.Module) -> Any:
    """Give a ControlNet other weights than the zeros that it begins with."""
    for name, weights in model.named_parameters():
        if "controlnet_" in name:
            nn.init.normal_(weights, std=0.2)
    return model.eval()


def unet_inputs(unet: UNet2DConditionModel) -> dict[str, Tensor]:
    """Give an example of what a UNet takes."""
    side, config = SIDE_PX // 2, unet.config
    inputs = {
        "sample": torch.randn(2, config.in_channels, side, side),
        "timestep": torch.ones(2),
        "encoder_hidden_states": torch.randn(2, TOKENS, config.cross_attention_dim),
    }
    if config.time_cond_proj_dim:
        inputs["timestep_cond"] = torch.randn(2, config.time_cond_proj_dim)
    if config.addition_embed_type:
        inputs |= {"text_embeds": torch.randn(2, WIDTH), "time_ids": torch.randn(2, 6)}
    return inputs


def write_unet(folder: Path, unet: UNet2DConditionModel, residuals: dict[str, Tensor] | None = None) -> None:
    """Write a UNet's graph and its config."""
    inputs = {**unet_inputs(unet), **(residuals or {})}
    axes = {name: SIDES if each.ndim == 4 else {0: "batch"} for name, each in inputs.items()}
    export("unet", Conditioned(unet, list(inputs)), inputs, axes, "out_sample", folder=folder)
    shrink(folder / "unet" / "model.onnx")
    (folder / "unet" / "config.json").write_text(unet.to_json_string())


def write_controlnet(folder: Path, unet: UNet2DConditionModel, controlnet: ControlNetModel) -> None:
    """Write a ControlNet's graph, and the UNet's with an input for each of its outputs."""
    inputs = {**unet_inputs(unet), "controlnet_cond": torch.rand(2, 3, SIDE_PX, SIDE_PX)}
    axes = {name: SIDES if each.ndim == 4 else {0: "batch"} for name, each in inputs.items()}
    module = Conditioned(controlnet, list(inputs))
    made = module(*inputs.values())
    names = [f"down_block_additional_residual_{index}" for index in range(len(made) - 1)]
    names.append("mid_block_additional_residual")
    export("controlnet", module, inputs, axes, *names, folder=folder)
    shrink(folder / "controlnet" / "model.onnx")
    write_unet(folder, unet, dict(zip(names, made, strict=True)))


def write(folder: Path, index: dict[str, Any], scheduler: Any, pictures: Pictures) -> None:
    """Write what every variant has."""
    (folder / "model_index.json").write_text(json.dumps(index))
    scheduler.save_pretrained(folder / "scheduler")
    painted = {name: (each * 255).round().astype(np.uint8) for name, each in pictures.items()}
    np.savez_compressed(folder / "golden.npz", **painted)


def quiet(pipeline: Any) -> Any:
    """Silence a pipeline, and let it take the engine's noise and the encoder's means."""
    pipeline.set_progress_bar_config(disable=True)
    module = __import__(type(pipeline).__module__, fromlist=["x"])
    module.randn_tensor = lambda *_, **__: noise(1)
    module.retrieve_latents = lambda encoded, **_: encoded.latent_dist.mode()
    return pipeline


def seen() -> Tensor:
    """Give the photograph in -1..1."""
    return torch.from_numpy(photograph()).permute(2, 0, 1)[None].float() / 127.5 - 1


def white() -> Tensor:
    """Give the mask in 0..1."""
    return torch.from_numpy(mask())[None, None].float() / 255


def edges() -> Tensor:
    """Give the image that a ControlNet follows, in 0..1: the photograph."""
    return torch.from_numpy(photograph()).permute(2, 0, 1)[None].float() / 255


def text_encoder_xl(kind: Any, tokenizer: CLIPTokenizer) -> Any:
    """Build one of SDXL's text encoders."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=WIDTH,
        max_position_embeddings=TOKENS,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    return kind(config).eval()


def write_text_encoder_xl(folder: Path, role: str, model: Any, tokenizer: CLIPTokenizer) -> None:
    """Write one of them."""
    first = "text_embeds" if isinstance(model, CLIPTextModelWithProjection) else "last_hidden_state"
    names = (first, *(f"hidden_states.{index}" for index in range(3)))
    ids = torch.tensor(tokenizer(["red", "a blue circle"], padding="max_length", max_length=TOKENS)["input_ids"])
    export(role, HiddenStates(model), {"input_ids": ids}, {"input_ids": {0: "batch"}}, *names, folder=folder)
    shrink(folder / role / "model.onnx")


def xl_parts(base: dict[str, Any]) -> dict[str, Any]:
    """Build SDXL's models around the plain one's autoencoder, which is scaled as SDXL's is."""
    torch.manual_seed(1)
    second = CLIPTokenizer(
        str(FOLDER / "tokenizer" / "vocab.json"),
        str(FOLDER / "tokenizer" / "merges.txt"),
        model_max_length=TOKENS,
        pad_token="!",
    )
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading"
    )
    vae = base["vae"]
    vae.register_to_config(scaling_factor=0.13025)
    # in the order in which they were first drawn
    unet = UNet2DConditionModel(**XL).eval()
    return {
        "vae": vae,
        "text_encoder": text_encoder_xl(CLIPTextModel, base["tokenizer"]),
        "text_encoder_2": text_encoder_xl(CLIPTextModelWithProjection, second),
        "tokenizer": base["tokenizer"],
        "tokenizer_2": second,
        "unet": unet,
        "scheduler": scheduler,
        "add_watermarker": False,
    }


def make_xl(base: dict[str, Any]) -> None:
    """SDXL: text, image, inpainting with a plain UNet, an inpainting UNet, a ControlNet."""
    folder, tools = VARIANTS / "xl", xl_parts(base)
    vae, unet, scheduler = (tools[name] for name in ("vae", "unet", "scheduler"))
    for role, tokenizer in (("text_encoder", "tokenizer"), ("text_encoder_2", "tokenizer_2")):
        write_text_encoder_xl(folder, role, tools[role], tools[tokenizer])
    write_unet(folder, unet)
    (folder / "vae_decoder").mkdir(exist_ok=True)
    (folder / "vae_decoder" / "config.json").write_text(vae.to_json_string())
    paint, repaint, inpaint = (
        quiet(kind(**tools))
        for kind in (StableDiffusionXLPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline)
    )
    asked = {**ASKED, "negative_prompt": NEGATIVE}
    known = vae.encode(seen()).latent_dist.mode() * vae.config.scaling_factor
    index = {"_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": True}
    shown = {
        "text": paint(**asked, **SIZE, num_inference_steps=5, latents=noise(2), num_images_per_prompt=2).images,
        "unsaid": paint(**ASKED, **SIZE, num_inference_steps=4, latents=noise(1)).images,
        "wide": paint(**asked, height=32, width=48, num_inference_steps=3, latents=noise(1, width=24)).images,
        "image": repaint(**asked, image=known, strength=0.6, num_inference_steps=10).images,
        "inpaint": inpaint(
            **asked, **SIZE, image=seen(), mask_image=white(), strength=0.8, num_inference_steps=10
        ).images,
    }
    write(folder, index, scheduler, shown)
    make_inpainting("xl_inpaint", StableDiffusionXLInpaintPipeline, {**tools}, XL, index)
    make_controlled("xl_controlnet", StableDiffusionXLControlNetPipeline, {**tools}, XL, index)
    vae.register_to_config(scaling_factor=0.18215)


def make_inpainting(name: str, kind: Any, tools: dict[str, Any], shape: dict[str, Any], index: dict[str, Any]) -> None:
    """A UNet that is given the mask and what it leaves of the picture."""
    folder = VARIANTS / name
    torch.manual_seed(2)
    tools["unet"] = UNet2DConditionModel(**shape, in_channels=9).eval()
    write_unet(folder, tools["unet"])
    inpaint = quiet(kind(**tools))
    asked = {**ASKED, **SIZE, "negative_prompt": NEGATIVE, "image": seen(), "mask_image": white()}
    shown = {
        "whole": inpaint(**asked, strength=1.0, num_inference_steps=5).images,
        "part": inpaint(**asked, strength=0.6, num_inference_steps=10).images,
    }
    write(folder, {**index, "_class_name": kind.__name__}, tools["scheduler"], shown)


def controlled_parts(shape: dict[str, Any]) -> tuple[UNet2DConditionModel, Any]:
    """Build a UNet and a ControlNet for it."""
    torch.manual_seed(3)
    unet = UNet2DConditionModel(**shape).eval()
    return unet, random(ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 8)))


def make_controlled(name: str, kind: Any, tools: dict[str, Any], shape: dict[str, Any], index: dict[str, Any]) -> None:
    """A ControlNet beside the UNet."""
    folder = VARIANTS / name
    unet, controlnet = controlled_parts(shape)
    write_controlnet(folder, unet, controlnet)
    paint = quiet(kind(**{**tools, "unet": unet, "controlnet": controlnet}))
    asked = {**ASKED, "negative_prompt": NEGATIVE, "image": edges(), "num_inference_steps": 5}
    shown = {
        "follows": paint(**asked, latents=noise(2), num_images_per_prompt=2).images,
        "half": paint(**asked, latents=noise(1), controlnet_conditioning_scale=0.5).images,
        "plain": paint(**{**asked, "guidance_scale": 1.0}, latents=noise(1)).images,
    }
    write(folder, {**index, "_class_name": kind.__name__}, tools["scheduler"], shown)


def make_lcm(tools: dict[str, Any]) -> None:
    """A latent consistency model: guidance is an input of the UNet, and few steps are enough."""
    folder = VARIANTS / "lcm"
    torch.manual_seed(4)
    scheduler = LCMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    tools = {**tools, "unet": UNet2DConditionModel(**PLAIN, time_cond_proj_dim=12).eval(), "scheduler": scheduler}
    del tools["feature_extractor"]
    write_unet(folder, tools["unet"])
    more = {"feature_extractor": None, "requires_safety_checker": False}
    paint = quiet(LatentConsistencyModelPipeline(**tools, **more))
    repaint = quiet(LatentConsistencyModelImg2ImgPipeline(**tools, **more))
    vae = tools["vae"]
    known = vae.encode(seen()).latent_dist.mode() * vae.config.scaling_factor
    # one step draws no noise between its levels, whose order is the generators' own
    one = {"prompt": PROMPT, "guidance_scale": 8.0, "output_type": "np", "num_inference_steps": 1}
    shown = {
        "text": paint(**one, **SIZE, latents=noise(1)).images,
        "image": repaint(**one, image=known, strength=0.5).images,
    }
    draws = noises(5)
    diffusers.schedulers.scheduling_lcm.randn_tensor = lambda *_, **__: next(draws)
    next(draws)
    shown["steps"] = paint(**{**one, "num_inference_steps": 4}, **SIZE, latents=noise(1)).images
    draws = noises(5)
    next(draws)
    shown["image_steps"] = repaint(**{**one, "num_inference_steps": 4}, image=known, strength=0.5).images
    write(folder, {"_class_name": "LatentConsistencyModelPipeline"}, scheduler, shown)


def noises(count: int) -> Any:
    """Give what the engine's generator draws one after the other for one picture."""
    generator = np.random.Generator(np.random.PCG64(11))
    shape = (1, 4, SIDE_PX // 2, SIDE_PX // 2)
    return iter([torch.from_numpy(generator.standard_normal(shape, dtype=np.float32)) for _ in range(count)])


def make_turbo(tools: dict[str, Any]) -> None:
    """A few steps by trailing spacing and no guidance, with the plain model's graphs."""
    folder = VARIANTS / "turbo"
    folder.mkdir(exist_ok=True)
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="trailing"
    )
    tools = {**tools, "scheduler": scheduler, "requires_safety_checker": False}
    asked = {"prompt": PROMPT, "guidance_scale": 0.0, "output_type": "np"}
    known = tools["vae"].encode(seen()).latent_dist.mode() * tools["vae"].config.scaling_factor
    paint, repaint = (quiet(kind(**tools)) for kind in (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline))
    shown = {
        "one": paint(**asked, **SIZE, num_inference_steps=1, latents=noise(1)).images,
        "image": repaint(**asked, image=known, num_inference_steps=2, strength=0.5).images,
    }
    write(folder, {"_class_name": "StableDiffusionPipeline"}, scheduler, shown)


@torch.no_grad()
def main() -> None:
    """Write every variant."""
    base = parts()
    tools = {**base, "requires_safety_checker": False}
    make_xl(base)
    make_inpainting("inpaint", StableDiffusionInpaintPipeline, {**tools}, PLAIN, {})
    make_controlled("controlnet", StableDiffusionControlNetPipeline, {**tools}, PLAIN, {})
    make_lcm(base)
    make_turbo(base)


if __name__ == "__main__":
    main()
