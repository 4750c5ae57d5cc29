"""Trainings in MLflow, where it is installed; and where it is not, or fails, they go on without it."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from artrator.recipes.tracking import DEFAULT_EXPERIMENT, EXPERIMENT, URI, tracked

SETTINGS: Mapping[str, object] = {"steps": 12, "seed": 0}


def test_without_a_tracking_uri_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(URI, raising=False)
    with tracked(tmp_path, "part", SETTINGS) as tracking:
        tracking.log({"loss": 1.0}, 1)
    assert tracking.run_id == ""
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_a_tracking_uri_without_mlflow_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URI, f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setitem(sys.modules, "mlflow", None)  # how Python itself remembers that there is none
    with tracked(tmp_path, "part", SETTINGS) as tracking:
        tracking.log({"loss": 1.0}, 1)
    assert "pip install mlflow-skinny" in capsys.readouterr().out


class TestWithMlflow:
    """Against a database of its own. MLflow warns of its own imports, which are not ours to mend."""

    pytestmark = pytest.mark.filterwarnings("default")

    @pytest.fixture
    def client(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A client of the database that trainings log to."""
        mlflow = pytest.importorskip("mlflow")
        uri = f"sqlite:///{tmp_path}/runs.db"
        monkeypatch.setenv(URI, uri)
        monkeypatch.delenv(EXPERIMENT, raising=False)
        return mlflow.MlflowClient(uri)

    def test_a_training_is_a_run_with_its_settings_and_losses(self, client, tmp_path: Path) -> None:
        with tracked(tmp_path, "part", SETTINGS) as tracking:
            for step in (5, 12):
                tracking.log({"loss": 1 / step, "nothing": float("nan")}, step)
        run = client.get_run(tracking.run_id)
        assert run.info.run_name == "part"
        assert run.info.status == "FINISHED"
        assert client.get_experiment(run.info.experiment_id).name == DEFAULT_EXPERIMENT
        assert run.data.params == {"steps": "12", "seed": "0"}
        history = client.get_metric_history(tracking.run_id, "loss")
        assert [(each.step, each.value) for each in history] == [(5, 0.2), (12, pytest.approx(1 / 12))]
        assert "nothing" not in run.data.metrics

    def test_a_stopped_training_goes_on_in_its_run(self, client, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt), tracked(tmp_path, "part", SETTINGS) as first:
            first.log({"loss": 2.0}, 1)
            raise KeyboardInterrupt
        assert client.get_run(first.run_id).info.status == "KILLED"
        with tracked(tmp_path, "part", SETTINGS) as second:
            assert client.get_run(second.run_id).info.status == "RUNNING"
            second.log({"loss": 1.0}, 2)
        assert second.run_id == first.run_id
        assert [each.step for each in client.get_metric_history(first.run_id, "loss")] == [1, 2]
        with tracked(tmp_path, "another", SETTINGS) as other:
            assert other.run_id != first.run_id

    def test_a_training_that_fails_is_a_run_that_failed(self, client, tmp_path: Path) -> None:
        with pytest.raises(ArithmeticError), tracked(tmp_path, "part", SETTINGS) as tracking:
            raise ArithmeticError
        assert client.get_run(tracking.run_id).info.status == "FAILED"

    def test_a_run_that_was_deleted_is_begun_anew(self, client, tmp_path: Path) -> None:
        with tracked(tmp_path, "part", SETTINGS) as first:
            pass
        (tmp_path / "part.mlflow").write_text((tmp_path / "part.mlflow").read_text().replace(first.run_id, "0" * 32))
        with tracked(tmp_path, "part", SETTINGS) as second:
            pass
        assert client.get_run(second.run_id).info.status == "FINISHED"

    def test_a_server_that_is_not_there_stops_no_training(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pytest.importorskip("mlflow")
        monkeypatch.setenv(URI, "http://127.0.0.1:9")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with tracked(tmp_path, "part", SETTINGS) as tracking:
            tracking.log({"loss": 1.0}, 1)
        assert "nothing is logged" in capsys.readouterr().out

    def test_a_password_in_the_uri_is_not_kept(self, client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(URI, f"sqlite:///{tmp_path}/secret.db")
        with tracked(tmp_path, "part", SETTINGS):
            pass
        assert "secret" not in (tmp_path / "part.mlflow").read_text()
