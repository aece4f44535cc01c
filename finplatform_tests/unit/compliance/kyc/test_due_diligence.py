"""Points add up to a level of risk, part by part."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.compliance.kyc.due_diligence import FACTS, PARTS, scored
from finplatform.compliance.kyc.policy import policy
from finplatform.errors import FinplatformError

POLICY = policy(date(2025, 3, 31))
QUIET: dict[str, Any] = {
    "customer_id": "C1", "is_abroad": False, "fatf_status": "NOT_LISTED", "product_risk": "LOW",
    "cash_in_amount": 0.0, "inflow_amount": 40_000.0, "annual_income": 40_000.0,
    "has_listed_dealings": False, "is_pep": False, "has_hit": False,
}  # fmt: skip


def _scored(**facts: Any) -> dict[str, Any]:
    return scored(pl.DataFrame([QUIET | facts], schema=FACTS), POLICY).row(0, named=True)


def test_a_quiet_customer_has_no_points() -> None:
    row = _scored()
    assert (row["score"], row["risk_level"]) == (0, "LOW")


@pytest.mark.parametrize(
    ("facts", "part", "points"),
    [
        ({"fatf_status": "CALL_FOR_ACTION"}, "geography", 50),
        ({"fatf_status": "INCREASED_MONITORING", "is_abroad": True}, "geography", 25),
        ({"is_abroad": True}, "geography", 5),
        ({"product_risk": "HIGH"}, "product", 15),
        ({"product_risk": "MEDIUM"}, "product", 5),
        ({"cash_in_amount": 12_000.0}, "behaviour", 10),
        ({"inflow_amount": 120_001.0}, "behaviour", 10),
        ({"has_listed_dealings": True}, "behaviour", 15),
        ({"is_pep": True}, "pep", 50),
        ({"has_hit": True}, "screening", 50),
    ],
)
def test_each_fact_gives_its_points_and_no_other(
    facts: dict[str, Any], part: str, points: int
) -> None:
    row = _scored(**facts)
    assert {name: row[f"{name}_points"] for name in PARTS} == dict.fromkeys(PARTS, 0) | {
        part: points
    }
    assert row["score"] == points


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"product_risk": "HIGH", "is_abroad": True}, "LOW"),
        ({"fatf_status": "INCREASED_MONITORING"}, "MEDIUM"),
        ({"is_pep": True}, "HIGH"),
        ({"has_listed_dealings": True, "product_risk": "HIGH"}, "MEDIUM"),
    ],
)
def test_the_level_follows_the_sum(facts: dict[str, Any], level: str) -> None:
    assert _scored(**facts)["risk_level"] == level


def test_cash_counts_by_its_part_of_what_comes_in_and_above_an_amount() -> None:
    assert _scored(cash_in_amount=11_999.0)["behaviour_points"] == 0
    assert _scored(cash_in_amount=4_999.0, inflow_amount=5_000.0)["behaviour_points"] == 0
    assert _scored(cash_in_amount=5_000.0, inflow_amount=5_000.0)["behaviour_points"] == 10


def test_what_is_not_known_gives_no_points() -> None:
    unknown = dict.fromkeys(QUIET)
    assert _scored(**{**unknown, "customer_id": "C1"})["score"] == 0


def test_points_end_at_a_hundred() -> None:
    row = _scored(is_pep=True, has_hit=True, fatf_status="CALL_FOR_ACTION")
    assert row["score"] == 100


def test_a_figure_that_is_not_in_force_is_told() -> None:
    with pytest.raises(FinplatformError, match="owner_share on 2018-05-10"):
        _ = policy(date(2018, 5, 10))["owner_share"]
    assert policy(date(2018, 5, 11))["owner_share"] == 0.25
