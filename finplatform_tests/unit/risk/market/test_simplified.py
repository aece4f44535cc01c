"""Properties of the simplified standardised charges."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.market.simplified import (
    RiskClass,
    commodity_charge,
    equity_charge,
    foreign_exchange_charge,
    interest_rate_charge,
    market_requirement,
)

positions = st.lists(
    st.tuples(st.floats(0, 400), st.floats(0, 0.1), st.floats(-1e6, 1e6)), min_size=1, max_size=15
)


def debt(rows: list[tuple[float, float, float]], currency: str = "EUR") -> pl.DataFrame:
    schema = {"months": pl.Float64, "coupon": pl.Float64, "amount": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        currency=pl.lit(currency), issuer=pl.lit("government")
    )


@given(positions)
def test_general_risk_is_at_least_the_net_and_at_most_twice_the_gross(
    rows: list[tuple[float, float, float]],
) -> None:
    charge = interest_rate_charge(debt(rows))
    gross = sum(interest_rate_charge(debt([row])) for row in rows)
    assert -1e-6 <= charge <= 2 * gross + 1e-6


@given(positions)
def test_turning_the_book_around_leaves_the_charge(
    rows: list[tuple[float, float, float]],
) -> None:
    turned = [(months, coupon, -amount) for months, coupon, amount in rows]
    assert interest_rate_charge(debt(turned)) == pytest.approx(interest_rate_charge(debt(rows)))


def test_currencies_do_not_offset() -> None:
    long, short = debt([(30, 0.05, 100)]), debt([(30, 0.05, -100)], "USD")
    apart = interest_rate_charge(pl.concat([long, short]))
    assert apart == pytest.approx(2 * interest_rate_charge(long))
    same = interest_rate_charge(pl.concat([long, debt([(30, 0.05, -100)])]))
    assert same == pytest.approx(0.1 * 1.75)


def test_shares_pay_for_gross_and_for_each_markets_net() -> None:
    book = pl.DataFrame({"market": ["DE", "DE", "US"], "amount": [100.0, -100.0, 50.0]})
    assert equity_charge(book) == pytest.approx(0.08 * 250 + 0.08 * 50)


def test_currencies_pay_for_the_larger_side() -> None:
    assert foreign_exchange_charge({"USD": 100.0, "JPY": -130.0}, gold=-10.0) == pytest.approx(11.2)


def test_commodities_pay_for_net_and_gross() -> None:
    book = pl.DataFrame({"commodity": ["oil", "oil"], "amount": [100.0, -60.0]})
    assert commodity_charge(book) == pytest.approx(0.15 * 40 + 0.03 * 160)


def test_mar40_2_charges_are_scaled_and_added() -> None:
    required = market_requirement(dict.fromkeys(RiskClass, 100.0))
    assert (required.capital, required.rwa) == (790, Decimal("9875"))


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown risk class: weather"):
        market_requirement({"weather": 1.0})
    with pytest.raises(RiskInputError, match="interest_rate is negative"):
        market_requirement({RiskClass.INTEREST_RATE: -1.0})
    with pytest.raises(RiskInputError, match="Unknown issuer: friend"):
        interest_rate_charge(debt([(1, 0, 1)]).with_columns(issuer=pl.lit("friend")))
    with pytest.raises(RiskInputError, match="months is negative"):
        interest_rate_charge(debt([(-1, 0, 1)]))
    with pytest.raises(RiskInputError, match=r"amount is missing \(NaN\)"):
        equity_charge(pl.DataFrame({"market": ["DE"], "amount": [None]}))
    with pytest.raises(RiskInputError, match="lack commodity"):
        commodity_charge(pl.DataFrame({"amount": [1.0]}))
