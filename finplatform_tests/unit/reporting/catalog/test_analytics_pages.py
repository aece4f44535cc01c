"""Sentences of the other pages of analytics are true of the rows they are computed from."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence


def test_a_rate_is_compared_with_that_of_all() -> None:
    frame = rows(
        "member cases possible_cases rate",
        ("ONLINE", 4, 100, Decimal("0.04")),
        ("ATM", 1, 400, Decimal("0.0025")),
    )
    assert sentence("diagnostic_analytics", "Fraud by channel", frame) == (
        "Online has the highest rate of confirmed fraud: 4.00% of 100 transactions, against 1.00%"
        " of all."
    )


@pytest.mark.parametrize(
    ("hour", "day", "weekday"),
    [(3, "Sun", "Sunday"), (14, "Mon", "Monday"), (23, "Sat", "Saturday")],
)
def test_the_hour_of_most_frauds_is_named_with_the_months_held(
    hour: int, day: str, weekday: str
) -> None:
    frame = rows(
        "weekday transaction_hour frauds transactions fraud_rate months",
        ("Tue", 1, 1, 50, Decimal("0.02"), 3),
        (day, hour, 5, 10, Decimal("0.5"), 3),
    )
    assert sentence("diagnostic_analytics", "Fraud heatmap by hour", frame) == (
        f"{weekday} from {hour:02d}:00 had the most confirmed frauds of 3 months, 5 of 6, in 10"
        " transactions."
    )


def test_a_year_without_frauds_or_refusals_is_said() -> None:
    hours = rows(
        "weekday transaction_hour frauds transactions fraud_rate months",
        ("Tue", 1, 0, 9, Decimal(0), 12),
    )
    said = sentence("diagnostic_analytics", "Fraud heatmap by hour", hours)
    assert said == "No fraud was confirmed in 12 months."
    declines = rows("member cases possible_cases rate", ("UNKNOWN", 0, 9, Decimal(0)))
    said = sentence("diagnostic_analytics", "Decline reasons", declines)
    assert said == "No transaction was refused."


def test_the_share_of_a_decline_reason_is_of_the_refused() -> None:
    frame = rows(
        "member cases possible_cases rate",
        ("INSUFFICIENT_FUNDS", 3, 1000, Decimal("0.003")),
        ("EXPIRED_CARD", 1, 1000, Decimal("0.001")),
    )
    assert "3 of 4 refused transactions (75.0%)" in sentence(
        "diagnostic_analytics", "Decline reasons", frame
    )


def test_most_asked_and_least_solved_are_two_things() -> None:
    frame = rows(
        "member cases possible_cases rate",
        ("BALANCE_INQUIRY", 1, 90, Decimal("0.0111")),
        ("COMPLAINT", 5, 10, Decimal("0.5")),
    )
    assert sentence("diagnostic_analytics", "Service issues", frame) == (
        "Customers contact the bank most about balance inquiry (90 contacts); least often solved is"
        " complaint, with 50.0% left open."
    )


@pytest.mark.parametrize(
    ("significant", "counted"),
    [((True, False), "1 of 2 drivers differs"), ((True, True), "2 of 2 drivers differ"),
     ((False, None), "none of 2 drivers differs")],
)  # fmt: skip
def test_drivers_of_churn_are_counted_by_significance(
    significant: tuple[Any, Any], counted: str
) -> None:
    frame = rows(
        "driver_name lift lapse_rate base_rate lapsed is_significant",
        ("Fees", 2.5, 0.25, 0.1, 5, significant[0]),
        ("Complaint", 0.5, 0.05, 0.1, 1, significant[1]),
    )
    said = sentence("diagnostic_analytics", "Churn drivers", frame)
    assert said.startswith("Fees goes with the highest rate of falling silent: 25.0% against 10.0%")
    assert counted in said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Decimal(-900), "fell by EUR 800; card payment took away the most (EUR 900)."),
        (Decimal(900), "rose by EUR 1.00k; card payment added the most (EUR 900)."),
        (Decimal(-100), "did not change; salary added the most (EUR 100)."),
    ],
)
def test_the_largest_mover_may_move_either_way(amount: Decimal, said: str) -> None:
    months = (date(2026, 5, 31), date(2026, 4, 30))
    frame = rows(
        "member contribution total_change month_end base_month_end",
        ("SALARY", Decimal(100), Decimal(100) + amount, *months),
        ("CARD_PAYMENT", amount, Decimal(100) + amount, *months),
    )
    assert sentence("diagnostic_analytics", "What moved the month", frame) == (
        f"From April 2026 to May 2026 the volume {said}"
    )


def test_spending_is_added_up_over_parts_of_the_day() -> None:
    frame = rows(
        "category part_of_day volume_amount months",
        ("GROCERIES", "morning", Decimal(30), 3),
        ("GROCERIES", "evening", Decimal(30), 3),
        ("TRAVEL", "morning", Decimal(40), 3),
    )
    said = sentence("exploratory_analytics", "Spending treemap", frame)
    assert "groceries: EUR 60 in 3 months, 60.0%" in said


def test_the_richest_segment_and_the_outliers_are_named() -> None:
    frame = rows(
        "segment deposit_balance debit_amount_3m is_outlier",
        ("SEGMENT_1", Decimal(1), Decimal(5), False),
        ("SEGMENT_2", Decimal(900), Decimal(5), True),
    )
    said = sentence("exploratory_analytics", "Customer cluster scatter", frame)
    assert said == (
        "2 segments of customers are found; segment 2 holds the most, with a median deposit of EUR"
        " 900; 1 of 2 customers drawn lies far from all others."
    )


def test_a_negative_correlation_may_be_the_strongest() -> None:
    frame = rows(
        "subject other estimate is_significant",
        ("age", "income", 0.3, True),
        ("age", "digital_share_3m", -0.62, True),
        ("age", "debt", None, None),
    )
    said = sentence("exploratory_analytics", "Correlation heatmap", frame)
    assert said == (
        "Age and digital share 3m are related most closely (rank correlation -0.62: as one rises,"
        " the other falls)."
    )


def test_no_difference_beyond_chance_is_said() -> None:
    frame = rows(
        "question difference lower upper group_a group_b is_significant",
        ("Do men and women get credit equally often, whatever they ask for?",
         0.01, -0.02, 0.04, "men", "women", False),
    )  # fmt: skip
    said = sentence("inferential_analytics", "95% confidence intervals", frame)
    assert said == "The only difference shown is not more than chance."


def test_the_largest_proven_difference_is_in_percentage_points() -> None:
    frame = rows(
        "question difference lower upper group_a group_b is_significant",
        ("a", 0.5, -0.1, 1.1, "x", "y", False),
        ("b", -0.123, -0.2, -0.05, "late", "in time", True),
    )
    said = sentence("inferential_analytics", "95% confidence intervals", frame)
    assert said == (
        "1 of 2 differences shown is more than chance; it is between late and in time: -12.3"
        " percentage points."
    )


def test_cohorts_are_compared_at_their_last_month() -> None:
    frame = rows(
        "cohort_label months_since active_share cohort_size active_customers",
        ("2025-Q1", 0, 1.0, 10, 10),
        ("2025-Q1", 1, 0.5, 10, 5),
        ("2025-Q2", 0, 0.9, 10, 9),
    )
    said = sentence("inferential_analytics", "Cohort retention heatmap", frame)
    assert said == (
        "Of 2 cohorts, 2025-Q2 is the most active at its last month, 90.0% after 0 months, and"
        " 2025-Q1 the least, 50.0% after 1 month."
    )
    assert sentence("inferential_analytics", "Cohort retention heatmap", frame.iloc[:2]) == (
        "2025-Q1 is the only whole cohort: 50.0% after 1 month."
    )


def test_customers_likely_to_leave_are_counted_from_ten_per_cent_on() -> None:
    frame = rows(
        "lower_probability customers",
        (Decimal("0.02"), 90),
        (Decimal("0.10"), 7),
        (Decimal("0.98"), 3),
    )
    said = sentence("predictive_analytics", "Churn risk distribution", frame)
    assert said == (
        "10 of 100 customers leave within three months with a chance of 10% or more; the fullest"
        " bin is 2% to 4%, with 90 customers."
    )


def test_the_most_value_at_risk_need_not_be_that_of_the_most_valuable_customer() -> None:
    frame = rows(
        "churn_probability customer_lifetime_value churn_risk_band",
        (0.9, Decimal(100), "HIGH"),
        (0.01, Decimal(5000), "LOW"),
        (0.5, Decimal(-9000), "MEDIUM"),
    )
    assert sentence("predictive_analytics", "Risk scatter plot", frame) == (
        "With 3 customers drawn, the most value at risk, the chance to leave times the lifetime"
        " value, is EUR 90: a worth of EUR 100 that leaves with a chance of 90.0%."
    )


@pytest.mark.parametrize(
    ("bands", "highest"),
    [(("LOW", "HIGH"), "high"), (("LOW", "MEDIUM"), "medium"), (("LOW",), "low")],
)
def test_the_highest_category_that_exists_is_named(bands: tuple[str, ...], highest: str) -> None:
    frame = rows(
        "churn_risk_band customers band_rate lifetime_value",
        *((band, 10, 0.2, Decimal(1)) for band in bands),
    )
    assert f" in {highest}, the highest risk category that has any; of" in sentence(
        "predictive_analytics", "Risk categories", frame
    )


def test_the_waterfall_ends_where_the_steps_lead() -> None:
    frame = rows(
        "step_name value_amount change_amount customers step_number",
        ("at risk", Decimal(1000), None, 50.0, 1),
        ("reachable", Decimal(800), Decimal(-200), 40.0, 2),
        ("saved", Decimal(50), Decimal(-750), 1.2, 3),
    )
    assert sentence("prescriptive_analytics", "Retention waterfall", frame) == (
        "Of EUR 1.00k at risk with 50 customers, EUR 50 is expected to be kept by contacts (5.00%)."
    )


def test_nothing_at_risk_has_no_share_that_is_kept() -> None:
    frame = rows(
        "step_name value_amount change_amount customers step_number",
        ("at risk", Decimal(0), None, 0.0, 1),
        ("saved", Decimal(0), Decimal(0), 0.0, 2),
    )
    said = sentence("prescriptive_analytics", "Retention waterfall", frame)
    assert said == "No value is at risk with 0 customers."


def test_budgets_add_up() -> None:
    frame = rows(
        "objective budget_amount planned_amount planned_share contacts expected_value",
        ("CROSS_SELL", Decimal(100), Decimal(75), 0.75, 5, Decimal(10)),
        ("RETENTION", Decimal(100), Decimal(25), 0.25, 5, Decimal(10)),
    )
    assert sentence("prescriptive_analytics", "Budget allocation", frame).startswith(
        "EUR 100 of a month's budget of EUR 200 is planned (50.0%); the largest part goes to cross"
        " sell (EUR 75)"
    )


def test_a_plan_without_contacts_says_why() -> None:
    frame = rows(
        "recommended_action reason customers",
        ("NO_CONTACT", "NO_OFFER_PAYS", 8),
        ("CONTACT", "BEST_WITHIN_LIMITS", 2),
    )
    assert sentence("prescriptive_analytics", "Reasons of the plan", frame) == (
        "8 of 10 customers are not contacted; the only reason is no offer pays."
    )


def test_effects_within_chance_are_not_counted_as_proven() -> None:
    frame = rows(
        "cause estimate lower upper p_value_holm design",
        ("Spring offer", 12.4, 8.0, 16.0, 0.001, "RANDOMISED"),
        ("Autumn offer", 1.0, -3.0, 5.0, 0.6, "RANDOMISED"),
    )
    said = sentence("causal_analytics", "Campaign attribution", frame)
    assert "EUR 12.40 (95% interval EUR 8 to EUR 16); 1 of 2 campaigns shown differs" in said


def test_a_campaign_that_loses_money_brings_none() -> None:
    frame = rows(
        "cause estimate lower upper p_value_holm design",
        ("Spring offer", -0.4, -3.0, 2.0, 0.9, "RANDOMISED"),
    )
    said = sentence("causal_analytics", "Campaign attribution", frame)
    assert said.startswith("No campaign shown brings revenue; the best is Spring offer")


@pytest.mark.parametrize(("status", "said"), [
    ("NORMAL", "none of 2 figures is outside the usual band."),
    ("ALERT", "1 of 2 figures is outside the usual band; it is transaction count: 10.00 where"
              " 5.00"),
    ("WARNING", "1 of 2 figures is outside the usual band; it is transaction count"),
    ("NOT_JUDGED", "0 of 1 figure is outside the usual band, and 1 cannot be judged."),
])  # fmt: skip
def test_figures_outside_their_band_are_named(status: str, said: str) -> None:
    frame = rows(
        "name observed expected status present_at",
        ("Transaction Count", 10.0, 5.0, status, datetime(2026, 6, 30, 21, 5, tzinfo=UTC)),
        ("Payment Count", 9.0, 9.0, "NORMAL", datetime(2026, 6, 30, 21, 5, tzinfo=UTC)),
    )
    assert said in sentence("realtime_analytics", "Real-time dashboard", frame)
