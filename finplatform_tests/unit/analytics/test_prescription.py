from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.prescription import Prescription, prescribe
from finplatform.contracts.analytics import ANALYTICS

OBSERVED = date(2025, 6, 30)


def _customers(size: int, **changes: object) -> pl.DataFrame:
    number = np.arange(size)
    return pl.DataFrame(
        {
            "customer_id": [f"C{place:04d}" for place in number],
            "observation_date": [OBSERVED] * size,
            "customer_tier": np.where(number % 2, "GOLD", "SILVER"),
            "age": 25 + number % 40,
            "annual_income": 40_000.0 + 100 * (number % 50),
            "credit_score": 600 + number % 100,
            "tenure_months": 12 + number % 60,
            "is_digitally_reachable": [True] * size,
            "is_defaulted": [False] * size,
            "max_dpd_12m": [0] * size,
            "arrears_amount": [0.0] * size,
        }
    ).with_columns(**{name: pl.lit(value) for name, value in changes.items()})


def _campaigns(*offers: tuple[str, str, str, str, str]) -> pl.DataFrame:
    rows = [
        {
            "campaign_id": name,
            "objective": objective,
            "product_name": product,
            "product_type": kind,
            "product_category": category,
            "channel": channel,
            "currency": "USD",
            "start_date": OBSERVED - timedelta(days=120),
            "measured_date": OBSERVED - timedelta(days=75),
            "budget": 3000.0,
            "has_random_control": True,
        }
        for name, objective, product, kind, category, channel in (
            (f"M{place}", *offer) for place, offer in enumerate(offers)
        )
    ]
    return pl.DataFrame(rows)


SAVINGS = ("DEPOSIT_GROWTH", "Saver", "SAVINGS", "DEPOSITS", "EMAIL")
LOAN = ("LENDING", "Loan", "PERSONAL_LOAN", "LENDING", "MAIL")


def _responses(campaigns: pl.DataFrame, effect: float, size: int = 3000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    parts = []
    for campaign in campaigns["campaign_id"]:
        people = _customers(size).drop("customer_id", "observation_date")
        treated = np.arange(size) % 4 < 2
        converted = rng.random(size) < 0.05 + effect * treated
        parts.append(
            people.with_columns(
                campaign_id=pl.lit(campaign),
                customer_id=pl.Series([f"P{place}" for place in range(size)]),
                is_treated=pl.Series(treated),
                is_converted=pl.Series(converted),
                revenue=pl.Series(converted * 100.0),
                contact_date=pl.lit(OBSERVED - timedelta(days=110)),
            )
        )
    return pl.concat(parts)


def _exposures(default_rate: float = 0.02) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "product_type": ["PERSONAL_LOAN"] * 20,
            "exposure_amount": [5000.0] * 20,
            "loss_given_default": [0.45] * 20,
            "probability_default": [default_rate] * 20,
            "is_defaulted": [False] * 20,
            "credit_score": [600 + 5 * place for place in range(20)],
        }
    )


NO_HOLDINGS = pl.DataFrame(
    schema={"customer_id": pl.String, "product_name": pl.String, "product_type": pl.String}
)


def _plan(
    *offers: tuple[str, str, str, str, str],
    customers: pl.DataFrame | None = None,
    holdings: pl.DataFrame = NO_HOLDINGS,
    exposures: pl.DataFrame | None = None,
    effect: float = 0.2,
) -> Prescription:
    campaigns = _campaigns(*offers)
    return prescribe(
        _customers(200) if customers is None else customers,
        _responses(campaigns, effect),
        campaigns,
        holdings,
        _exposures() if exposures is None else exposures,
    )


def _reasons(plan: Prescription) -> dict[str, int]:
    return dict(plan.actions.group_by("reason").len().iter_rows())


def test_results_fit_their_contracts_and_limits_are_kept() -> None:
    plan = _plan(SAVINGS, LOAN)
    for name, frame in (
        ("prescriptive_analytics", plan.actions),
        ("contact_plan_limits", plan.limits),
    ):
        contract = ANALYTICS[name]
        stored = frame.select(contract.columns).cast(pl.Schema(contract.dtypes))
        contract.schema.validate(stored)
        assert stored.select(contract.key).is_unique().all()
    assert (plan.limits["used_value"] <= plan.limits["limit_value"]).all()
    contacted = plan.actions.filter(pl.col("recommended_action") == "CONTACT")
    spent = plan.limits.filter(pl.col("limit_type") == "BUDGET")["used_value"].item()
    assert contacted["contact_cost"].sum() == pytest.approx(spent)
    assert contacted["expected_value"].sum() == pytest.approx(plan.limits["plan_value"][0])


def test_a_value_is_revenue_less_cost_and_loss_of_the_measured_days() -> None:
    row = _plan(LOAN).actions.filter(pl.col("recommended_action") == "CONTACT").row(0, named=True)
    assert row["contact_cost"] == pytest.approx(3000 / 1500)
    loss = row["expected_conversions"] * (1 - 0.98 ** (45 / 365)) * 0.45 * 5000
    assert row["expected_credit_cost"] == pytest.approx(loss)
    assert row["expected_value"] == pytest.approx(
        row["expected_revenue"] - loss - row["contact_cost"], abs=0.006
    )
    assert row["expected_revenue"] == pytest.approx(20, abs=4)


def test_credit_goes_to_no_one_who_is_late_and_to_no_one_at_too_high_a_risk() -> None:
    late = _customers(50, max_dpd_12m=60)
    assert _reasons(_plan(LOAN, customers=late)) == {"NO_OFFER_FITS": 50}
    risky = _reasons(_plan(LOAN, exposures=_exposures(0.6)))
    assert "BEST_WITHIN_LIMITS" not in risky
    assert risky["NO_OFFER_PAYS"] > 150
    assert "BEST_WITHIN_LIMITS" in _reasons(_plan(SAVINGS, customers=late))


def test_what_is_held_or_cannot_be_reached_is_not_offered() -> None:
    customers = _customers(50)
    held = customers.select("customer_id").with_columns(
        product_name=pl.lit("Old Saver"), product_type=pl.lit("SAVINGS")
    )
    assert _reasons(_plan(SAVINGS, customers=customers, holdings=held)) == {"NO_OFFER_FITS": 50}
    upgrade = ("UPGRADE", *SAVINGS[1:])
    assert "BEST_WITHIN_LIMITS" in _reasons(_plan(upgrade, customers=customers, holdings=held))
    unreachable = _customers(50, is_digitally_reachable=False)
    assert _reasons(_plan(SAVINGS, customers=unreachable)) == {"NO_OFFER_FITS": 50}


def test_customers_unlike_those_contacted_before_are_left_alone() -> None:
    assert _reasons(_plan(SAVINGS, customers=_customers(30, annual_income=900_000.0))) == {
        "NO_OFFER_FITS": 30
    }
    assert _reasons(_plan(SAVINGS, customers=_customers(30, customer_tier="PLATINUM"))) == {
        "NO_OFFER_FITS": 30
    }


def test_an_offer_that_moves_nobody_is_not_made() -> None:
    reasons = _reasons(_plan(SAVINGS, effect=0.0))
    assert "BEST_WITHIN_LIMITS" not in reasons
    assert reasons["NO_OFFER_PAYS"] > 150


def test_who_was_contacted_within_thirty_days_is_left_alone() -> None:
    campaigns = _campaigns(SAVINGS)
    responses = _responses(campaigns, 0.2)
    recent = responses.head(1).with_columns(
        customer_id=pl.lit("C0003"), contact_date=pl.lit(OBSERVED - timedelta(days=29))
    )
    before = responses.head(1).with_columns(
        customer_id=pl.lit("C0004"), contact_date=pl.lit(OBSERVED - timedelta(days=30))
    )
    plan = prescribe(
        _customers(20), pl.concat([responses, recent, before]), campaigns, NO_HOLDINGS, _exposures()
    )
    reason = dict(plan.actions.select("customer_id", "reason").iter_rows())
    assert reason["C0003"] == "CONTACTED_RECENTLY"
    assert reason["C0004"] == "BEST_WITHIN_LIMITS"


def test_a_bank_without_campaigns_loans_or_customers_gets_an_empty_plan() -> None:
    campaigns = _campaigns(SAVINGS, LOAN)
    responses = _responses(campaigns, 0.2)
    without = prescribe(
        _customers(60), responses.clear(), campaigns.clear(), NO_HOLDINGS, _exposures().clear()
    )
    assert _reasons(without) == {"NO_OFFER_FITS": 60}
    assert without.limits.select("limit_type", "limit_value").rows() == [("BUDGET", 0.0)]
    no_loans = prescribe(_customers(60), responses, campaigns, NO_HOLDINGS, _exposures().clear())
    assert no_loans.actions["product_name"].drop_nulls().unique().to_list() == ["Saver"]
    nobody = prescribe(_customers(60).clear(), responses, campaigns, NO_HOLDINGS, _exposures())
    assert (nobody.actions.height, nobody.limits.height) == (0, 0)
