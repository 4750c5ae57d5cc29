"""Teach the small museum to paint in four steps, and write it in diffusers' ONNX layout.

    python -m artrator.recipes.small_museum_fast --out FOLDER --work FOLDER

Begins from `small_museum` (trained first where `--work` holds none) and changes its UNet alone.
"""

from dataclasses import replace

from artrator.recipes import small_museum
from artrator.recipes.harness import read_options
from artrator.recipes.museum.distillation import STEPS, fit_few_steps
from artrator.recipes.museum.export import export_museum, preview_of
from artrator.recipes.museum.noise import LCM


def main(arguments: list[str] | None = None) -> None:
    """Train, and write the bundle's files beside its manifest."""
    options = read_options("small_museum_fast", steps=STEPS, paintings=small_museum.PAINTINGS, arguments=arguments)
    museum = small_museum.learn(replace(options, steps=options.steps if options.quick else small_museum.STEPS))
    museum = replace(museum, diffusion=fit_few_steps(options, museum))
    export_museum(options.out, museum, scheduler=LCM)
    print(f"preview: {preview_of(museum)}")


if __name__ == "__main__":
    main()
