"""Whatever is wrong with the words, the environment or the server: one sentence, one exit code, no traceback."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.cli.conftest import Command

from artrator.cli.exit_codes import REFUSED, USAGE

INVALID, NOT_FOUND, UNAVAILABLE = 3, 6, 11


@pytest.mark.parametrize(
    "words",
    [("paint",), ("run",), ("models", "--limit", "0"), ("run", "--nonsense"), ("keys",), ("demo", "--port", "99999")],
)
def test_wrong_words_are_a_matter_of_usage(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words).returncode == USAGE


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "http://", "http://[::", "http://host:port"])
def test_an_address_that_is_none_is_invalid(command: Command, url: str) -> None:
    done = command("models", ARTRATOR_URL=url)
    assert done.returncode == INVALID
    assert "server address" in done.stderr


def test_a_server_that_does_not_answer_is_unavailable(command: Command) -> None:
    done = command("models")
    assert done.returncode == UNAVAILABLE
    assert "artrator demo" in done.stderr


@pytest.mark.parametrize("token", ["two\nlines", "두 단어", "a b"])
def test_a_token_that_is_none_is_invalid(command: Command, token: str) -> None:
    done = command("models", ARTRATOR_TOKEN=token)
    assert done.returncode == INVALID
    assert token not in done.stderr


@pytest.mark.parametrize("price", ["free", "-1", "0.0000001", "NaN", "1e400", "99999999999999999999"])
def test_a_price_that_is_none_is_invalid(command: Command, graph: Path, price: str) -> None:
    assert command("publish", str(graph), f"--price={price}").returncode == INVALID


@pytest.mark.parametrize("verb", ["verify", "publish", "init"])
def test_a_path_that_is_not_there_is_not_found(command: Command, verb: str, tmp_path: Path) -> None:
    assert command(verb, str(tmp_path / "nothing.onnx")).returncode == NOT_FOUND


def test_a_reference_without_an_owner_is_invalid(command: Command) -> None:
    done = command("run", "pencil-sketch")
    assert done.returncode == INVALID
    assert "owner/name" in done.stderr


def test_a_home_that_is_a_file_is_said_to_be_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("demo", "--home", str(tmp_path / "file"), "--port", "0", "--no-open")
    assert done.returncode == REFUSED
    assert str(tmp_path / "file") in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ARTRATOR_HTTP__PORT", "many", INVALID),
        ("ARTRATOR_DATABASE__URL", "mysql://host/name", INVALID),
        ("ARTRATOR_DATABASE__URL", "postgresql://somebody:hidden@127.0.0.1:9/name", UNAVAILABLE),
    ],
)
def test_a_wrong_setting_is_named_and_no_password_is(command: Command, name: str, value: str, code: int) -> None:
    done = command("ledger", "check", **{name: value})
    assert done.returncode == code
    assert "hidden" not in done.stderr


@pytest.mark.parametrize(
    "words", [("ledger", "check"), ("keys", "create", "--user", "demo"), ("keys", "list", "--user", "x")]
)
def test_a_home_where_nothing_was_started_is_not_found(command: Command, words: tuple[str, ...]) -> None:
    done = command(*words)
    assert done.returncode == NOT_FOUND
    assert "Nothing was ever started" in done.stderr


@pytest.mark.skipif(find_spec("torch") is not None, reason="the extra `train` is installed")
def test_an_export_without_its_extra_says_what_to_install(command: Command, tmp_path: Path) -> None:
    done = command("export", str(tmp_path), "--to", str(tmp_path / "out"))
    assert done.returncode == INVALID
    assert "artrator[train]" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_export_of_nothing_into_something_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("kept")
    assert command("export", str(tmp_path / "nowhere"), "--to", str(tmp_path / "out")).returncode == NOT_FOUND
    assert command("export", str(tmp_path), "--to", str(tmp_path / "there")).returncode not in (0, 3)
    assert (tmp_path / "there" / "file").read_text() == "kept"
