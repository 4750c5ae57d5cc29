"""What kind of UNet a bundle has, read off its graph: channels, guidance as an input, residuals of a ControlNet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artrator.bundle.facts import TensorSpec
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Call
from artrator.engine.pipelines.job import Job

UNET, CONTROLNET, VAE_DECODER = "unet", "controlnet", "vae_decoder"
CONTROL_IMAGE = "control_image"
CORE = frozenset({"sample", "timestep", "encoder_hidden_states"})
MAX_CHANNELS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Unet:
    """is_inpainting: takes beside the latent a mask and the latent of what the mask leaves of a picture.

    guidance_width: of the embedding of the guidance that it takes, None where guidance is made of two predictions.
    """

    latent_channels: int
    is_inpainting: bool
    guidance_width: int | None


def read_unet(job: Job) -> Unet:
    """Read a UNet's signature. Raises: ModelFault."""
    inputs = job.graphs[UNET].inputs
    sample = inputs.get("sample")
    taken = _channels(sample)
    given = _channels(next(iter(job.graphs[UNET].outputs.values())), _channels(job.main_input(VAE_DECODER), taken))
    if taken is None or given is None or not 0 < given <= MAX_CHANNELS or taken not in (given, 2 * given + 1):
        message = (
            "The unet must take `sample`, (N, channels, height, width), of as many channels as it gives, or for "
            "inpainting of twice as many and one."
        )
        raise ModelFault(Fault.FAILED, message)
    width = inputs["timestep_cond"].dims[-1] if "timestep_cond" in inputs else None
    if "timestep_cond" in inputs and not (isinstance(width, int) and width >= 4):
        raise ModelFault(Fault.FAILED, "The unet's timestep_cond must be (N, width) of a fixed width.")
    return Unet(
        latent_channels=given,
        is_inpainting=taken != given,
        guidance_width=width if isinstance(width, int) else None,
    )


def call_with(job: Job, role: str, known: Mapping[str, Array]) -> Call:
    """Make a call of what a graph takes. Raises: ModelFault where it asks for something else."""
    specs = job.graphs[role].inputs
    strange = sorted(specs.keys() - known.keys())
    lacking = sorted(CORE - specs.keys())
    if strange or lacking:
        what = f"takes {strange[0]!r}" if strange else f"does not take {lacking[0]!r}"
        message = f"The {role} {what}; known in this bundle are {', '.join(sorted(known)[:20])}."
        raise ModelFault(Fault.FAILED, message)
    return Call(role, {name: known[name].astype(spec.dtype, copy=False) for name, spec in specs.items()})


def _channels(spec: TensorSpec | None, otherwise: int | None = None) -> int | None:
    channels = spec.dims[1] if spec is not None and len(spec.dims) == 4 else None
    return channels if isinstance(channels, int) else otherwise
