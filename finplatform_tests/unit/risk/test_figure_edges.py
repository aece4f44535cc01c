"""Thresholds of the bank's own figures: estimates, losses, funding and value at risk."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from finplatform.risk.estimates import with_estimates
from finplatform.risk.loss_parameters import BEST_ESTIMATE, estimated
from finplatform.risk.realised_loss import realised_conversions, remaining_losses
from finplatform.risk.reports.liquidity import liquidity_figures
from finplatform.risk.reports.market import market_figures
from finplatform_tests.unit.risk.edges import Edge, sides
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY

DEFAULT_DAY = date(2025, 1, 10)


def converted_lines(undrawn: Decimal) -> int:
    """Lines that are kept of one with a limit of 1.40 a year before its default."""
    days = (date(2025, 2, 28), date(2026, 2, 28))
    line = {
        "exposure_id": ["C1"] * 2,
        "reporting_date": days,
        "segment": ["CREDIT_CARD"] * 2,
        "exposure_class": ["qrre"] * 2,
        "is_defaulted": [False, True],
        "drawn_amount": [Decimal("1.40") - undrawn, Decimal("1.40")],
        "undrawn_amount": [undrawn, Decimal(0)],
    }
    money = dict.fromkeys(("drawn_amount", "undrawn_amount"), MONEY)
    book = pl.DataFrame(line, schema_overrides=money)
    floats = book.with_columns(pl.col(*money).cast(pl.Float64))
    (height,) = {realised_conversions(found).height for found in (book, floats)}
    return height


def still_owed(paid: Decimal) -> int:
    """Workouts that go on of one of 0.80 of which so much came in, in two parts."""
    defaults = pl.DataFrame(
        {
            "loan_id": ["L1"],
            "segment": ["MORTGAGE"],
            "default_date": [DEFAULT_DAY],
            "closed_date": [date(2026, 1, 31)],
            "interest_rate": [0.08],
            "exposure_at_default": [0.80],
        }
    )
    recoveries = pl.DataFrame(
        {
            "loan_id": ["L1"] * 2,
            "payment_date": [DEFAULT_DAY + timedelta(days) for days in (10, 20)],
            "paid_amount": [0.70, float(paid - Decimal("0.70"))],
        }
    )
    return remaining_losses(defaults, recoveries, 6).height


def estimate_after(days_past_due: Decimal) -> float:
    """Best estimate of a default by days past due: 0.4 at first, 0.5 and 0.6 after 6 and 12."""
    book = books.metrics(JANUARY, per_class=1).with_columns(
        product_type=pl.lit("LOAN"),
        probability_default=pl.lit(None, pl.Float64),
        days_past_due=pl.lit(int(days_past_due)),
        specific_provision=pl.lit(0.0),
    )
    parameters = pl.DataFrame(
        {
            "segment": ["LOAN"] * 3,
            "parameter": [BEST_ESTIMATE] * 3,
            "months_in_default": [0, 6, 12],
            "estimate": [0.4, 0.5, 0.6],
            "used_value": [0.4, 0.5, 0.6],
            "method": ["MEAN_OF_DEFAULTS"] * 3,
        }
    )
    found = with_estimates(book.drop("average_lgd"), pl.DataFrame(), parameters)
    return float(found["best_estimate_el"][0])


def needed_funding(column: str) -> Callable[[Decimal], set[str]]:
    """Kinds of home loans in the ratio, of loans of three years that weigh 20%."""

    def judge(figure: Decimal) -> set[str]:
        book = books.metrics(JANUARY, per_class=2).filter(
            (pl.col("exposure_class") == "residential_mortgage") & ~pl.col("is_defaulted")
        )
        book = book.with_columns(sa_risk_weight=pl.lit(0.2))
        book = book.with_columns(pl.lit(float(figure)).cast(book[column].dtype).alias(column))
        held = pl.DataFrame(
            schema={"reporting_date": pl.Date, "customer_id": pl.String, "amount": MONEY}
        )
        lines = liquidity_figures(book, held, books.ledger(JANUARY), {}, "USD")[2]
        required = lines.filter(pl.col("section") == "required_funding")["kind"]
        return set(required) & {
            "low_weight_mortgage",
            "other_performing_loan",
            "other_below_a_year",
        }

    return judge


def has_value_at_risk(days: Decimal) -> bool:
    count = int(days)
    returns = pl.DataFrame(
        {
            "data_date": [JANUARY - timedelta(back) for back in range(count)],
            "symbol": ["FPX500"] * count,
            "return_rate": np.random.default_rng(7).normal(0, 0.01, count),
        }
    )
    return not market_figures(returns, [JANUARY], {}, "USD").is_empty()


def method_of(count: Decimal) -> str:
    return str(estimated(np.full(int(count), 0.1), 0.2, 0.0, seed=1)["method"])


LOW, OTHER, SHORT = {"low_weight_mortgage"}, {"other_performing_loan"}, {"other_below_a_year"}

# fmt: off
EDGES = [
    Edge("realised_loss.LEAST_UNDRAWN_SHARE", converted_lines, ("0.06", "0.07", "0.08"), (0, 0, 1)),
    Edge("realised_loss: what is owed", still_owed, ("0.79", "0.80", "0.81"), (1, 0, 0)),
    # 182.625 and 365.25 days after the 90th day past due.
    Edge("estimates: months in default", estimate_after, ("272", "273", "274"), (0.4, 0.5, 0.5),
         "6 months"),
    Edge("estimates: months in default", estimate_after, ("455", "456", "457"), (0.5, 0.6, 0.6),
         "12 months"),
    Edge("loss_parameters.MIN_DEFAULTS", method_of, ("19", "20", "21"),
         ("FALLBACK", "MEAN_OF_DEFAULTS", "MEAN_OF_DEFAULTS")),
    Edge("BANK.FUNDING:low_weight", needed_funding("sa_risk_weight"),
         ("0.349999", "0.35", "0.350001"), (LOW, LOW, OTHER)),
    Edge("NSF30.29:other_below_a_year", needed_funding("remaining_months"), ("11", "12", "13"),
         (SHORT, LOW, LOW)),
    Edge("BANK.VAR:least_days", has_value_at_risk, ("99", "100", "101"), (False, True, True)),
]
# fmt: on


@pytest.mark.parametrize(("judge", "figure", "expected"), sides(EDGES))
def test_each_side_of_a_threshold_of_the_banks_own_figures(
    judge: Callable[[Decimal], object], figure: Decimal, expected: object
) -> None:
    assert judge(figure) == expected
