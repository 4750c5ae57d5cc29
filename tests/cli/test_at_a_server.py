"""The verbs that talk to a server, as scripts use them."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from PIL import Image
from tests.cli.conftest import Command
from tests.journeys.running import RunningServer

UNAUTHENTICATED, INVALID, NOT_FOUND, UNAVAILABLE = 4, 3, 6, 11
MODEL = "atelier/warm-cool"


@pytest.fixture
def photograph(tmp_path: Path) -> str:
    path = tmp_path / "photograph.png"
    Image.radial_gradient("L").convert("RGB").save(path)
    return f"image={path}"


def test_a_new_key_is_the_last_line_and_works(at_demo: Command, photograph: str, tmp_path: Path) -> None:
    made = at_demo("keys", "create", "--user", "demo", "--name", "script", "--scope", "run")
    secret = made.stdout.splitlines()[-1]
    assert secret.startswith("art_")
    out = str(tmp_path / "out.png")
    assert at_demo("run", MODEL, "-i", photograph, "-o", out, ARTRATOR_TOKEN=secret).returncode == 0
    listed = json.loads(at_demo("keys", "list", "--user", "demo", "--json").stdout)
    mine = next(each for each in listed if each["name"] == "script")
    assert mine["scopes"] == ["run"]
    assert at_demo("keys", "revoke", "--user", "demo", mine["id"]).returncode == 0


def test_json_is_one_document_on_standard_output(at_demo: Command, photograph: str, tmp_path: Path) -> None:
    out = tmp_path / "out.webp"
    done = at_demo("run", MODEL, "-i", photograph, "-i", "warmth=0.5", "-o", str(out), "--json")
    told = json.loads(done.stdout)
    assert (told["status"], told["files"]) == ("succeeded", [str(out)])
    with Image.open(out) as picture:
        assert picture.format == "WEBP"
    found = json.loads(at_demo("models", "candlelight", "--json").stdout)
    assert [(each["owner"], each["name"]) for each in found] == [("atelier", "warm-cool")]


def test_the_ending_says_which_format_is_written(at_demo: Command, photograph: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jpg"
    assert at_demo("run", MODEL, "-i", photograph, "-o", str(out)).returncode == 0
    with Image.open(out) as picture:
        assert picture.format == "JPEG"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-i", "image"], INVALID),
        (["-i", "=3"], INVALID),
        (["-i", "image=a.png", "-i", "image=b.png"], INVALID),
        (["-i", "image=/nothing/here.png"], NOT_FOUND),
        (["-i", "image=/etc/hostname"], INVALID),
        (["-i", "warmth=very"], INVALID),
        (["-i", "warmth=NaN"], INVALID),
        (["-i", "colour=red"], INVALID),
        (["-i", "image=http://127.0.0.1/x.png"], 5),
        ([], INVALID),
    ],
)
def test_inputs_that_are_wrong_are_said_to_be(at_demo: Command, words: list[str], code: int) -> None:
    assert at_demo("run", MODEL, *words).returncode == code


@pytest.mark.parametrize(("place", "code"), [("nowhere/out.png", NOT_FOUND), (".", INVALID), ("out.odd", INVALID)])
def test_a_place_that_cannot_be_written_is_refused_before_the_run(
    at_demo: Command, demo: RunningServer, demo_key: str, photograph: str, tmp_path: Path, place: str, code: int
) -> None:
    with demo.client(demo_key) as client:
        before = client.get("/v1/predictions").json()["results"]
        assert at_demo("run", MODEL, "-i", photograph, "-o", str(tmp_path / place)).returncode == code
        assert [each["id"] for each in client.get("/v1/predictions").json()["results"]] == [
            each["id"] for each in before
        ]


def test_a_wrong_key_and_a_wrong_model_are_told_apart(at_demo: Command, photograph: str) -> None:
    assert at_demo("run", MODEL, "-i", photograph, ARTRATOR_TOKEN="art_wrong").returncode == UNAUTHENTICATED
    assert at_demo("run", "atelier/nothing").returncode == NOT_FOUND


def test_a_port_that_is_taken_is_said_before_anything_starts(at_demo: Command, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = at_demo("demo", "--home", str(tmp_path / "other"), "--port", port, "--no-open")
    assert done.returncode == UNAVAILABLE
    assert port in done.stderr
    assert not (tmp_path / "other" / "postgres").exists()


WALKED = "atelier/palette-vae"


def test_a_walk_is_quoted_made_and_kept_as_a_film(at_demo: Command, tmp_path: Path) -> None:
    ways = ("seed=1,palette=warm", "seed=7,palette=ocean")
    told = json.loads(at_demo("walk", WALKED, *ways, "--frames", "4", "--quote", "--json").stdout)
    assert (told["frames"], told["price"]["amount_micros"]) == (4, 4 * told["frame_price"]["amount_micros"])
    out = tmp_path / "walk.gif"
    done = at_demo("walk", WALKED, *ways, "--frames", "4", "-i", "style=hills", "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["status"], shown["rendered"], shown["film"]) == ("succeeded", 4, str(out))
    with Image.open(out) as film:
        assert (film.format, film.n_frames) == ("GIF", 4)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["seed=1"], INVALID),
        (["seed=1", "seed=1"], INVALID),
        (["seed=1", "a warm colour field"], INVALID),
        (["seed=1", "seed=2", "--frames", "10000"], INVALID),
        (["seed=1", "seed=2", "--fps", "0"], INVALID),
        (["seed=1", "seed=2", "-o", "walk.avi"], INVALID),
        (["seed=1", "seed=2", "-o", "nowhere/walk.webm"], NOT_FOUND),
        (["seed=1", "seed=2", "--loop", "--ping-pong"], INVALID),
        (["seed=1", "seed=2", "-i", "mood=blue"], INVALID),
    ],
)
def test_walks_that_are_wrong_are_said_to_be(at_demo: Command, words: list[str], code: int) -> None:
    assert at_demo("walk", WALKED, *words).returncode == code


def test_a_model_that_cannot_walk_is_said_to_be_one(at_demo: Command) -> None:
    done = at_demo("walk", MODEL, "warmth=0.1", "warmth=0.9")
    assert done.returncode == INVALID
    assert "walk" in done.stderr
