"""Which model of the Stable Diffusion family the graphs of a diffusers folder make, by what its UNet takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artrator.bundle.config import Pipeline, roles_of
from artrator.bundle.diffusers_files import unrecognised
from artrator.bundle.facts import GraphFacts, TensorSpec

CORE = frozenset({"sample", "timestep", "encoder_hidden_states"})
XL = frozenset({"text_embeds", "time_ids"})
GUIDANCE = "timestep_cond"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMember:
    """graphs: paths by role. takes_guidance: as an input of the UNet, which then needs no second prediction for it."""

    graphs: Mapping[str, str]
    is_xl: bool
    is_inpainting: bool
    takes_guidance: bool

    @property
    def has_controlnet(self) -> bool:
        """Tell whether a ControlNet is among the graphs."""
        return "controlnet" in self.graphs


def recognise_graphs(facts: Mapping[str, GraphFacts]) -> FamilyMember:
    """Tell what the graphs make. facts: by path. Raises: Invalid naming what is not supported."""
    roles = roles_of(Pipeline.TEXT_TO_IMAGE)
    found = {role: f"{role}/model.onnx" for role in sorted(roles.needed | roles.optional)}
    found = {role: path for role, path in found.items() if path in facts}
    lacking = sorted(roles.needed - found.keys())
    if lacking:
        raise unrecognised(f"there is no {lacking[0]}/model.onnx")
    unet = facts[found["unet"]]
    takes = {spec.name for spec in unet.inputs}
    residuals = {spec.name for spec in facts[found["controlnet"]].outputs} if "controlnet" in found else set[str]()
    known = CORE | {GUIDANCE} | residuals | (XL if "text_encoder_2" in found else set[str]())
    if not CORE | residuals <= takes <= known or not (takes >= XL or takes.isdisjoint(XL)):
        raise unrecognised(
            f"the unet takes {', '.join(sorted(takes)[:8])}; supported are {', '.join(sorted(CORE))}, {GUIDANCE} of a "
            f"consistency model, {' and '.join(sorted(XL))} beside a text_encoder_2, and the outputs of a controlnet"
        )
    if not takes >= XL:
        found.pop("text_encoder_2", None)
    return FamilyMember(
        graphs=found,
        is_xl=takes >= XL,
        is_inpainting=_is_inpainting(unet, facts[found["vae_decoder"]]),
        takes_guidance=GUIDANCE in takes,
    )


def _is_inpainting(unet: GraphFacts, decoder: GraphFacts) -> bool:
    """Tell whether a UNet takes a mask and a masked picture beside the latent."""
    taken = _channels(next(spec for spec in unet.inputs if spec.name == "sample"))
    given = next((each for each in map(_channels, (*unet.outputs, *decoder.inputs)) if each is not None), taken)
    if taken == given or given is None:
        return False
    if taken == 2 * given + 1:
        return True
    raise unrecognised(
        f"the unet takes {taken} channels and gives {given}; supported are as many, and for inpainting twice as many and one"
    )


def _channels(spec: TensorSpec) -> int | None:
    channels = spec.dims[1] if len(spec.dims) == 4 else None
    return channels if isinstance(channels, int) else None
