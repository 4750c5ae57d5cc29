"""The manifest of a bundle: read from `artrator.yaml` with the line and field of every fault, and written back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator, model_validator

from artrator.bundle.config import CONFIGS, GRAPH_ROLE, ImageToLabelConfig, Pipeline, PipelineConfig, Roles, roles_of
from artrator.bundle.document import Mark, malformed, read_document
from artrator.bundle.faults import Fault, fault_at, fault_in, faults_of, line_of, located
from artrator.bundle.fields import FILE_INPUTS, InputField, LatentInput, OutputField, TensorInput, default_of
from artrator.bundle.paths import path_fault
from artrator.bundle.translation import LANGUAGE, Translation
from artrator.bundle.values import FileReference, check_value
from artrator.kernel.errors import ArtratorError

MANIFEST_NAME = "artrator.yaml"
MAX_FIELDS = 64
MAX_LORA_WEIGHT = 4.0
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_INPUT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}\Z")
_TAG = re.compile(r"[^\W_]([\w -]*[^\W_])?\Z")


class LoraFile(BaseModel):
    """The weights of a LoRA. alpha: for a file that says none. weight: how much it counts unless a run says otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    file: str
    alpha: float | None = Field(default=None, gt=0, le=10_000)
    weight: float = Field(default=1.0, ge=-MAX_LORA_WEIGHT, le=MAX_LORA_WEIGHT)

    @field_validator("file")
    @classmethod
    def _file(cls, value: str) -> str:
        _check_path(value)
        if not value.endswith(".safetensors"):
            raise ValueError(f"the weights {value!r} must be a .safetensors file")
        return value


class Manifest(BaseModel):
    """What a bundle says about itself.

    base, lora: the digest of the version that a LoRA adapts, and its weights. What such a manifest leaves out, it takes
    from its base's (`lora_manifest.py`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(max_length=64)
    pipeline: Pipeline
    license: str = Field(min_length=1, max_length=200)
    license_file: str | None = None
    summary: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=20_000)
    tags: tuple[Annotated[str, Field(max_length=40)], ...] = Field(default=(), max_length=10)
    base: str | None = None
    lora: LoraFile | None = None
    graphs: dict[str, str] = Field(max_length=16)
    inputs: dict[str, InputField] = Field(max_length=MAX_FIELDS)
    outputs: dict[str, OutputField] = Field(max_length=MAX_FIELDS)
    examples: tuple[dict[str, JsonValue], ...] = Field(default=(), max_length=10)
    config: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    translations: dict[str, Translation] = Field(default_factory=dict[str, Translation], max_length=20)

    @property
    def graph(self) -> str:
        """The path of the graph that the pipeline is about."""
        return self.graphs[GRAPH_ROLE[self.pipeline]]

    def settings(self) -> PipelineConfig:
        """Give `config` as the pipeline's own type, defaults filled in."""
        return CONFIGS[self.pipeline].model_validate(self.config)

    @model_validator(mode="before")
    @classmethod
    def _of_a_lora(cls, value: object) -> object:
        if not isinstance(value, dict) or "lora" not in value:
            return cast(object, value)
        taken_from_base: dict[str, object] = {"graphs": {}, "inputs": {}, "outputs": {}}
        return taken_from_base | cast(dict[str, object], value)

    @field_validator("base")
    @classmethod
    def _base(cls, value: str | None) -> str | None:
        if value is not None and not _DIGEST.match(value):
            raise ValueError("must be the digest of the base's version, 64 hexadecimal digits")
        return value

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not _NAME.match(value):
            raise ValueError("must be a-z, 0-9 and single hyphens between them")
        return value

    @field_validator("summary")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(not letter.isprintable() for letter in value):
            raise ValueError("must be one line of text")
        return value

    @field_validator("license")
    @classmethod
    def _license(cls, value: str) -> str:
        if not re.match(r"[A-Za-z0-9.+() -]+\Z", value):
            raise ValueError("must be an SPDX licence id such as CC-BY-4.0, or LicenseRef-... with license_file")
        return value

    @field_validator("license_file")
    @classmethod
    def _license_file(cls, value: str | None) -> str | None:
        _check_path(value)
        return value

    @field_validator("tags")
    @classmethod
    def _tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for tag in value:
            if not _TAG.match(tag) or tag != tag.lower():
                raise ValueError(f"the tag {tag!r} must be lower-case words")
        if len(set(value)) != len(value):
            raise ValueError("the tags must differ from one another")
        return value

    @field_validator("graphs")
    @classmethod
    def _graphs(cls, value: dict[str, str]) -> dict[str, str]:
        for role, path in value.items():
            if not _ROLE.match(role):
                raise ValueError(f"the role {role[:40]!r} must be lower-case letters, digits and _")
            _check_path(path)
            if not path.endswith(".onnx"):
                raise ValueError(f"the graph {path!r} must be an .onnx file")
        return value

    @field_validator("inputs", "outputs")
    @classmethod
    def _field_names(cls, value: dict[str, object]) -> dict[str, object]:
        for name in value:
            if not _INPUT.match(name):
                raise ValueError(f"the name {name[:40]!r} must be letters, digits and _ . : / -")
        return value

    @field_validator("translations")
    @classmethod
    def _languages(cls, value: dict[str, Translation]) -> dict[str, Translation]:
        for language in value:
            if not LANGUAGE.match(language):
                raise ValueError(f"{language[:40]!r} must be a language such as ko or pt-BR")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        if (self.base is None) != (self.lora is None):
            raise ValueError("a LoRA names both its base and its weights, as `base` and `lora`")
        if self.lora is not None:
            if self.graphs:
                raise ValueError("a LoRA has no graphs of its own; it runs its base's")
            return self
        if not self.outputs:
            raise ValueError("outputs: at least one must be named")
        roles = roles_of(self.pipeline)
        given = frozenset(self.graphs)
        if not roles.needed <= given <= roles.needed | roles.optional:
            raise ValueError(f"the pipeline {self.pipeline.value} takes {_graphs_said(roles)}")
        for language, translation in self.translations.items():
            unknown = translation.fields.keys() - self.inputs.keys() - self.outputs.keys()
            if unknown:
                raise ValueError(f"the translation {language} names {min(unknown)!r}, which is no input or output")
        return self


def _graphs_said(roles: Roles) -> str:
    if len(roles.needed) == 1 and not roles.optional:
        return f"exactly one graph, called {next(iter(roles.needed))!r}"
    return f"the graphs {', '.join(sorted(roles.needed))}, and if need be {', '.join(sorted(roles.optional))}"


def _check_path(path: str | None) -> None:
    fault = None if path is None else path_fault(path)
    if fault is not None:
        raise ValueError(f"the path {path!r:.80} {fault}")


def find_faults(text: str) -> tuple[Manifest | None, Sequence[Fault]]:
    """Read a manifest and name all its faults at once, for whoever is still writing it; never raises."""
    try:
        value, marks = read_document(text)
    except ArtratorError as error:
        return None, [fault_in(error)]
    if not isinstance(value, dict):
        return None, [Fault(line=marks.line, field="manifest", message="it must be a mapping such as 'name: my-model'")]
    try:
        return _check_parts(Manifest.model_validate(value), marks), []
    except ValidationError as error:
        return None, faults_of(error, marks)
    except ArtratorError as error:
        return None, [fault_in(error)]


def read_manifest(text: str) -> Manifest:
    """Read a manifest. Raises: Invalid with the line in its message and `field`; nothing else, whatever the text."""
    value, marks = read_document(text)
    if not isinstance(value, dict):
        raise malformed("the manifest must be a mapping such as 'name: my-model'.", marks.line)
    try:
        manifest = Manifest.model_validate(value)
    except ValidationError as error:
        raise located(error, marks) from None
    return _check_parts(manifest, marks)


def write_manifest(manifest: Manifest) -> str:
    """Write a manifest that reads back as itself; what equals its default is left out."""
    plain = manifest.model_dump(mode="json", exclude_defaults=True)
    for group in ("inputs", "outputs"):
        plain[group] = {
            name: dict(sorted(each.items(), key=lambda item: (item[0] == "description") - (item[0] == "type")))
            for name, each in plain[group].items()
        }
    return yaml.dump(
        plain, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )


def check_manifest(manifest: Manifest) -> Manifest:
    """Check the defaults and examples of a manifest that was not read from a text. Raises: Invalid."""
    return _check_parts(manifest, None)


def _check_parts(manifest: Manifest, marks: Mark | None) -> Manifest:
    _check_defaults(manifest, marks)
    if manifest.outputs:  # what a LoRA takes from its base is checked when the base is known
        _check_config(manifest, marks)
        _check_examples(manifest, marks)
    return manifest


def _check_config(manifest: Manifest, marks: Mark | None) -> None:
    try:
        settings = manifest.settings()
    except ValidationError as error:
        raise located(error, marks, "config") from None
    if isinstance(settings, ImageToLabelConfig):
        for output in settings.labels:
            if output not in manifest.outputs:
                path = f"config.labels.{output[:40]}"
                raise fault_at(path, line_of(marks, "config", "labels", output), "there is no such output")


def _check_defaults(manifest: Manifest, marks: Mark | None) -> None:
    for name, field in manifest.inputs.items():
        default = default_of(field)
        if default is None:
            continue
        try:
            check_value(field, default, path=f"inputs.{name}.default")
        except ArtratorError as error:
            line = line_of(marks, "inputs", name, "default")
            raise fault_at(f"inputs.{name}.default", line, error.message.rstrip(".")) from None


def _check_examples(manifest: Manifest, marks: Mark | None) -> None:
    for index, example in enumerate(manifest.examples):
        for name, value in example.items():
            path = f"examples.{index}.{name}"
            line = line_of(marks, "examples", index, name)
            field = manifest.inputs.get(name)
            if field is None:
                raise fault_at(path, line, f"{name[:40]!r} is not one of the inputs")
            try:
                checked = check_value(field, value, path=path)
            except ArtratorError as error:
                raise fault_at(path, line, error.message.rstrip(".")) from None
            takes_file = isinstance(field, (*FILE_INPUTS, TensorInput, LatentInput))
            fault = path_fault(checked.url) if takes_file and isinstance(checked, FileReference) else None
            if fault is not None:
                raise fault_at(path, line, f"a file in an example is a path in the bundle; it {fault}")


def example_files(manifest: Manifest) -> Mapping[str, str]:
    """Name the files in the bundle that examples use, by the place where each is named."""
    found: dict[str, str] = {}
    for index, example in enumerate(manifest.examples):
        for name, value in example.items():
            if isinstance(value, str) and isinstance(
                manifest.inputs.get(name), (*FILE_INPUTS, TensorInput, LatentInput)
            ):
                found[f"examples.{index}.{name}"] = value
    return found
