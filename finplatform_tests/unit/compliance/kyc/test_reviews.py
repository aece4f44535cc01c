"""What is overdue today, and what is not."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.compliance.kyc.due_diligence import PARTS
from finplatform.compliance.kyc.policy import policy
from finplatform.compliance.kyc.reviews import (
    ALERTS,
    LATEST,
    company_alerts,
    customer_alerts,
    review_states,
)

TODAY = date(2025, 3, 31)
POLICY = policy(TODAY)
REVIEWED: dict[str, Any] = {
    "customer_id": "C1", "customer_since": date(2020, 1, 1), "review_id": "K1",
    "review_date": date(2024, 1, 1), "review_status": "COMPLETED", "risk_rating": "LOW",
    "is_pep": False, "next_review_date": date(2029, 1, 1),
    "documents_expire_date": date(2030, 1, 1),
}  # fmt: skip
NEVER = dict.fromkeys(REVIEWED) | {"customer_id": "C1", "customer_since": date(2020, 1, 1)}


def _state(level: str = "LOW", **review: Any) -> pl.DataFrame:
    latest = pl.DataFrame([REVIEWED | review], schema=LATEST)
    points = {f"{part}_points": 0 for part in PARTS}
    scores = pl.DataFrame([{"customer_id": "C1", **points, "score": 30, "risk_level": level}])
    return review_states(latest, scores, POLICY, TODAY)


def _alerts(level: str = "LOW", **review: Any) -> dict[str, tuple[date, int]]:
    found = customer_alerts(_state(level, **review), POLICY, TODAY)
    assert found.schema == ALERTS
    rows = found.select("alert_code", "since_date", "days_open").iter_rows()
    return {code: (since, days) for code, since, days in rows}


def test_a_customer_in_good_order_calls_for_nothing() -> None:
    assert _alerts() == {}


@pytest.mark.parametrize(
    ("due", "is_overdue"), [(date(2025, 3, 30), True), (date(2025, 3, 31), False)]
)
def test_a_review_is_overdue_from_the_day_after_it_was_due(due: date, is_overdue: bool) -> None:
    assert ("REVIEW_OVERDUE" in _alerts(next_review_date=due)) is is_overdue


def test_an_overdue_review_says_since_when() -> None:
    assert _alerts(next_review_date=date(2025, 3, 1))["REVIEW_OVERDUE"] == (date(2025, 3, 1), 30)


def test_a_score_that_has_risen_brings_the_review_forward_and_the_rating_into_doubt() -> None:
    found = _alerts("HIGH")
    assert found["REVIEW_OVERDUE"][0] == date(2025, 1, 1)
    assert "RATING_TOO_LOW" in found
    assert "RATING_TOO_LOW" not in _alerts("HIGH", risk_rating="HIGH")


def test_a_rating_above_the_score_is_in_no_doubt() -> None:
    assert "RATING_TOO_LOW" not in _alerts("LOW", risk_rating="HIGH")


def test_a_review_under_way_is_not_overdue() -> None:
    found = _state(review_status="IN_PROGRESS", next_review_date=None)
    assert found["due_date"].item() is None
    assert _alerts(review_status="IN_PROGRESS", next_review_date=None) == {}


def test_a_customer_who_was_never_reviewed_is_told_once() -> None:
    assert set(_alerts(**NEVER)) == {"NO_REVIEW"}


@pytest.mark.parametrize(
    ("expires", "alert"),
    [
        (date(2025, 3, 30), {"DOCUMENTS_EXPIRED"}),
        (date(2025, 3, 31), {"DOCUMENTS_EXPIRE_SOON"}),
        (date(2025, 4, 30), {"DOCUMENTS_EXPIRE_SOON"}),
        (date(2025, 5, 1), set()),
        (None, set()),
    ],
)
def test_documents_are_called_for_before_and_after_they_expire(
    expires: date | None, alert: set[str]
) -> None:
    assert set(_alerts(documents_expire_date=expires)) == alert


def _companies(**company: Any) -> set[str]:
    known = {
        "company_id": "M1", "explained_share": 1.0, "owners": 1, "is_circular": False,
        "stated_date": date(2025, 1, 1), "controllers": 1,
    }  # fmt: skip
    found = company_alerts(pl.DataFrame([known | company]), POLICY, TODAY)
    assert found.schema == ALERTS
    return set(found["alert_code"])


@pytest.mark.parametrize(
    ("company", "alerts"),
    [
        ({}, set()),
        ({"explained_share": 0.75}, {"OWNERS_UNEXPLAINED"}),
        ({"explained_share": 0.750001}, set()),
        ({"controllers": 0}, {"NO_CONTROLLER"}),
        ({"is_circular": True, "explained_share": 0.0}, {"OWNERS_CIRCULAR"}),
    ],
)
def test_a_company_calls_for_attention_where_an_owner_may_be_unknown(
    company: dict[str, Any], alerts: set[str]
) -> None:
    assert _companies(**company) == alerts
