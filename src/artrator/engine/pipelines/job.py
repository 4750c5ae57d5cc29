"""What a pipeline knows of the run that it serves: inputs by their types, graphs by their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import LatentInput, TensorInput
from artrator.bundle.manifest import Manifest
from artrator.engine.codecs.image import decode_image, decode_mask
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.codecs.text import Tokenizer
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Pixels
from artrator.engine.execution.signature import GraphSignature
from artrator.engine.fleet import WalkFrame
from artrator.engine.pipelines.given import Given, field_path, missing, wrong_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Given):
    """One run.

    graphs: by the role that the manifest gives them. tokenizer: the bundle's, where its pipeline reads text. walk: what makes
    the run a frame of a walk.
    """

    manifest: Manifest
    graphs: Mapping[str, GraphSignature]
    limits: CodecLimits
    tokenizer: Tokenizer | None = None
    walk: WalkFrame | None = None

    def image(self, name: str) -> Pixels:
        """Decode a picture to (H, W, 3) uint8. Raises: Invalid, TooLarge."""
        return decode_image(self._file(name), limits=self.limits, field=field_path(name))

    def mask(self, name: str) -> Pixels:
        """Decode a mask to (H, W, 3) uint8, white where it is open. Raises: Invalid, TooLarge."""
        return decode_mask(self._file(name), limits=self.limits, field=field_path(name))

    def _file(self, name: str) -> bytes:
        value = self.inputs.get(name)
        if not isinstance(value, bytes):
            raise missing(name) if value is None else wrong_type(name, "an image file")
        return value

    def main_input(self, role: str) -> TensorSpec:
        """Give the one input of a graph that is no condition. Raises: ModelFault unless there is exactly one."""
        found = [spec for spec in self.graphs[role].inputs.values() if not self.is_condition(spec)]
        if len(found) != 1:
            names = ", ".join(spec.name for spec in found) or "none"
            message = (
                f"The graph {role!r} must take one tensor besides what the manifest's inputs name; it takes {names}."
            )
            raise ModelFault(Fault.FAILED, message)
        return found[0]

    def main_output(self, role: str) -> str:
        """Name the one output of a graph. Raises: ModelFault unless there is exactly one."""
        outputs = list(self.graphs[role].outputs)
        if len(outputs) != 1:
            raise ModelFault(Fault.FAILED, f"The graph {role!r} must give one output; it gives {len(outputs)}.")
        return outputs[0]

    def is_condition(self, spec: TensorSpec) -> bool:
        """Tell whether a graph's input is one value a row, taken from the manifest's input of the same name."""
        field = self.manifest.inputs.get(spec.name)
        return len(spec.dims) == 1 and field is not None and not isinstance(field, TensorInput | LatentInput)

    def graph_output(self, role: str, output: str) -> str:
        """Find the graph's output for one of the manifest's: the same name, or the only one. Raises: ModelFault."""
        names = self.graphs[role].outputs
        if output in names:
            return output
        if len(names) == 1 == len(self.manifest.outputs):
            return next(iter(names))
        found = ", ".join(list(names)[:20])
        raise ModelFault(Fault.FAILED, f"The manifest's output {output!r} is none of the graph's outputs: {found}.")

    def one_output(self) -> str:
        """Name the manifest's one output. Raises: ModelFault unless there is exactly one."""
        if len(self.manifest.outputs) != 1:
            message = f"The manifest must name one output for this pipeline; it names {len(self.manifest.outputs)}."
            raise ModelFault(Fault.FAILED, message)
        return next(iter(self.manifest.outputs))
