"""What is sent as text stays text: nothing of it is executed, and nothing breaks."""

import asyncio
import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import psycopg
import pytest

from finplatform_tests.integration.api.calls import Operation, call, operations
from finplatform_tests.integration.api.payloads import CANARY, payloads
from finplatform_tests.integration.api.people import Api

pytestmark = pytest.mark.integration

PAYLOADS = payloads()

# Each parameter gets every so-manieth payload, beginning with another one; with 1 it gets all.
STEP = int(os.environ.get("INJECTION_STEP", "16"))

_STATE = """
select
    (select count(*) from pg_class) as relations, (select count(*) from pg_roles) as roles,
    (select count(*) from pg_largeobject_metadata) as objects,
    (select count(*) from gold.dim_date) as days,
    (select count(*) from vault.users) as users,
    (select count(*) from pg_class where relname like %s) as planted
"""


def state(api: Api) -> Any:
    with psycopg.connect(api.settings.database_url.get_secret_value()) as connection:
        return connection.execute(_STATE, (f"%{CANARY}%",)).fetchone()


def targets(api: Api) -> list[tuple[Operation, str]]:
    """Every parameter and field, with its operation."""
    found = []
    for operation in operations(api.app.openapi()):
        if operation.path.endswith("/logout"):
            continue
        found += [(operation, one.name) for one in operation.parameters]
        found += [(operation, name) for name in operation.fields]
    return found


def test_there_are_500_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 500


def test_payloads_in_every_parameter_are_neither_executed_nor_fatal(api: Api) -> None:
    before, launched = state(api), len(api.dagster.launched)
    found = targets(api)
    assert len(found) > 60
    headers = {**api.bearer("admin")}
    for position, (operation, name) in enumerate(found):
        for payload in PAYLOADS[position % STEP :: STEP]:
            value = payload if name not in _HEADERS else _header_safe(payload)
            sent = {} if operation.is_public else headers
            answer = call(api, operation, sent, **{name: value})
            assert answer.status_code < 500, (operation.endpoint, name, payload, answer.text)
    assert state(api) == before
    assert not Path(gettempdir(), CANARY).exists()
    for params in api.dagster.launched[launched:]:
        assert params["selector"]["jobName"] == "daily"


_HEADERS = ("idempotency-key", "last-event-id")


def _header_safe(payload: str) -> str:
    """A payload as far as a header carries it."""
    return payload.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "")


def test_an_answer_does_not_wait_for_a_payload(api: Api) -> None:
    """A payload that sleeps in the database would be seen as an open statement."""

    async def asked() -> Any:
        path = "/api/v1/accounts?customer_id=1' or pg_sleep(600) is null--"
        return await asyncio.wait_for(
            api.client.ask("GET", path, headers=api.bearer("admin")), timeout=300
        )

    assert api.client.run(asked()).status_code == 422
