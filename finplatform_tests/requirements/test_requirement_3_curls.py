"""The calls that the requirement of payments analytics prints, typed into a shell as printed."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from finplatform_tests.integration.api.people import add_people, listening
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

PRINTED_PORT = "8001"
OPERATIONS = (
    "curl -X POST http://localhost:8001/api/etl/initialize",
    "curl -X POST http://localhost:8001/api/etl/run",
)
READINGS = (
    'curl "http://localhost:8001/api/health"',
    'curl "http://localhost:8001/api/reports/daily-summary?report_date=2025-01-15"',
    'curl "http://localhost:8001/api/reports/failed-payments'
    '?start_date=2025-01-01&end_date=2025-01-31"',
    'curl "http://localhost:8001/api/reports/sla-breaches"',
    'curl "http://localhost:8001/api/reports/high-risk-transactions?risk_threshold=70.0"',
    'curl "http://localhost:8001/api/reports/high-risk-transactions?risk_threshold=75.0"',
    'curl "http://localhost:8001/api/analytics/payment-analytics?limit=100"',
    "curl http://localhost:8001/api/analytics/merchant-performance",
    'curl "http://localhost:8001/api/analytics/customer-insights?limit=100"',
)


def typed(url: str, command: str) -> Any:
    """What a printed command answers, at the port of the test."""
    shown = command.replace(f"http://localhost:{PRINTED_PORT}", url)
    done = subprocess.run(
        ["bash", "-c", f"{shown} --silent --show-error --fail-with-body"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def url(built_bank: BuiltBank) -> Any:
    """The API of a closed machine, where nobody needs a login."""
    settings = built_bank.settings.model_copy(update={"api_anonymous_role": "engineer"})
    add_people(settings)
    with listening(settings) as found:
        yield found.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("command", READINGS)
def test_a_printed_reading_answers(url: str, command: str) -> None:
    assert typed(url, command)


def test_the_printed_summary_has_the_printed_members(url: str) -> None:
    assert list(typed(url, READINGS[1])) == [
        "transaction_date", "total_transactions", "successful_transactions",
        "failed_transactions", "success_rate", "total_revenue",
    ]  # fmt: skip


def test_the_system_is_initialized_and_loaded_as_printed(url: str) -> None:
    assert typed(url, OPERATIONS[0])["status"] == "success"
    loaded = typed(url, OPERATIONS[1])
    assert loaded["status"] == "success"
    assert loaded["message"] == "ETL pipeline completed successfully"
    assert set(loaded["records_loaded"]) == {"customers", "merchants", "payments", "settlements"}


def test_the_description_is_where_it_is_printed(url: str) -> None:
    done = subprocess.run(["curl", "-s", f"{url}/docs"], capture_output=True, text=True, check=True)
    assert "swagger-ui" in done.stdout
