"""`artrator run`: run a model and keep what it made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, cast

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from artrator.cli.console import errors, print_json, say
from artrator.cli.inputs import read_inputs
from artrator.kernel.errors import Invalid
from artrator.sdk import Client, RunProgress


def run(
    model: Annotated[str, typer.Argument(help="owner/name, or owner/name:digest")],
    inputs: Annotated[list[str], typer.Option("-i", "--input", help="name=value; a file by its path")] = [],  # noqa: B006
    output: Annotated[Path | None, typer.Option("-o", "--output", help="where to write the output")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the prediction as JSON")] = False,
) -> None:
    """Run a model and wait for its output."""
    with Client() as client:
        given = read_inputs(inputs, client.model(model.partition(":")[0])) if inputs else {}
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors, transient=True) as bars:
            bar = bars.add_task(model, total=None)

            def show(progress: RunProgress) -> None:
                bars.update(bar, completed=progress.step, total=progress.steps or None)

            prediction = client.start(model, **given)
            value = client.result(client.watch(prediction, show))
        written = _keep(value, output, model)
        if as_json:
            ended = client.prediction(prediction.id)
            print_json({"id": ended.id, "status": ended.status, "output": ended.output, "files": [str(path) for path in written], "metrics": ended.metrics})  # fmt: skip
        else:
            for path in written:
                say(f"{path}")
            if not written:
                say(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))


def _keep(value: object, output: Path | None, model: str) -> list[Path]:
    """Write pictures, arrays and bytes to files and give the files; JSON and text only when a file is named."""
    name = model.partition("/")[2].partition(":")[0]
    pictures = _pictures(value)
    if pictures:
        first = output or Path(f"{name}.png")
        return [path for index, each in enumerate(pictures) for path in _keep(each, _numbered(first, index), model)]
    match value:
        case Image.Image():
            path = output or Path(f"{name}.png")
            _write_image(value, path)
        case bytes():
            path = output or Path(f"{name}.bin")
            path.write_bytes(value)
        case np.ndarray():
            path = output or Path(f"{name}.npy")
            np.save(path, cast("NDArray[np.generic]", value), allow_pickle=False)
        case _ if output is not None:
            path = output
            path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
        case _:
            return []
    return [path]


def _pictures(value: object) -> list[Image.Image]:
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, Image.Image)]


def _numbered(output: Path, index: int) -> Path:
    return output.with_stem(f"{output.stem}-{index}")


def _write_image(picture: Image.Image, path: Path) -> None:
    try:
        picture.save(path)
    except ValueError as error:
        raise Invalid(
            "output_format_unknown",
            f"{path.name}: no picture format has this ending; use .png, .webp or .jpg.",
            field="output",
        ) from error
