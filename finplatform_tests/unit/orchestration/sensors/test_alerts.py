"""Failed checks and runs as alerts."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest

from finplatform.orchestration.sensors.alerts import alert_of, build_alert_sensors, failed_checks
from finplatform.settings import Settings


@dg.asset
def guarded() -> None:
    """An asset with checks."""


@dg.asset_check(asset=guarded)
def passing() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=guarded)
def warning() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, severity=dg.AssetCheckSeverity.WARN, description="7 rows are odd"
    )


@dg.asset_check(asset=guarded, blocking=True)
def blocking() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, description="3 rows are bad")


def _run(instance: dg.DagsterInstance, *checks: dg.AssetChecksDefinition) -> Any:
    return dg.materialize([guarded, *checks], instance=instance, raise_on_error=False)


def _alert(instance: dg.DagsterInstance, result: Any, name: str, settings: Settings) -> None:
    built = build_alert_sensors(dg.DefaultSensorStatus.STOPPED)
    (sensor,) = (each for each in built if each.name == name)
    event = result.get_run_success_event() if result.success else result.get_run_failure_event()
    sensor(
        dg.build_run_status_sensor_context(
            sensor_name=name,
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            resources={"settings": settings},
        )
    )


def test_a_successful_run_with_passed_checks_says_nothing() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = _run(instance, passing)
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert alert_of(run, failed_checks(instance, result.run_id)) is None


def test_a_check_that_fails_without_stopping_its_run_is_found() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = _run(instance, passing, warning)
        found = failed_checks(instance, result.run_id)
    assert result.success
    assert [(check["check"], check["severity"]) for check in found] == [("warning", "WARN")]


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """URL of a real HTTP server, and what is posted to it."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_failed_run_reaches_the_webhook_with_the_check_that_stopped_it(
    webhook: tuple[str, list[dict[str, Any]]],
) -> None:
    url, received = webhook
    with dg.DagsterInstance.ephemeral() as instance:
        result = _run(instance, blocking)
        _alert(instance, result, "alert_failed_runs", Settings(webhook_url=url))
    (alert,) = received
    assert alert["status"] == "FAILURE"
    assert alert["failed_checks"][0]["description"] == "3 rows are bad"


def test_a_webhook_that_is_down_does_not_break_the_sensor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(webhook_url="http://127.0.0.1:9/hook")
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.WARNING):
        result = _run(instance, warning)
        _alert(instance, result, "alert_failed_checks", settings)
    assert "did not take the alert" in caplog.text
    assert "7 rows are odd" in caplog.text
