"""Write the generated reference: OpenAPI and the table of settings, so that neither is ever written by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from artrator.http.app import build_app
from artrator.http.settings import HttpSettings
from artrator.settings import Settings
from artrator.wire.provide import Services

PREFIX = "ARTRATOR_"


def openapi_json() -> str:
    """Give the API's description as the server would serve it."""
    schema = build_app(Services(), HttpSettings()).openapi()
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def settings_markdown() -> str:
    """Give a table of every setting: environment variable, default, meaning."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable; `make generate` writes this page from the code.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in _rows(Settings, PREFIX)]
    return "\n".join(lines) + "\n"


def _rows(group: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in group.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _rows(inner, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", _default(field), (field.description or "").replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    value: object = field.get_default(call_default_factory=False)
    if value is None or isinstance(value, SecretStr) or field.is_required():
        return "none"
    if isinstance(value, Path):
        return f"`{str(value).replace(str(Path.home()), '~')}`"
    return f"`{value}`"


def write_reference(folder: Path) -> None:
    """Write both files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(openapi_json())
    (folder / "settings.md").write_text(settings_markdown())


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
