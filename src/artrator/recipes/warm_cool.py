"""Build a graph that makes a photograph warmer or cooler without making it lighter or darker; nothing is learned.

python -m artrator.recipes.warm_cool --out FOLDER
"""

from onnxscript import FLOAT, script
from onnxscript import opset18 as op

from artrator.recipes.tensor_function import constant, integers, write_function

N, H, W = "N", "H", "W"  # sizes left open
LUMA = constant([[[[0.2126]], [[0.7152]], [[0.0722]]]])
TILT = constant([[[[0.42]], [[0.04]], [[-0.42]]]])  # how each channel leans at full warmth
PER_PICTURE = integers([-1, 1, 1, 1])
CHANNELS = integers([1])


@script()
def warm_cool(image: FLOAT[N, 3, H, W], warmth: FLOAT[N]) -> FLOAT[N, 3, H, W]:
    """Lean the colours of an image in 0..1; warmth -1 (cool) to 1 (warm), 0 changes nothing."""
    warmth_of = op.Reshape(warmth, op.Constant(value=PER_PICTURE))
    weights = op.Constant(value=LUMA)
    axes = op.Constant(value=CHANNELS)
    light = op.ReduceSum(image * weights, axes, keepdims=1)
    leaning = image * (1.0 + warmth_of * op.Constant(value=TILT))
    leaning = leaning * (light / (op.ReduceSum(leaning * weights, axes, keepdims=1) + 0.00001))

    # A colour that left 0..1 is pulled back towards grey of the same lightness: clipping it would change the lightness.
    away = leaning - light
    room_above = (1.0 - light) / (op.ReduceMax(away, axes, keepdims=1) + 0.00001)
    pulled = light + away * op.Clip(room_above, 0.0, 1.0)
    return op.Clip(pulled, 0.0, 1.0)


def main(arguments: list[str] | None = None) -> None:
    """Write `warmth.onnx`."""
    write_function(warm_cool, "warmth.onnx", arguments)


if __name__ == "__main__":
    main()
