"""Write a reel as a film by FFmpeg: VP9 in WebM, AV1 in MP4, animated WebP. The only file that imports av."""

# PyAV's stubs leave out the types of arrays and of packets' contents:
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from artrator.walks.film import FilmFormat
from artrator.walks.reel import Reel

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream

MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How FFmpeg writes a format. ticks: a second's, where the format has its own clock."""

    container: str
    name: str
    pixels: str
    options: Mapping[str, str]
    container_options: Mapping[str, str] = field(default_factory=dict[str, str])
    ticks: int | None = None


# a walk moves everywhere a little at every frame, which hides nothing: so quality goes before size
CODECS: Mapping[FilmFormat, Codec] = {
    FilmFormat.WEBM: Codec(
        container="webm",
        name="libvpx-vp9",
        pixels="yuv420p",
        options={"crf": "24", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
    ),
    FilmFormat.MP4: Codec(
        container="mp4",
        name="libsvtav1",
        pixels="yuv420p",
        options={"crf": "28", "preset": "8"},
        container_options={"movflags": "+faststart"},
    ),
    FilmFormat.WEBP: Codec(
        container="webp",
        name="libwebp_anim",
        pixels="yuv420p",
        options={"quality": "80", "compression_level": "3"},
        container_options={"loop": "0"},
        ticks=MILLISECONDS,
    ),
}
THREADS = 2
QUIET = "1"
"""The AV1 encoder says errors alone; it would tell its settings with every film."""


def write_video(reel: Reel, film_format: FilmFormat, path: Path) -> None:
    """Write all pictures of a reel, one in memory at a time."""
    os.environ.setdefault("SVT_LOG", QUIET)
    import av  # noqa: PLC0415 - a server that writes no film does not load FFmpeg

    codec = CODECS[film_format]
    with av.open(str(path), "w", format=codec.container, options=dict(codec.container_options)) as container:
        stream = cast("VideoStream", container.add_stream(codec.name, rate=reel.fps, options=dict(codec.options)))
        stream.pix_fmt = codec.pixels
        stream.thread_count = THREADS
        clock = Fraction(1, codec.ticks or reel.fps)
        stream.time_base = stream.codec_context.time_base = clock
        for number, picture in enumerate(reel.pictures()):
            if number == 0:
                stream.width, stream.height = picture.size
            frame = cast("VideoFrame", av.VideoFrame.from_image(picture))
            frame.pts, frame.time_base = round(number / reel.fps / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
