"""Closing a month: who may, when, and what is refused with its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from finplatform.compliance.sox.duties import DutyRefusedError, Person
from finplatform.compliance.sox.periods import (
    Known,
    Month,
    PeriodRefusedError,
    State,
    TableState,
    Version,
    check_approval,
    check_close,
    check_preparation,
    check_restate,
    fingerprint,
)

MARCH = Month.parse("2025-03")
AT = datetime(2025, 4, 2, 9, tzinfo=UTC)
READY = Known(
    as_of=date(2025, 4, 1),
    rows={"gold.fact_balances": 31, "gold.capital_adequacy": 1},
    needed=("gold.fact_balances", "gold.capital_adequacy"),
    facts_loaded_at=AT,
    reports_made_at=AT.replace(hour=10),
)
WAITS = Version(MARCH, 1, State.PREPARED, "The month is over.", "rita", AT, "a" * 64)
FROZEN = replace(
    WAITS, state=State.APPROVED, approved_by="olga", approved_at=AT.replace(hour=11), audit_event=7
)
RITA, OLGA = Person("rita", "risk_analyst"), Person("olga", "compliance_officer")


@pytest.mark.parametrize("text", ["2025-3", "2025-13", "2025-00", "0000-01", "March", "2025-03-31"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(PeriodRefusedError, match="is no month"):
        Month.parse(text)


def test_a_month_runs_from_its_first_to_its_last_day() -> None:
    february = Month.parse("2024-02")
    assert (february.first, february.last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert str(Month.parse("2024-12").next) == "2025-01"


def test_a_complete_month_that_is_over_may_be_closed() -> None:
    check_close(MARCH, READY)
    check_close(MARCH, replace(READY, closed=(Month.parse("2025-02"),)))


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (replace(READY, versions=(FROZEN,)), "closed already: version 1 was approved by olga"),
        (replace(READY, as_of=date(2025, 3, 30)), "still open"),
        (replace(READY, rows={"gold.fact_balances": 0}), "no rows of 2025-03"),
        (replace(READY, closed=(Month.parse("2025-01"),)), "out of turn: 2025-01"),
        (replace(READY, closed=(Month.parse("2025-05"),)), "out of turn: 2025-05"),
        (replace(READY, rows={"gold.fact_balances": 31}), "gold.capital_adequacy has no row"),
        (replace(READY, missing_days=(date(2025, 3, 9),)), "no balances of 2025-03-09"),
        (replace(READY, held={"gold.own_funds": "a check failed"}), "a check has failed"),
        (replace(READY, reports_made_at=AT.replace(hour=8)), "older than its facts"),
    ],
)  # fmt: skip
def test_a_month_that_is_not_ready_is_not_closed(known: Known, reason: str) -> None:
    with pytest.raises(PeriodRefusedError, match=reason):
        check_close(MARCH, known)


def test_only_a_closed_month_that_changed_is_restated() -> None:
    closed = replace(READY, versions=(FROZEN,))
    check_restate(MARCH, closed, ["gold.fact_transactions"])
    with pytest.raises(PeriodRefusedError, match="nothing to restate"):
        check_restate(MARCH, closed, [])
    with pytest.raises(PeriodRefusedError, match="is not closed"):
        check_restate(MARCH, READY, ["gold.fact_transactions"])
    stale = replace(closed, reports_made_at=AT.replace(hour=8))
    with pytest.raises(PeriodRefusedError, match="older than its facts"):
        check_restate(MARCH, stale, ["gold.fact_transactions"])


def test_preparing_takes_the_role_and_a_reason() -> None:
    assert check_preparation(RITA, "  The month is over. ") == "The month is over."
    with pytest.raises(PeriodRefusedError, match="10 to 2000"):
        check_preparation(RITA, "over")
    for role in ("engineer", "admin", "compliance_officer", "auditor", "bi_analyst", "service"):
        with pytest.raises(DutyRefusedError, match="may not do this"):
            check_preparation(Person("eve", role), "The month is over.")


def test_who_prepared_does_not_approve() -> None:
    waits = replace(READY, versions=(WAITS,))
    assert check_approval(MARCH, waits, OLGA, "a" * 64) is WAITS
    with pytest.raises(DutyRefusedError, match=r"rita prepared .* and may not approve it"):
        check_approval(MARCH, waits, RITA, "a" * 64)
    with pytest.raises(DutyRefusedError, match="may not do this"):
        check_approval(MARCH, waits, Person("eve", "engineer"), "a" * 64)


def test_what_changed_since_it_was_prepared_is_not_approved() -> None:
    with pytest.raises(PeriodRefusedError, match="not as rita prepared it"):
        check_approval(MARCH, replace(READY, versions=(WAITS,)), OLGA, "b" * 64)


@pytest.mark.parametrize("versions", [(), (FROZEN,)])
def test_nothing_is_approved_where_nothing_waits(versions: tuple[Version, ...]) -> None:
    with pytest.raises(PeriodRefusedError, match="Nothing of 2025-03 waits"):
        check_approval(MARCH, replace(READY, versions=versions), OLGA, None)


def test_a_fingerprint_is_of_content_and_not_of_order() -> None:
    one = TableState("gold.a", 2, Decimal("1.50"), "a" * 64)
    two = TableState("gold.b", 0, None, "b" * 64)
    made = fingerprint(MARCH, 1, [one, two])
    assert made == fingerprint(MARCH, 1, [two, one])
    others = [
        fingerprint(MARCH, 2, [one, two]),
        fingerprint(MARCH.next, 1, [one, two]),
        fingerprint(MARCH, 1, [replace(one, row_count=3), two]),
        fingerprint(MARCH, 1, [replace(one, measure_total=Decimal("1.51")), two]),
        fingerprint(MARCH, 1, [replace(one, checksum="c" * 64), two]),
    ]
    assert len({made, *others}) == 6
