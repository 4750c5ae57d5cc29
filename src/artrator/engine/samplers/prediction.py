"""What a model predicts, and the picture and the noise that its prediction implies at a noise level."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Level
from artrator.engine.samplers.mixing import mix


class Prediction(StrEnum):
    """What the model was trained to say of x = alpha * picture + sigma * noise."""

    NOISE = "epsilon"
    VELOCITY = "v_prediction"
    PICTURE = "sample"


def picture_in(kind: Prediction, x: Floats, predicted: Floats, level: Level) -> Floats:
    """Give the picture that a prediction implies. Source: Salimans and Ho 2022, section 4, for the velocity."""
    match kind:
        case Prediction.NOISE:
            return mix((1 / level.alpha, x), (-level.ratio, predicted))
        case Prediction.VELOCITY:
            return mix((level.alpha, x), (-level.sigma, predicted))
        case Prediction.PICTURE:
            return predicted
        case _:
            assert_never(kind)


def noise_in(kind: Prediction, x: Floats, predicted: Floats, level: Level) -> Floats:
    """Give the noise that a prediction implies."""
    match kind:
        case Prediction.NOISE:
            return predicted
        case Prediction.VELOCITY:
            return mix((level.alpha, predicted), (level.sigma, x))
        case Prediction.PICTURE:
            return noise_beside(predicted, x, level)
        case _:
            assert_never(kind)


def noise_beside(picture: Floats, x: Floats, level: Level) -> Floats:
    """Give the noise that is left of x once the picture is taken away."""
    return mix((1 / level.sigma, x), (-level.alpha / level.sigma, picture))
