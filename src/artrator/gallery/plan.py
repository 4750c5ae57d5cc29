"""Which examples of a version are shown, and their inputs as the engine takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from artrator.bundle.fields import ChoiceInput, ImageOutput, LatentInput, SeedInput, TensorInput
from artrator.bundle.inputs import FileReference, check_inputs, fill_seeds
from artrator.bundle.manifest import Manifest
from artrator.engine.fleet import InputValue
from artrator.gallery.settings import GallerySettings
from artrator.predictions.prediction import Json
from artrator.predictions.sniffing import sniff
from artrator.storage.media_types import suffix_of
from artrator.verification.rehearsal_inputs import example_value

Example = Mapping[str, JsonValue]

CHOICES_FROM = 100
"""The place of the first picture that is there to show a choice; those hang beside the form, not on the wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFile:
    """A file of the bundle that an example takes."""

    content: bytes
    media_type: str

    @property
    def name(self) -> str:
        """A name that says what it holds."""
        return hashlib.sha256(self.content).hexdigest()[:32] + suffix_of(self.media_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One example. shown: its inputs as a request would give them, without the files."""

    inputs: Mapping[str, InputValue]
    shown: Mapping[str, Json]
    files: Mapping[str, ExampleFile]


def plan(manifest: Manifest, settings: GallerySettings) -> Mapping[int, Example]:
    """List what of a version is rendered, by place: its own examples, further seeds, and from CHOICES_FROM on its choices.

    What is made up takes all else from one of the examples, so it costs nobody anything to think of.
    """
    examples = _with_seeds(manifest, settings)
    choices = [example for example in _of_choices(manifest, examples) if example not in examples]
    return {**dict(enumerate(examples)), **dict(enumerate(choices[: settings.choices], CHOICES_FROM))}


def _with_seeds(manifest: Manifest, settings: GallerySettings) -> Sequence[Example]:
    """List the manifest's examples and, where they are few and it takes a seed, further seeds."""
    examples: list[Example] = list(manifest.examples[: settings.examples])
    seed = _seed_of(manifest)
    if seed is None or len(examples) >= settings.seeds:
        return examples
    bases = list(examples) or [{}]
    for number in range(1, settings.seeds + 1):
        further = {**bases[(number - 1) % len(bases)], seed: number}
        if further not in examples:
            examples.append(further)
    return examples


def _of_choices(manifest: Manifest, examples: Sequence[Example]) -> Iterator[Example]:
    """Give the first example with every choice in turn, so that their pictures differ by the choice alone."""
    if not any(isinstance(field, ImageOutput) for field in manifest.outputs.values()):
        return
    seed = _seed_of(manifest)
    base = {**({} if seed is None else {seed: 1}), **(examples[0] if examples else {})}
    for name, field in manifest.inputs.items():
        if isinstance(field, ChoiceInput):
            yield from ({**base, name: choice} for choice in field.choices)


def _seed_of(manifest: Manifest) -> str | None:
    return next((name for name, field in manifest.inputs.items() if isinstance(field, SeedInput)), None)


def prepare(manifest: Manifest, folder: Path, example: Example, *, seed: int) -> Prepared:
    """Read an example as a request is read, defaults filled in. Blocks.

    seed: for what the example leaves to chance. Raises: Invalid, TooLarge.
    """
    checked = fill_seeds(check_inputs(manifest, example), lambda: seed)
    inputs: dict[str, InputValue] = {}
    shown: dict[str, Json] = {}
    files: dict[str, ExampleFile] = {}
    for name, value in checked.items():
        if isinstance(value, FileReference):
            content = example_value(value, folder, name)
            assert isinstance(content, bytes)
            inputs[name] = content
            files[name] = ExampleFile(content=content, media_type=sniff(content))
        elif isinstance(manifest.inputs[name], TensorInput | LatentInput):
            inputs[name] = str(value).encode()  # the JSON text of nested lists
            shown[name] = example[name]
        else:
            inputs[name] = shown[name] = value
    return Prepared(inputs=inputs, shown=shown, files=files)
