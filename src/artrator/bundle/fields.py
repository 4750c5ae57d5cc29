"""The closed sets of input and output types that a manifest may name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_TEXT_LENGTH = 20_000
MAX_SEED = 2**32 - 1
MAX_INTEGER = 2**53 - 1
"""Above it, JSON readers that hold numbers as doubles lose digits."""

Dim = Annotated[int, Field(ge=1, le=2**31 - 1)] | Annotated[str, Field(min_length=1, max_length=100)]
Shape = Annotated[tuple[Dim, ...], Field(max_length=8, strict=False)]
"""The sizes as the graph has them, batch dimension included: a number, or a name where any size goes."""
TensorDtype = Literal["float32", "float16", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]


class Described(BaseModel):
    """What every input and output may say about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    description: str = Field(default="", max_length=500)


class Asked(Described):
    """What every input shares. `required` left out means: required unless it has a default."""

    required: bool | None = None


class TextInput(Asked):
    """A text of bounded length."""

    type: Literal["text"]
    default: str | None = None
    min_length: int = Field(default=0, ge=0, le=MAX_TEXT_LENGTH)
    max_length: int = Field(default=1000, ge=1, le=MAX_TEXT_LENGTH)


class IntegerInput(Asked):
    """A whole number within bounds."""

    type: Literal["integer"]
    default: int | None = Field(default=None, ge=-MAX_INTEGER, le=MAX_INTEGER)
    minimum: int | None = Field(default=None, ge=-MAX_INTEGER, le=MAX_INTEGER)
    maximum: int | None = Field(default=None, ge=-MAX_INTEGER, le=MAX_INTEGER)

    @model_validator(mode="after")
    def _ordered(self) -> IntegerInput:
        _check_order(self.minimum, self.maximum)
        return self


class NumberInput(Asked):
    """A finite number within bounds."""

    type: Literal["number"]
    default: float | None = None
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> NumberInput:
        _check_order(self.minimum, self.maximum)
        return self


class BooleanInput(Asked):
    """Yes or no."""

    type: Literal["boolean"]
    default: bool | None = None


class ChoiceInput(Asked):
    """One of a few words; a graph gets the index."""

    type: Literal["choice"]
    choices: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        min_length=1, max_length=500, strict=False
    )
    default: str | None = None

    @model_validator(mode="after")
    def _distinct(self) -> ChoiceInput:
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("the choices must differ from one another")
        return self


class SeedInput(Asked):
    """A seed, 0 to 2**32 - 1; drawn at random when left out, unless `required: false`."""

    type: Literal["seed"]
    default: int | None = Field(default=None, ge=0, le=MAX_SEED)


class ImageInput(Asked):
    """A picture file."""

    type: Literal["image"]


class AudioInput(Asked):
    """A sound file."""

    type: Literal["audio"]


class FileInput(Asked):
    """Any file."""

    type: Literal["file"]


class TensorInput(Asked):
    """Numbers of a dtype and shape, as nested lists or an .npy file."""

    type: Literal["tensor"]
    dtype: TensorDtype = "float32"
    shape: Shape


class LatentInput(Asked):
    """A point in a model's latent space, as nested lists or an .npy file."""

    type: Literal["latent"]
    shape: Shape


InputField = Annotated[
    TextInput
    | IntegerInput
    | NumberInput
    | BooleanInput
    | ChoiceInput
    | SeedInput
    | ImageInput
    | AudioInput
    | FileInput
    | TensorInput
    | LatentInput,
    Field(discriminator="type"),
]


class ImageOutput(Described):
    """One picture."""

    type: Literal["image"]


class ImagesOutput(Described):
    """Several pictures."""

    type: Literal["images"]


class VideoOutput(Described):
    """A film."""

    type: Literal["video"]


class AudioOutput(Described):
    """A sound."""

    type: Literal["audio"]


class TextOutput(Described):
    """A text."""

    type: Literal["text"]


class LabelOutput(Described):
    """The most likely labels with their probabilities."""

    type: Literal["label"]


class TensorOutput(Described):
    """Numbers of a dtype and shape."""

    type: Literal["tensor"]
    dtype: TensorDtype = "float32"
    shape: Shape | None = None


class JsonOutput(Described):
    """Any JSON value."""

    type: Literal["json"]


OutputField = Annotated[
    ImageOutput | ImagesOutput | VideoOutput | AudioOutput | TextOutput | LabelOutput | TensorOutput | JsonOutput,
    Field(discriminator="type"),
]

FILE_INPUTS = (ImageInput, AudioInput, FileInput)


def default_of(field: InputField) -> str | int | float | bool | None:
    """Give the default, None where there is none."""
    if isinstance(field, TextInput | IntegerInput | NumberInput | BooleanInput | ChoiceInput | SeedInput):
        return field.default
    return None


def is_required(field: InputField) -> bool:
    """Tell whether a request must carry the field."""
    if default_of(field) is not None:
        return False
    if field.required is not None:
        return field.required
    return not isinstance(field, SeedInput)


def is_drawn(field: InputField) -> bool:
    """Tell whether a left-out value is a seed that is drawn at random."""
    return isinstance(field, SeedInput) and field.default is None and field.required is None


def _check_order(minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and maximum is not None and minimum > maximum:
        raise ValueError("the minimum is above the maximum")
