"""Write a reel as an animated GIF, each picture with its own 256 colours."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.GifImagePlugin import getdata, getheader

from artrator.walks.reel import Reel

CENTISECOND_MS = 10
MIN_DELAY_CS = 2
"""Browsers show pictures with a shorter delay much slower."""
FOR_EVER = 0


def write_gif(reel: Reel, path: Path) -> None:
    """Write all pictures of a reel, one in memory at a time (Pillow's own writer would gather them all)."""
    shown_cs = 0
    with path.open("wb") as file:
        for number, picture in enumerate(reel.pictures()):
            image = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
            if number == 0:
                header, _ = getheader(image.copy(), info={"loop": FOR_EVER, "optimize": False})
                file.writelines(header)
            # delays are whole hundredths: they are rounded so that the film as a whole keeps its pace
            delay_cs = max(MIN_DELAY_CS, round(100 * (number + 1) / reel.fps) - shown_cs)
            shown_cs += delay_cs
            file.writelines(getdata(image, duration=delay_cs * CENTISECOND_MS, include_color_table=True))
        file.write(b";")
