"""`artrator publish`: upload a model, watch its verification, price it and list it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from artrator.bundle.naming import name_from
from artrator.cli.bundle_path import as_archive
from artrator.cli.console import errors, print_json, say
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.money import parse_amount
from artrator.sdk import Client
from artrator.sdk.operations import upload_version
from artrator.sdk.publishing import await_verdict, create_model, findings_of, my_handle, offer_model

WAIT_S = 600


def publish(
    path: Annotated[Path, typer.Argument(help="an .onnx file, a bundle folder, or a bundle's .zip")],
    name: Annotated[str | None, typer.Option(help="the model's name; none takes the bundle's")] = None,
    license_id: Annotated[str | None, typer.Option("--license", help="SPDX id, for a plain .onnx file")] = None,
    price: Annotated[str, typer.Option(help="price of one run, like 0.01; 0 is free")] = "0",
    public: Annotated[bool, typer.Option("--public", help="list it for everyone once it is verified")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="wait for the verdict")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Upload a new version; it is verified before anyone can run it."""
    amount = parse_amount(price, field="price")
    with Client() as client, as_archive(path) as archive:
        reference = f"{client.follow(my_handle())}/{name or name_from(path.resolve().stem)}"
        client.follow(create_model(reference))
        errors.print(f"uploading {archive.stat().st_size / 1e6:.1f} MB to {reference} …")
        version = client.follow(upload_version(reference, archive, license_id=license_id))
        client.follow(offer_model(reference, amount_micros=amount, public=public))
        if wait:
            with errors.status("verifying …"):
                version = client.follow(await_verdict(reference, version.id, deadline=time.monotonic() + WAIT_S))
            if version.status != "passed":
                _refuse(client, reference, version.id, version.status)
    if as_json:
        print_json(
            {"model": reference, "version": version.id, "status": version.status, "url": f"{client.url}/{reference}"}
        )
    else:
        listed = " and listed" if public and version.status == "passed" else ""
        say(f"{reference}:{version.id} {version.status}{listed}")


def _refuse(client: Client, reference: str, digest: str, status: str) -> None:
    """Say which checks refused the version."""
    for finding in client.follow(findings_of(reference, digest)):
        if finding.verdict == "failed":
            errors.print(f"{finding.check}: {finding.reason} {finding.what_to_do or ''}".rstrip())
    if status == "failed":
        raise Invalid("verification_failed", f"{reference} was not accepted; the reasons stand above.")
    raise ArtratorError(
        "verification_pending", f"{reference} is {status.replace('_', ' ')}; it can be listed once it passed."
    )
