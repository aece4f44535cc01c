"""Sentences of the page of payments are true of the rows they are computed from."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "payments"
MONTHS = (date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (
            (9, 1, 1, 1, 1, 1, 1, 8),
            "1 June 2026 took in the most (EUR 9 from 2 payments); the mean of"
            " the last seven days is EUR 2.",
        ),
        ((1, 1, 1, 9, 1), "4 June 2026 took in the most (EUR 9 from 2 payments)."),
        (
            (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 9),
            "14 June 2026 took in the most (EUR 9 from 2"
            " payments); the mean of the last seven days is EUR 3, up 200.0% on a week earlier.",
        ),
        (
            (0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 9),
            "14 June 2026 took in the most (EUR 9 from 2"
            " payments); the mean of the last seven days is EUR 3, up from nothing on a week"
            " earlier.",
        ),
    ],
)
def test_the_day_that_took_in_the_most_is_named(amounts: tuple[int, ...], said: str) -> None:
    frame = rows(
        "payment_date payment_count successful_amount week_mean",
        *(
            (date(2026, 6, 1) + timedelta(days=n), 2, Decimal(amount), Decimal(100 + 10 * n))
            for n, amount in enumerate(amounts)
        ),
    )
    assert sentence(PAGE, "Payment trends", frame) == said


def test_a_day_that_took_in_nothing_is_no_peak() -> None:
    frame = rows(
        "payment_date payment_count successful_amount week_mean",
        (date(2026, 6, 1), 1, Decimal(0), Decimal(0)),
    )
    assert sentence(PAGE, "Payment trends", frame) == "Nothing was taken in on 1 day."


@pytest.mark.parametrize(
    ("failed", "said"),
    [((5, 1), "2026-04 (5)"), ((1, 5), "2026-05 (5)"), ((0, 6), "2026-05 (6)")],
)
def test_the_month_with_the_most_failures_is_named(failed: tuple[int, int], said: str) -> None:
    frame = rows(
        "month payment_count successful_count failed_count pending_count refunded_count",
        *(
            (month, Decimal(50), Decimal(40), Decimal(count), Decimal(1), Decimal(2))
            for month, count in zip(("2026-04", "2026-05"), failed, strict=True)
        ),
    )
    assert sentence(PAGE, "Payment statuses", frame) == (
        f"Of 100 payments, 6.0% failed and 4.0% were given back; the most failed in {said}."
    )


@pytest.mark.parametrize("best", ["CREDIT_CARD", "DEBIT_CARD", "BANK_TRANSFER"])
def test_methods_are_compared_in_the_last_month(best: str) -> None:
    frame = rows(
        "month_end payment_method payment_count successful_count success_rate",
        *(
            (month, method, 10, 9 if method == best else 5, 0.9 if method == best else 0.5)
            for method in ("CREDIT_CARD", "DEBIT_CARD", "BANK_TRANSFER")
            for month in MONTHS
        ),
    )
    said = sentence(PAGE, "Success rates", frame)
    assert said.startswith("63.3% of 90 payments succeeded; in June 2026 ")
    assert f"{best.replace('_', ' ').lower()} did best (90.0%)" in said
    assert said.endswith(") worst (50.0%).")


@pytest.mark.parametrize("first", ["CREDIT_CARD", "DIGITAL_WALLET", "BANK_TRANSFER"])
def test_the_method_that_brought_in_the_most_is_named(first: str) -> None:
    frame = rows(
        "month payment_method payment_count successful_amount",
        *(
            (month, method, 1, Decimal(300 if method == first else 100))
            for method in ("CREDIT_CARD", "DIGITAL_WALLET", "BANK_TRANSFER")
            for month in ("2026-05", "2026-06")
        ),
    )
    said = sentence(PAGE, "Payment methods", frame)
    assert said.lower().startswith(first.replace("_", " ").lower())
    assert "over 2 months: EUR 600 (60.0% of all)." in said


def test_methods_that_brought_in_nothing_have_no_share() -> None:
    frame = rows(
        "month payment_method payment_count successful_amount",
        ("2026-06", "CREDIT_CARD", 1, Decimal(0)),
    )
    assert sentence(PAGE, "Payment methods", frame) == ("Nothing was brought in over 1 month.")


@pytest.mark.parametrize("first", ["EXPIRED_CARD", "SUSPECTED_FRAUD", "UNKNOWN"])
def test_the_reason_of_most_failures_is_named(first: str) -> None:
    frame = rows(
        "failure_reason failed_count failed_amount failed_share",
        *(
            (reason, 6 if reason == first else 2, Decimal(60), 0.6 if reason == first else 0.2)
            for reason in ("EXPIRED_CARD", "SUSPECTED_FRAUD", "UNKNOWN")
        ),
    )
    said = sentence(PAGE, "Failure reasons", frame)
    assert said.lower().startswith(first.replace("_", " ").lower())
    assert said.endswith("is behind 60.0% of 10 failed payments, worth EUR 60.")


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((10, 20, 95), "1 of 3 payments drawn scores 70 or more with 60.0% of the amount;"),
        ((70, 20, 95), "2 of 3 payments drawn score 70 or more with 80.0% of the amount;"),
        ((10, 20, 30), "None of 3 payments drawn scores 70 or more;"),
    ],
)
def test_risky_payments_are_counted_with_their_amount(
    scores: tuple[int, int, int], said: str
) -> None:
    frame = rows(
        "payment_id amount risk_score status",
        *(
            (f"P{n}", Decimal(amount), Decimal(score), "SUCCESS")
            for n, (amount, score) in enumerate(zip((20, 20, 60), scores, strict=True))
        ),
    )
    told = sentence(PAGE, "Risk heatmap", frame)
    assert told.startswith(said)
    assert told.endswith(f"the highest score, {scores[2]}.00, is that of a payment of EUR 60.")


@pytest.mark.parametrize("worst", ["below 50", "50 to 200", "5,000 and more"])
def test_the_riskiest_amounts_are_named(worst: str) -> None:
    frame = rows(
        "amount_band payment_method payment_count high_risk_count high_risk_share",
        *(
            (band, "DEBIT_CARD", 10, 4 if band == worst else 1, 0.4 if band == worst else 0.1)
            for band in ("below 50", "50 to 200", "5,000 and more")
        ),
    )
    assert sentence(PAGE, "High risk by amount", frame) == (
        f"Payments by debit card of {worst} score 70 or more most often: 40.0% (4 of 10)."
    )


def test_payments_without_risk_are_said_to_have_none() -> None:
    frame = rows(
        "amount_band payment_method payment_count high_risk_count high_risk_share",
        ("below 50", "DEBIT_CARD", 10, 0, 0.0),
    )
    assert sentence(PAGE, "High risk by amount", frame) == (
        "None of 10 payments scores 70 or more."
    )


@pytest.mark.parametrize(("first", "weakest"), [("A", "B"), ("B", "C"), ("C", "A")])
def test_the_largest_and_the_weakest_merchant_are_named(first: str, weakest: str) -> None:
    frame = rows(
        "merchant_name revenue_amount commission_amount payment_count success_rate revenue_share",
        *(
            (
                name,
                Decimal(900 if name == first else 50),
                Decimal(1),
                40,
                0.5 if name == weakest else 0.9,
                0.9 if name == first else 0.05,
            )
            for name in "ABC"
        ),
    )
    assert sentence(PAGE, "Merchant performance", frame) == (
        f"{first} takes in the most, EUR 900 (90.0% of all); of those shown, {weakest} succeeds"
        " least often (50.0%)."
    )
    compared = frame.assign(risk_level="LOW")
    assert sentence(PAGE, "Merchant success rates", compared).startswith(
        f"Among 3 merchants with 30 payments or more, success runs from 50.0% ({weakest}) to 90.0%"
    )
    alone = compared[compared["merchant_name"] == weakest]
    assert sentence(PAGE, "Merchant success rates", alone) == (
        f"{weakest} is the only merchant with 30 payments or more; its success rate is 50.0%."
    )
