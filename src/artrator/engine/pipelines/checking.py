"""What of a run can be refused by its plain values alone: before its model is loaded, and before money is held for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from artrator.bundle.config import Pipeline, TextToImageConfig
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference
from artrator.bundle.values import InputValue as CheckedValue
from artrator.engine.pipelines.diffusion.asked import asked_size, read_asked
from artrator.engine.pipelines.diffusion.unet import CONTROL_IMAGE, CONTROLNET
from artrator.engine.pipelines.given import Given, missing


def check_run(manifest: Manifest, values: Mapping[str, CheckedValue]) -> None:
    """Check what a pipeline asks of values beyond the manifest's own bounds. values: with seeds drawn. Raises: Invalid."""
    check = _CHECKS.get(manifest.pipeline)
    if check is not None:
        # a file's content is not at hand, only that there is one
        inputs = {name: b"" if isinstance(value, FileReference) else value for name, value in values.items()}
        check(manifest, Given(inputs=inputs))


def _check_diffusion(manifest: Manifest, given: Given) -> None:
    config = TextToImageConfig.model_validate(manifest.config)
    read_asked(given, config)
    asked_size(given, config, None)
    if CONTROLNET in manifest.graphs and not given.has(CONTROL_IMAGE):
        raise missing(CONTROL_IMAGE)


_CHECKS: Mapping[Pipeline, Callable[[Manifest, Given], None]] = {Pipeline.TEXT_TO_IMAGE: _check_diffusion}
