"""Write the museum's manifest, so that what a recipe leaves in its folder can be published as it is."""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic import JsonValue

from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.recipes.museum.autoencoder import FOLD
from artrator.recipes.museum.noise import GUIDANCE_RESCALE
from artrator.recipes.museum.vocabulary import LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What tells one museum from another: its name, how it samples, and what a run of it does when nothing is said."""

    name: str
    scheduler: dict[str, JsonValue]
    steps: int
    most_steps: int
    guidance: float


def write_manifest(out: Path, kind: Kind, *, side_px: int, preview: list[list[float]]) -> None:
    """Fill in the text of the manifest and write it. Raises: Invalid if that makes no manifest."""
    text = Template(Path(__file__).with_name("manifest.yaml").read_text("utf-8")).substitute(
        name=kind.name,
        recipe=kind.name.replace("-", "_"),
        steps=kind.steps,
        most_steps=kind.most_steps,
        guidance=kind.guidance,
        guidance_rescale=GUIDANCE_RESCALE,
        scheduler=json.dumps(kind.scheduler),
        preview=json.dumps(preview),
        tokens=LENGTH,
        px_per_latent=FOLD,
        side_px=side_px,
    )
    read_manifest(text)
    (out / MANIFEST_NAME).write_text(text, "utf-8")
