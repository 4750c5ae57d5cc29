"""Build a graph that redraws a photograph in pencil; nothing is learned.

    python -m artrator.recipes.pencil_sketch --out FOLDER

Dodge and burn, as in a darkroom: a grey picture divided by its own blur keeps only what is darker than its
surroundings, which is where a hand would draw. The shadows are then hatched, in graphite on paper.
"""

from onnxscript import FLOAT, script
from onnxscript import opset18 as op

from artrator.recipes.tensor_function import constant, gaussian, integers, write_function

_POINT, _CHALK = gaussian(1.3), gaussian(6.0)  # a sharp point and a soft one, in pixels

N, H, W = "N", "H", "W"  # sizes left open
LUMA = constant([[[[0.2126]], [[0.7152]], [[0.0722]]]])
PAPER = constant([[[[0.985]], [[0.975]], [[0.95]]]])
GRAPHITE = constant([[[[0.13]], [[0.13]], [[0.15]]]])
POINT_ACROSS, POINT_DOWN = constant(_POINT.reshape(1, 1, 1, -1)), constant(_POINT.reshape(1, 1, -1, 1))
CHALK_ACROSS, CHALK_DOWN = constant(_CHALK.reshape(1, 1, 1, -1)), constant(_CHALK.reshape(1, 1, -1, 1))
POINT_PADS = integers([0, 0, len(_POINT) // 2, len(_POINT) // 2] * 2)
CHALK_PADS = integers([0, 0, len(_CHALK) // 2, len(_CHALK) // 2] * 2)
PER_PICTURE = integers([-1, 1, 1, 1])
CHANNELS, ROWS, COLUMNS = integers([1]), integers(2), integers(3)


@script()
def pencil_sketch(image: FLOAT[N, 3, H, W], strength: FLOAT[N], detail: FLOAT[N]) -> FLOAT[N, 3, H, W]:
    """Draw an image in 0..1; strength 0..1 presses the pencil, detail 0..1 sharpens its point."""
    strength_of = op.Reshape(strength, op.Constant(value=PER_PICTURE))
    detail_of = op.Reshape(detail, op.Constant(value=PER_PICTURE))
    grey = op.ReduceSum(image * op.Constant(value=LUMA), op.Constant(value=CHANNELS), keepdims=1)

    near = op.Pad(grey, op.Constant(value=POINT_PADS), mode="edge")
    near = op.Conv(op.Conv(near, op.Constant(value=POINT_ACROSS)), op.Constant(value=POINT_DOWN))
    far = op.Pad(grey, op.Constant(value=CHALK_PADS), mode="edge")
    far = op.Conv(op.Conv(far, op.Constant(value=CHALK_ACROSS)), op.Constant(value=CHALK_DOWN))

    # dodge: what is as light as its surroundings turns to paper
    fine = op.Min((grey + 0.04) / (near + 0.04), 1.0)
    broad = op.Min((grey + 0.04) / (far + 0.04), 1.0)
    line = op.Pow(broad, 1.0 + 1.5 * strength_of) * op.Pow(fine, 6.0 * detail_of)

    # burn: hatch the shadows, denser where they are deeper
    ones = grey * 0.0 + 1.0
    x = op.CumSum(ones, op.Constant(value=COLUMNS))
    y = op.CumSum(ones, op.Constant(value=ROWS))
    hatch = 0.5 + 0.5 * op.Sin(0.95 * (x + y) + 1.3 * op.Sin(0.05 * x - 0.03 * y))
    cross = 0.5 + 0.5 * op.Sin(0.85 * (x - y) + 1.1 * op.Sin(0.04 * x + 0.06 * y))
    shade = op.Clip(0.75 - far, 0.0, 1.0) * hatch + op.Clip(0.42 - far, 0.0, 1.0) * cross
    light = op.Clip(line * (1.0 - strength_of * shade), 0.0, 1.0)

    drawn = op.Constant(value=GRAPHITE) + light * (op.Constant(value=PAPER) - op.Constant(value=GRAPHITE))
    return op.Identity(drawn)


def main(arguments: list[str] | None = None) -> None:
    """Write `sketch.onnx`."""
    write_function(pencil_sketch, "sketch.onnx", arguments)


if __name__ == "__main__":
    main()
