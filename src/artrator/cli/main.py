"""The command `artrator`: each verb in its own file, errors said once, never a traceback."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence

import typer

from artrator import __version__
from artrator.cli.console import errors, say
from artrator.cli.exit_codes import BUG, REFUSED, STOPPED, exit_code_of
from artrator.kernel.errors import ArtratorError

VERBS: Mapping[str, str] = {
    "demo": "artrator.cli.serve",
    "serve": "artrator.cli.serve",
    "worker": "artrator.cli.serve",
    "init": "artrator.cli.init",
    "verify": "artrator.cli.verify",
    "export": "artrator.cli.export",
    "publish": "artrator.cli.publish",
    "run": "artrator.cli.run",
    "walk": "artrator.cli.walk",
    "models": "artrator.cli.models",
}
GROUPS: Mapping[str, str] = {
    "cluster": "artrator.cli.cluster",
    "keys": "artrator.cli.keys",
    "ledger": "artrator.cli.ledger",
    "admin": "artrator.cli.admin",
}


def build_app(words: Sequence[str]) -> typer.Typer:
    """Make the command with the verb that the words begin with, or with all of them for the help.

    A verb imports only what it needs: `artrator run` does not wait for the server's libraries.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Publish, verify, sell and run generative models.",
    )
    app.command("version")(version)
    asked = words[0] if words else ""
    for name, module in VERBS.items():
        if asked not in VERBS.keys() | GROUPS.keys() or asked == name:
            app.command(name)(getattr(importlib.import_module(module), name))
    for name, module in GROUPS.items():
        if asked not in VERBS.keys() | GROUPS.keys() or asked == name:
            app.add_typer(importlib.import_module(module).app, name=name)
    app.callback()(_nothing)
    return app


def version() -> None:
    """Print the version."""
    say(__version__)


def _nothing() -> None:
    """Publish, verify, sell and run generative models."""


def main() -> None:
    """Run a verb; whatever goes wrong becomes one sentence on standard error and an exit code."""
    serving = sys.argv[1:2] in (["demo"], ["serve"], ["worker"])
    level = logging.WARNING if serving else logging.CRITICAL  # the other verbs say themselves what went wrong
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    try:
        build_app(sys.argv[1:])()
    except ArtratorError as error:
        errors.print(f"artrator: {error.message}")
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has left
        sys.exit(STOPPED)
    except OSError as error:
        errors.print(f"artrator: {_about_file(error)}")
        sys.exit(REFUSED)
    except Exception:
        errors.print(f"artrator: this is a bug, not a fault of yours; {_kept_traceback()} tells what happened.")
        sys.exit(BUG)


def _about_file(error: OSError) -> str:
    """Say what the system refused, and where."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."


def _kept_traceback() -> str:
    """Keep the exception under way in a file, for whoever reports it; give the file's path."""
    with tempfile.NamedTemporaryFile("w", prefix="artrator-", suffix=".log", delete=False) as file:
        file.write(traceback.format_exc())
        return file.name
