"""`artrator run`: run a model and keep what it made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from artrator.cli.console import errors, print_json, say
from artrator.cli.inputs import makes_picture, read_inputs, read_loras
from artrator.cli.keep import check_picture_ending, check_place, keep
from artrator.sdk import Client, RunProgress


def run(
    model: Annotated[str, typer.Argument(help="owner/name, or owner/name:digest")],
    inputs: Annotated[list[str], typer.Option("-i", "--input", help="name=value; a file by its path")] = [],  # noqa: B006
    loras: Annotated[list[str], typer.Option("--lora", help="owner/name=weight of a LoRA on the model")] = [],  # noqa: B006
    output: Annotated[Path | None, typer.Option("-o", "--output", help="where to write the output")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the prediction as JSON")] = False,
) -> None:
    """Run a model and wait for its output."""
    check_place(output)
    with Client() as client:
        listed = client.model(model.partition(":")[0])
        if makes_picture(listed):
            check_picture_ending(output)
        given, chosen = read_inputs(inputs, listed), read_loras(loras)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bars:
            bar = bars.add_task(model, total=None)

            def show(progress: RunProgress) -> None:
                bars.update(bar, completed=progress.step, total=progress.steps or None)

            prediction = client.start(model, loras=chosen, **given)
            value = client.result(client.watch(prediction, show))
        written = keep(value, output, listed.name)
        if as_json:
            ended = client.prediction(prediction.id)
            print_json({"id": ended.id, "status": ended.status, "output": ended.output, "files": [str(path) for path in written], "metrics": ended.metrics})  # fmt: skip
        else:
            for path in written:
                say(f"{path}")
            if not written:
                say(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
