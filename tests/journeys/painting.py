"""A tiny model that paints from prompts and LoRAs on it, published as anybody publishes: its pictures mean nothing, all else is real."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml
from tests.engine.pipelines.test_loras import LORAS
from tests.engine.pipelines.test_text_to_image import PREVIEW, TINY, manifest
from tests.journeys.running import RunningServer, artrator

OWNER, BASE = "atelier", "tiny"
PROMPTS = ("a red circle", "a blue clock", "it is red")
LORA = "name: {name}\npipeline: text-to-image\nlicense: CC0-1.0\nbase: {base}\nlora: {{file: l.safetensors}}\n"


def publish_painter(server: RunningServer, folder: Path, *, price: str = "0.04") -> str:
    """Publish `atelier/tiny` and wait until it is listed; give its digest."""
    bundle = folder / BASE
    shutil.copytree(TINY, bundle, ignore=shutil.ignore_patterns("*.npz"))
    wanted = manifest(preview=PREVIEW).model_dump(mode="json", exclude_none=True)
    examples = [{"prompt": prompt, "seed": seed, "steps": 4} for seed, prompt in enumerate(PROMPTS)]
    (bundle / "artrator.yaml").write_text(yaml.safe_dump({**wanted, "examples": examples}, sort_keys=False))
    return _publish(server, server.make_key(OWNER), bundle, price)


def publish_loras(server: RunningServer, folder: Path, base: str, prices: dict[str, str]) -> None:
    """Publish LoRAs on a base by name and price, and wait until they are listed."""
    key = server.make_key(OWNER)
    for name, price in prices.items():
        bundle = folder / name
        bundle.mkdir()
        source = LORAS / f"{name}.safetensors"
        shutil.copy(source if source.exists() else LORAS / "ink.safetensors", bundle / "l.safetensors")
        (bundle / "artrator.yaml").write_text(LORA.format(name=name, base=base))
        _publish(server, key, bundle, price)


def _publish(server: RunningServer, key: str, bundle: Path, price: str) -> str:
    words = ("publish", str(bundle), "--price", price, "--public", "--wait", "--json")
    done = artrator(*words, ARTRATOR_URL=server.url, ARTRATOR_TOKEN=key)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["version"])
