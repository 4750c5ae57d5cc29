"""Print the README's picture through a running marketplace: `python -m artrator.recipes.shop_window FILE`.

Wants ARTRATOR_URL and ARTRATOR_TOKEN as the command line does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from artrator.sdk import Client

SIDE_PX, GAP_PX, COLUMNS = 160, 8, 8
STYLES = ("hills", "cut-outs", "targets", "nested-squares", "colour-field", "tilted-planes", "hills", "targets")
PALETTES = ("ocean", "neon-night", "primary", "warm", "pastel", "ink", "autumn", "meadow")


def main(path: Path) -> None:
    """Ask the GAN and the VAE for a row each, and the sketch and the warmth for a row on what they made."""
    with Client() as client:
        painted = [_picture(client.run("atelier/shape-gan", seed=seed)) for seed in range(1, COLUMNS + 1)]
        composed = [
            _picture(client.run("atelier/palette-vae", seed=seed, style=style, palette=palette))
            for seed, (style, palette) in enumerate(zip(STYLES, PALETTES, strict=True), start=1)
        ]
        changed = [_picture(client.run("atelier/pencil-sketch", image=picture)) for picture in painted[: COLUMNS // 2]]
        warmths = (-1.0, -0.5, 0.5, 1.0)
        changed += [_picture(client.run("atelier/warm-cool", image=painted[0], warmth=warmth)) for warmth in warmths]
    _sheet([painted, composed, changed]).save(path, quality=85)


def _picture(output: object) -> Image.Image:
    assert isinstance(output, Image.Image)
    return output.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)


def _sheet(rows: list[list[Image.Image]]) -> Image.Image:
    step = SIDE_PX + GAP_PX
    sheet = Image.new("RGB", (COLUMNS * step + GAP_PX, len(rows) * step + GAP_PX), "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (GAP_PX + column * step, GAP_PX + row * step))
    return sheet


if __name__ == "__main__":
    main(Path(sys.argv[1]))
