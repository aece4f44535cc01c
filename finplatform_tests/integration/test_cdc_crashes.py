"""Whatever is killed while four writers write, nothing is lost and nothing is stored twice."""

from pathlib import Path

import pytest

from finplatform.warehouse.embedded import free_port
from finplatform_tests.integration.cdc_crashes import Outcome, run

pytestmark = pytest.mark.integration

SEED = 20_250_110


def _check(outcome: Outcome, told: pytest.FixtureRequest) -> None:
    writer = told.config.get_terminal_writer()
    for table, (source, stored) in outcome.digests.items():
        writer.line(f"{table}: {source[0]} rows, md5 {source[1]} in the source, {stored[1]} stored")
    writer.line(
        f"{outcome.written} versions written, {len(outcome.lost)} lost,"
        f" {len(outcome.doubled)} doubled, seed {SEED}"
    )
    assert all(source == stored for source, stored in outcome.digests.values())
    assert outcome.lost == []
    assert outcome.doubled == []


def test_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    outcome = run(tmp_path, free_port(), transactions=600, server_kills=2, kills=4, seed=SEED)
    _check(outcome, request)


@pytest.mark.soak
def test_many_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    outcome = run(tmp_path, free_port(), transactions=40_000, server_kills=12, kills=36, seed=SEED)
    _check(outcome, request)
