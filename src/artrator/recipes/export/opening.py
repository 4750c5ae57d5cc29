"""Open what PyTorch's users have: a diffusers folder, a checkpoint of a single file, a ControlNet to lay over either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from artrator.kernel.errors import ArtratorError, Invalid

OF_XL = "conditioner.embedders."
"""How the names of SDXL's text encoders begin, in the layout of a single file."""
PLAIN = {"torch_dtype": torch.float32, "local_files_only": True}


def open_pipeline(path: Path, *, like: Path | None = None, controlnet: Path | None = None) -> Any:
    """Open a diffusers folder, or a checkpoint of a single file; nothing is fetched.

    like: a diffusers folder with the configs and the tokenizer that a single file lacks.
    controlnet: a diffusers folder of a ControlNet for it. Raises: Invalid where diffusers cannot.
    """
    with _said(path, "path"):
        pipeline = _of_folder(path) if path.is_dir() else _of_file(path, like)
    if controlnet is not None:
        with _said(controlnet, "controlnet"):
            pipeline = _controlled(pipeline, controlnet)
    _check_controlnet(pipeline)
    return pipeline


def _of_folder(path: Path) -> Any:
    from diffusers import DiffusionPipeline  # noqa: PLC0415

    return DiffusionPipeline.from_pretrained(path, **PLAIN)


def _of_file(path: Path, like: Path | None) -> Any:
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline  # noqa: PLC0415

    if like is None:
        message = (
            f"{path.name} holds weights alone. Name a diffusers folder of the same kind of model, whose configs and "
            "tokenizer it shares: --like FOLDER (of that folder no weights are needed)."
        )
        raise Invalid("checkpoint_needs_configs", message, field="like")
    kind = StableDiffusionXLPipeline if is_xl(path) else StableDiffusionPipeline
    return kind.from_single_file(str(path), config=str(like), **PLAIN)


def is_xl(path: Path) -> bool:
    """Tell by the names of its weights whether a checkpoint is one of SDXL."""
    if path.suffix == ".safetensors":
        from safetensors import safe_open  # noqa: PLC0415

        with safe_open(path, "pt") as weights:
            return any(name.startswith(OF_XL) for name in weights.keys())  # noqa: SIM118 - it is no mapping
    weights = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return any(name.startswith(OF_XL) for name in weights.get("state_dict", weights))


def _controlled(pipeline: Any, path: Path) -> Any:
    """Give the pipeline that follows a ControlNet, out of the same parts."""
    from diffusers import (  # noqa: PLC0415
        ControlNetModel,
        StableDiffusionControlNetPipeline,
        StableDiffusionXLControlNetPipeline,
    )

    if not path.is_dir():
        raise Invalid("checkpoint_unreadable", f"{path.name} is no folder of a ControlNet.", field="controlnet")
    controlnet = ControlNetModel.from_pretrained(path, **PLAIN)
    is_of_xl = getattr(pipeline, "text_encoder_2", None) is not None
    kind = StableDiffusionXLControlNetPipeline if is_of_xl else StableDiffusionControlNetPipeline
    if controlnet.config.cross_attention_dim != pipeline.unet.config.cross_attention_dim:
        message = f"{path.name} is a ControlNet for another kind of model: it reads prompts of another width."
        raise Invalid("controlnet_unfit", message, field="controlnet")
    return kind.from_pipe(pipeline, controlnet=controlnet)


def _check_controlnet(pipeline: Any) -> None:
    from diffusers import ControlNetModel  # noqa: PLC0415

    controlnet = getattr(pipeline, "controlnet", None)
    if controlnet is not None and not isinstance(controlnet, ControlNetModel):
        kind = type(controlnet).__name__
        raise Invalid("controlnet_unfit", f"It has a {kind}; supported is one ControlNetModel.", field="controlnet")


@contextmanager
def _said(path: Path, field: str) -> Iterator[None]:
    try:
        yield
    except ArtratorError:
        raise
    except Exception as error:  # a stranger's file: diffusers, safetensors and pickle raise what they like
        said = " ".join(str(error).split())[:200]
        raise Invalid("checkpoint_unreadable", f"diffusers cannot open {path.name}: {said}", field=field) from error
