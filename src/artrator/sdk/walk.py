"""A walk as the API shows it, and what the clients can do with one, each written once as a flow."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

import msgspec

from artrator.kernel.errors import Invalid
from artrator.sdk.flow import Ask, Flow, Pause, ask
from artrator.sdk.json_shape import read_json
from artrator.sdk.listing import PriceListing
from artrator.sdk.operations import download, sendable, split_reference
from artrator.sdk.prediction import RunFailed
from artrator.sdk.values import from_file

POLL_S = 0.5
DOWNLOAD_S = 600.0
FILM_FORMATS = ("webm", "mp4", "gif", "webp", "zip")


class WalkOptions(TypedDict, total=False):
    """How to walk, as `POST /v1/walks` has it. input: what all keyframes share."""

    input: Mapping[str, object]
    frames: int
    ending: Literal["stop", "loop", "ping-pong"]
    easing: Literal["linear", "smooth"]
    spacing: Literal["even", "uniform"]
    sharing: float
    fps: int
    title: str
    loras: Sequence[Mapping[str, object]]


class WalkFailed(RunFailed):
    """The model, or the platform under it, did not finish this walk; the frames that are there stay yours, and are paid."""


class WalkFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered frame. place: 0 is the first keyframe, 1 the second. distance: to the next frame, as the eye sees it."""

    place: float
    url: str
    width_px: int | None = None
    height_px: int | None = None
    distance: float | None = None
    keyframe: int | None = None


class WalkMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What the rendered frames cost the engine, and how even they are."""

    evaluations: int = 0
    evaluations_alone: int = 0
    evenness: float | None = None


class WalkState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a walk is."""

    id: str
    model: str
    version: str
    status: str
    title: str = ""
    frames: int
    rendered: int = 0
    fps: int = 24
    frame_price: PriceListing = PriceListing()
    price: PriceListing = PriceListing()
    charged: PriceListing | None = None
    metrics: WalkMetrics = WalkMetrics()
    input: dict[str, object] = {}
    error: str | None = None
    error_code: str | None = None
    urls: dict[str, str] = {}

    @property
    def ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return self.status in {"succeeded", "failed", "canceled"}

    def require_success(self) -> None:
        """Raise WalkFailed unless all frames were rendered."""
        if self.status != "succeeded":
            code = self.error_code or f"walk_{self.status}"
            raise WalkFailed(code, self.error or f"The walk was {self.status}.", walk=self.id)


class WalkPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk would cost."""

    frame_price: PriceListing
    price: PriceListing
    frames: int
    evaluations: int
    evaluations_alone: int


class WalkEvent(NamedTuple):
    """What a walk's stream tells: a frame, the walk's state, or its end."""

    frame: WalkFrame | None = None
    state: WalkState | None = None
    is_last: bool = False


class _Film(msgspec.Struct):
    status: str
    url: str | None = None
    error: str | None = None


class _Frames(msgspec.Struct):
    results: list[WalkFrame]


def walk_body(
    model: str, keyframes: Sequence[Mapping[str, object] | str], options: Mapping[str, object]
) -> Flow[object]:
    """Write a request; files travel with it, or are uploaded first. A keyframe that is a text is a prompt."""
    split_reference(model)
    body: dict[str, object] = dict(options)
    body["version" if ":" in model else "model"] = model
    body["input"] = yield from sendable(msgspec.convert(options.get("input", {}), dict[str, object]))
    written: list[object] = []
    for keyframe in keyframes:
        written.append((yield from sendable({"prompt": keyframe} if isinstance(keyframe, str) else keyframe)))
    body["keyframes"] = written
    return body


def create_walk(body: object, *, key: str) -> Flow[WalkState]:
    """Make a walk; the same key makes it once."""
    request = Ask(method="POST", path="/v1/walks", json=body, headers={"Idempotency-Key": key})
    return read_json((yield from ask(request)).content, WalkState)


def quote_walk(body: object) -> Flow[WalkPrice]:
    """Ask what a walk would cost."""
    return read_json((yield from ask(Ask(method="POST", path="/v1/walks/quote", json=body))).content, WalkPrice)


def get_walk(walk_id: str) -> Flow[WalkState]:
    """Read a walk as it is now."""
    return read_json((yield from ask(Ask(method="GET", path=f"/v1/walks/{walk_id}"))).content, WalkState)


def cancel_walk(walk_id: str) -> Flow[WalkState]:
    """Stop a walk: what is rendered is paid and kept."""
    return read_json((yield from ask(Ask(method="POST", path=f"/v1/walks/{walk_id}/cancel"))).content, WalkState)


def await_walk(walk_id: str) -> Flow[WalkState]:
    """Ask until a walk has ended."""
    while True:
        state = yield from get_walk(walk_id)
        if state.ended:
            return state
        yield Pause(POLL_S)


def list_frames(walk_id: str) -> Flow[Sequence[WalkFrame]]:
    """Read the frames that are there, in the order of the path."""
    return read_json((yield from ask(Ask(method="GET", path=f"/v1/walks/{walk_id}/frames"))).content, _Frames).results


def get_picture(frame: WalkFrame) -> Flow[object]:
    """Download a frame as a Pillow image."""
    content, media_type = yield from download(frame.url)
    return from_file(content, media_type)


def film_format(path: Path) -> str:
    """Tell which film a file's name asks for. Raises: Invalid."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FILM_FORMATS:
        known = ", ".join(f".{each}" for each in FILM_FORMATS)
        raise Invalid("film_format_unknown", f"{path.name}: a film ends with one of {known}.", field="path")
    return ending


def save_film(walk_id: str, path: Path, *, fps: int | None) -> Flow[Path]:
    """Have a film written of the frames that are there, and download it. Raises: WalkFailed."""
    address = f"/v1/walks/{walk_id}/films/{film_format(path)}"
    params = {} if fps is None else {"fps": str(fps)}
    film = read_json((yield from ask(Ask(method="PUT", path=address, params=params))).content, _Film)
    while film.status == "processing":
        yield Pause(POLL_S)
        film = read_json((yield from ask(Ask(method="GET", path=address))).content, _Film)
    if film.url is None:
        raise WalkFailed("film_failed", film.error or "The film could not be written.", walk=walk_id)
    yield from ask(Ask(method="GET", path=film.url, into=path, timeout_s=DOWNLOAD_S))
    return path


def read_event(event: str, data: str) -> WalkEvent | None:
    """Read an event of a walk's stream; None for one that is not understood."""
    try:
        match event:
            case "frame":
                return WalkEvent(frame=msgspec.json.decode(data, type=WalkFrame))
            case "walk":
                return WalkEvent(state=msgspec.json.decode(data, type=WalkState))
            case "done":
                return WalkEvent(is_last=True)
            case _:
                return None
    except msgspec.MsgspecError:
        return None


class Follower:
    """What a walk's stream has told so far; a broken line is taken up again until the server is away for long.

    Each frame is given once, when it lands, although the stream tells it again when it gets a new neighbour.
    """

    AWAY_S = 60.0

    def __init__(self, state: WalkState) -> None:
        self.state = state
        self.position: str | None = None
        self._places: set[float] = set()
        self._broken_s: float | None = None

    def take(self, event: WalkEvent, position: str | None) -> WalkFrame | None:
        """Take in an event; give the frame that is new."""
        self._broken_s = None
        self.position = position or self.position
        self.state = event.state or self.state
        frame = event.frame
        if frame is None or frame.place in self._places:
            return None
        self._places.add(frame.place)
        return frame

    def broke(self, error: Exception) -> None:
        """Note that the line broke. Raises: the error when it has been broken for too long."""
        now_s = time.monotonic()
        self._broken_s = now_s if self._broken_s is None else self._broken_s
        if now_s - self._broken_s > self.AWAY_S:
            raise error
