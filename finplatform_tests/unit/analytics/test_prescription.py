from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.prescription import Prescription, prescribe
from finplatform.analytics.retention import STEPS
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
            "churn_risk_score": (number + 0.5) / size,
            "churn_probability": 0.001 + 0.4 * (number / size) ** 3,
            "lifetime_value": [500.0] * size,
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
KEEP = ("RETENTION", "Saver", "SAVINGS", "DEPOSITS", "EMAIL")
LOAN = ("LENDING", "Loan", "PERSONAL_LOAN", "LENDING", "MAIL")


def _responses(campaigns: pl.DataFrame, effect: float, size: int = 3000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    parts = []
    for campaign in campaigns["campaign_id"]:
        people = _customers(size).drop(
            "customer_id", "observation_date", "churn_risk_score", "churn_probability",
            "lifetime_value",
        )  # fmt: skip
        treated = np.arange(size) % 4 < 2
        converted = rng.random(size) < 0.05 + effect * treated
        parts.append(
            people.with_columns(
                campaign_id=pl.lit(campaign),
                customer_id=pl.Series([f"P{place}" for place in range(size)]),
                is_treated=pl.Series(treated),
                is_converted=pl.Series(converted),
                has_left=pl.Series(rng.random(size) < 0.08 - 0.04 * treated),
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
    plan = _plan(SAVINGS, LOAN, KEEP)
    for name, frame in (
        ("prescriptive_analytics", plan.actions),
        ("contact_plan_limits", plan.limits),
        ("intervention_budgets", plan.budgets),
        ("retention_steps", plan.steps),
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
    empty = prescribe(_customers(60).clear(), responses, campaigns, NO_HOLDINGS, _exposures())
    assert (empty.actions.height, empty.limits.height) == (0, 0)
    assert (empty.budgets.height, empty.steps.height) == (0, 0)
    assert without.budgets.select("objective", "budget_amount").rows() == [("ALL", 0.0)]
    assert without.steps["step"].to_list() == list(STEPS)


def test_a_retention_offer_is_worth_what_is_kept_of_the_value_at_risk() -> None:
    plan = _plan(KEEP, effect=0.0)
    kept = plan.actions.filter(pl.col("objective") == "RETENTION")
    assert kept.height > 5
    assert 0.3 < plan.kept.estimate < 0.7
    for row in kept.iter_rows(named=True):
        number = int(row["customer_id"][1:])
        chance = 0.001 + 0.4 * (number / 200) ** 3
        assert number >= 140, "only the three tenths most likely to leave"
        assert row["churn_probability"] == pytest.approx(chance)
        assert row["value_at_risk"] == pytest.approx(500 * chance)
        assert row["expected_saved_value"] == pytest.approx(500 * chance * plan.kept.estimate)
        assert row["expected_value"] == pytest.approx(
            row["expected_saved_value"] - row["contact_cost"], abs=0.006
        )


def test_retention_has_a_budget_of_its_own_and_the_largest_gains_use_it() -> None:
    plan = _plan(KEEP, effect=0.0)
    earmark = plan.limits.filter(pl.col("limit_type") == "EARMARK").row(0, named=True)
    assert earmark["member"] == "RETENTION"
    assert earmark["limit_value"] == pytest.approx(3000 / 12)
    assert earmark["used_value"] <= earmark["limit_value"]
    tight = prescribe(
        _customers(700),
        _responses(_campaigns(KEEP), 0.0),
        _campaigns(KEEP).with_columns(budget=pl.lit(480.0)),
        NO_HOLDINGS,
        _exposures(),
    )
    # A contact costs 480 / 1500 = 0.32, a month may cost 40: 125 contacts at most.
    chosen = tight.actions.filter(pl.col("recommended_action") == "CONTACT")
    assert chosen["contact_cost"].sum() <= 40 + 1e-9
    assert "LIMITS_REACHED" in _reasons(tight)
    best = tight.actions["best_expected_value"].drop_nulls().sort(descending=True).head(125).sum()
    assert chosen["expected_value"].sum() >= 0.999 * best


def test_budgets_add_up_and_steps_lead_to_what_the_plan_saves() -> None:
    plan = _plan(SAVINGS, LOAN, KEEP)
    parts = plan.budgets.filter(pl.col("objective") != "ALL")
    whole = plan.budgets.filter(pl.col("objective") == "ALL").row(0, named=True)
    for name in ("budget_amount", "planned_amount", "contacts", "expected_value"):
        assert parts[name].sum() == pytest.approx(whole[name], abs=0.02), name
    assert parts["planned_share"].sum() == pytest.approx(1)
    assert whole["planned_amount"] == pytest.approx(
        plan.limits.filter(pl.col("limit_type") == "BUDGET")["used_value"].item(), abs=0.01
    )
    steps = plan.steps
    assert steps["step"].to_list() == list(STEPS)
    assert steps["customers"][0] == 60
    assert steps["customers"].to_list() == sorted(steps["customers"], reverse=True)
    assert steps["value_amount"].to_list() == sorted(steps["value_amount"], reverse=True)
    assert steps["change_amount"].sum() == pytest.approx(steps["value_amount"][-1])
    kept = plan.actions.filter(pl.col("objective") == "RETENTION")
    assert steps["customers"][4] == kept.height
    assert steps["value_amount"][-1] == pytest.approx(kept["expected_saved_value"].sum(), abs=0.01)


def test_without_leavers_nothing_is_known_of_keeping_and_nobody_is_contacted_for_it() -> None:
    campaigns = _campaigns(KEEP)
    responses = _responses(campaigns, 0.0).with_columns(has_left=pl.lit(value=False))
    plan = prescribe(_customers(200), responses, campaigns, NO_HOLDINGS, _exposures())
    assert plan.kept.estimate == 0
    assert "BEST_WITHIN_LIMITS" not in _reasons(plan)
    assert plan.steps["customers"].to_list()[3:] == [0, 0, 0]
