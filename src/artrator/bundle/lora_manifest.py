"""What a LoRA's manifest leaves out and takes from its base's: inputs, outputs, config, and examples where it has none."""

from __future__ import annotations

from pydantic import JsonValue

from artrator.bundle.config import Pipeline
from artrator.bundle.fields import FILE_INPUTS, InputField, NumberInput
from artrator.bundle.manifest import Manifest, check_manifest
from artrator.kernel.errors import Invalid

LORA_WEIGHT = "lora_weight"
"""The input by which a run says how much the LoRA counts."""
MOST_USUAL_WEIGHT = 2.0


def completed(own: Manifest, base: Manifest) -> Manifest:
    """Give a LoRA's manifest with what it takes from its base's.

    Raises: Invalid where the base takes no LoRA, or the LoRA says what only its base can.
    """
    if own.lora is None or base.lora is not None or base.pipeline is not Pipeline.TEXT_TO_IMAGE:
        raise _unfit("base", "LoRAs adapt models of the pipeline text-to-image, and not each other.")
    if own.pipeline is not base.pipeline:
        raise _unfit("pipeline", f"It must be that of the base, {base.pipeline.value}.")
    if own.config or own.outputs:
        raise _unfit("config" if own.config else "outputs", "A LoRA takes this from its base; leave it out.")
    weight = NumberInput(
        type="number",
        minimum=min(0.0, own.lora.weight),
        maximum=max(MOST_USUAL_WEIGHT, own.lora.weight),
        default=own.lora.weight,
        description="How much the LoRA counts",
    )
    inputs: dict[str, InputField] = {**base.inputs, LORA_WEIGHT: weight}
    for name, field in own.inputs.items():
        if name not in inputs or inputs[name].type != field.type:
            raise _unfit(f"inputs.{name}", "A LoRA has its base's inputs, of the same types.")
        inputs[name] = field
    return check_manifest(
        own.model_copy(
            update={
                "inputs": inputs,
                "outputs": base.outputs,
                "config": base.config,
                "examples": own.examples or _portable_examples(base),
            }
        )
    )


def _portable_examples(base: Manifest) -> tuple[dict[str, JsonValue], ...]:
    """Give the base's examples that need none of its files."""
    needs_file = {name for name, field in base.inputs.items() if isinstance(field, FILE_INPUTS)}
    return tuple(each for each in base.examples if not needs_file & each.keys())


def _unfit(field: str, reason: str) -> Invalid:
    return Invalid("lora_manifest_unfit", f"The LoRA's manifest, {field}: {reason}", field="manifest", reason=reason)
