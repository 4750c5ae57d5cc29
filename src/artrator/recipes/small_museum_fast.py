"""Teach the small museum to paint in four steps, and write it in diffusers' ONNX layout.

    python -m artrator.recipes.small_museum_fast --out FOLDER --work FOLDER

Begins from `small_museum` (trained first where `--work` holds none) and changes its UNet alone.
"""

from dataclasses import replace

from artrator.recipes import small_museum
from artrator.recipes.harness import read_options
from artrator.recipes.museum.distillation import STEPS, fit_few_steps
from artrator.recipes.museum.export import export_museum
from artrator.recipes.museum.manifest import Kind
from artrator.recipes.museum.noise import LCM, TEACHER_STEPS

KIND = Kind(name="small-museum-fast", scheduler=LCM, steps=4, most_steps=TEACHER_STEPS, guidance=1.0)


def main(arguments: list[str] | None = None) -> None:
    """Train, and write the bundle."""
    options = read_options("small_museum_fast", steps=STEPS, paintings=small_museum.PAINTINGS, arguments=arguments)
    museum = small_museum.learn(replace(options, steps=options.steps if options.quick else small_museum.STEPS))
    museum = replace(museum, diffusion=fit_few_steps(options, museum))
    export_museum(options.out, museum, KIND)


if __name__ == "__main__":
    main()
