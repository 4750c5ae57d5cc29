"""Have our own model paint the web app's icons, through a running marketplace: `python -m artrator.recipes.icons FOLDER`.

Wants ARTRATOR_URL and ARTRATOR_TOKEN as the command line does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from artrator.sdk import Client

SEED = 4
SIDES_PX = (192, 512)


def main(folder: Path) -> None:
    """Write one picture in the sizes that installed web apps ask for; its shape lies within the safe zone of a mask."""
    with Client() as client:
        picture = client.run("atelier/palette-vae", seed=SEED, style="nested-squares", palette="warm")
    assert isinstance(picture, Image.Image)
    for side_px in SIDES_PX:
        icon = picture.convert("RGB").resize((side_px, side_px), Image.Resampling.LANCZOS)
        icon.quantize(32, dither=Image.Dither.NONE).save(folder / f"icon-{side_px}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
