"""The command `artrator`: each verb in its own file, errors said once, never a traceback."""

from __future__ import annotations

import logging
import os
import sys

import typer

from artrator import __version__
from artrator.cli import admin, keys, ledger
from artrator.cli.console import errors, say
from artrator.cli.exit_codes import BUG, STOPPED, exit_code_of
from artrator.cli.init import init
from artrator.cli.models import models
from artrator.cli.publish import publish
from artrator.cli.run import run
from artrator.cli.serve import demo, serve, worker
from artrator.cli.verify import verify
from artrator.kernel.errors import ArtratorError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Publish, verify, sell and run generative models.",
)
for verb in (demo, serve, worker, init, verify, publish, run, models):
    app.command()(verb)
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")
app.add_typer(admin.app, name="admin")


@app.command()
def version() -> None:
    """Print the version."""
    say(__version__)


def main() -> None:
    """Run a verb; whatever goes wrong becomes one sentence on standard error and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        app(standalone_mode=True)
    except ArtratorError as error:
        errors.print(f"artrator: {error.message}", markup=False, soft_wrap=True)
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has left
        sys.exit(STOPPED)
    except Exception:
        logging.getLogger(__name__).exception("a bug in the command")
        errors.print("artrator: something went wrong here, and it is not your fault; the lines above tell what.")
        sys.exit(BUG)
