"""Names that are sent are names of things; fingerprints group what is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.notifications.incident import Severity, Signal, plain_name

HIDDEN = "(unnamed)"


@pytest.mark.parametrize(
    "name",
    [
        "gold.fact_payments",
        "dbt_daily_contract",
        "2025-01-01..2025-12-31",
        "payments_2026-03-01.csv",
        "accepted_values_stg_payments_status",
        "job month_end",
    ],
)
def test_names_of_tables_checks_jobs_and_days_are_sent(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "jane.doe@example.com",
        "file of jane@example.com.csv",
        "DE89370400440532013000",
        "+49 30 1234567",
        "4111 1111 1111 1111",
        "Jané Doe",
        "two\nlines",
        "",
        "x" * 201,
    ],
)
def test_names_that_could_be_about_a_person_are_kept_back(name: str) -> None:
    assert plain_name(name) == HIDDEN


@given(st.emails())
def test_no_address_is_sent(address: str) -> None:
    assert plain_name(f"file {address}") == HIDDEN


def test_the_fingerprint_is_of_kind_and_subject_alone() -> None:
    first = Signal("check", "gold.x:contract", Severity.ERROR, "three fail", 3, run_id="a")
    again = Signal("check", "gold.x:contract", Severity.WARNING, "four fail", 4, run_id="b")
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != Signal("run", "gold.x:contract", Severity.ERROR, "").fingerprint


def test_severities_are_in_rising_order() -> None:
    ranks = [Severity(name).rank for name in ("info", "warning")]
    assert ranks == [0, 1]
    assert Severity.CRITICAL.rank > Severity.ERROR.rank
