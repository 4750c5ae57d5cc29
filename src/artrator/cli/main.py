"""The command `artrator`: each verb in its own file, errors said once, never a traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from artrator import __version__
from artrator.cli.serve import serve_until_stopped
from artrator.kernel.errors import ArtratorError
from artrator.settings import Environment, Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Publish, verify, sell and run generative models.",
)


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="Folder for the database, blobs and caches.")] = Path("~/.artrator"),
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Start a marketplace with demo accounts and the starter models."""
    settings = Settings(environment=Environment.DEVELOPMENT, home=home)
    serve_until_stopped(
        settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})}), open_browser=not no_open
    )


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run a verb; an error of ours becomes a sentence on standard error and an exit code."""
    try:
        app()
    except ArtratorError as error:
        print(f"artrator: {error.message}", file=sys.stderr)
        sys.exit(1)
