"""The OpenAPI document says what the server does: schemathesis tries every operation and compares."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from tests.servers import LiveServer, platform_services, serving

from artrator.http.settings import HttpSettings, RateLimitSettings

EXAMPLES = 6
UNLIMITED = RateLimitSettings(caller_burst=10**6, address_burst=10**6, login_burst=10**6)
load_all_checks()
CHECKS_LEFT_OUT = CHECKS.get_by_names(
    ["positive_data_acceptance"]  # what has the right shape may still name nobody, or be a weak password
)


@pytest.fixture
def schema_server(dsn: str, tmp_path: Path) -> Iterator[LiveServer]:
    with serving(lambda: platform_services(dsn, tmp_path), HttpSettings(rate_limits=UNLIMITED)) as server:
        server.register("keeper", operator=True)
        yield server


def test_every_operation_does_what_the_document_says(schema_server: LiveServer, subtests: pytest.Subtests) -> None:
    authorization = {"Authorization": f"Bearer {schema_server.key_of('keeper')}"}
    schema = schemathesis.openapi.from_url(f"{schema_server.url}/openapi.json")
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def check(case: schemathesis.Case) -> None:
                case.call_and_validate(headers=authorization, excluded_checks=CHECKS_LEFT_OUT)

            with subtests.test(operation=operation.label, mode=mode.value), contextlib.suppress(Unsatisfiable):
                check()


def test_operation_ids_are_the_functions_names(live_server: LiveServer) -> None:
    with live_server.client() as client:
        document = client.get("/openapi.json").json()
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert {"get_account", "log_in", "create_key", "get_liveness"} <= names


def test_every_operation_has_a_known_tag_and_tells_of_problems(live_server: LiveServer) -> None:
    with live_server.client() as client:
        document = client.get("/openapi.json").json()
    known = {tag["name"] for tag in document["tags"]}
    for path in document["paths"].values():
        for operation in path.values():
            assert set(operation["tags"]) <= known
            assert {"4XX", "5XX"} <= set(operation["responses"])
            assert "422" not in operation["responses"]
