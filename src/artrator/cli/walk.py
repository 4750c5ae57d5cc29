"""`artrator walk`: walk through keyframes and keep the film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from artrator.cli.console import errors, print_json, say
from artrator.cli.inputs import read_inputs
from artrator.cli.keep import check_place
from artrator.cli.keyframes import read_keyframes
from artrator.kernel.errors import Conflict, Invalid
from artrator.sdk import Client, Walk, WalkFailed
from artrator.sdk.walk import WalkOptions, WalkPrice, film_format


def walk(
    model: Annotated[str, typer.Argument(help="owner/name, or owner/name:digest")],
    keyframes: Annotated[
        list[str], typer.Argument(help="two or more: a prompt, a picture's path, a seed, or name=value,name=value")
    ],
    frames: Annotated[int, typer.Option("-n", "--frames", help="pictures to render; each has its price")] = 60,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="the film: .webm .mp4 .gif .webp, or .zip of its frames")
    ] = None,
    inputs: Annotated[list[str], typer.Option("-i", "--input", help="name=value for all keyframes")] = [],  # noqa: B006
    loop: Annotated[bool, typer.Option("--loop", help="lead back to the first keyframe")] = False,
    ping_pong: Annotated[bool, typer.Option("--ping-pong", help="show the frames forth and back")] = False,
    smooth: Annotated[bool, typer.Option("--smooth", help="begin and end each way slowly")] = False,
    uniform: Annotated[bool, typer.Option("--uniform", help="place frames by the path, not by how they look")] = False,
    sharing: Annotated[
        float, typer.Option("--sharing", help="early steps that neighbours share: 0 none, 1 most")
    ] = 0.5,
    fps: Annotated[int, typer.Option("--fps", help="frames a second")] = 24,
    quote: Annotated[bool, typer.Option("--quote", help="tell the price, and do nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the walk as JSON")] = False,
) -> None:
    """Walk between keyframes, and save the film."""
    check_place(output)
    if output is not None:
        film_format(output)
    if loop and ping_pong:
        raise Invalid("endings_differ", "A walk ends in one way; give --loop or --ping-pong.", field="ending")
    with Client() as client:
        listed = client.model(model.partition(":")[0])
        options: WalkOptions = {
            "input": read_inputs(inputs, listed),
            "frames": frames,
            "ending": "loop" if loop else "ping-pong" if ping_pong else "stop",
            "easing": "smooth" if smooth else "linear",
            "spacing": "uniform" if uniform else "even",
            "sharing": sharing,
            "fps": fps,
        }
        given = read_keyframes(keyframes, listed)
        if quote:
            _tell_price(client.quote_walk(model, given, **options), as_json=as_json)
            return
        made = client.walk(model, given, **options)
        errors.print(f"{made.state.urls.get('web', made.id)} goes on if you stop watching")
        failure = _watched(made)
        path = _saved(made, output or Path(f"{listed.name}.webm"))
        state = made.refresh()
        if as_json:
            print_json({"id": state.id, "status": state.status, "rendered": state.rendered, "film": str(path or ""), "metrics": state.metrics})  # fmt: skip
        elif path is not None:
            say(str(path))
        if failure is not None:
            raise failure


def _watched(made: Walk) -> WalkFailed | None:
    """Show each frame as it lands; give what the walk failed with, since what is there is worth a film."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bars:
        bar = bars.add_task(made.state.model, total=made.state.frames)
        try:
            for _ in made:
                bars.update(bar, advance=1)
        except WalkFailed as failure:
            return failure
    return None


def _saved(made: Walk, output: Path) -> Path | None:
    try:
        return made.save(output)
    except Conflict:  # not one frame is there
        return None


def _tell_price(price: WalkPrice, *, as_json: bool) -> None:
    if as_json:
        print_json(price)
        return
    each, whole = price.frame_price, price.price
    say(f"{price.frames} frames at {each.amount} {each.currency}: {whole.amount} {whole.currency}")
