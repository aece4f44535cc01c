"""Properties of large exposures and of concentration indices."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.concentration import (
    effective_number,
    granularity_adjustment,
    granularity_delta,
    herfindahl,
    large_exposures,
    top_share,
)
from finplatform.risk.errors import RiskInputError

books = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=50)


def book(**groups: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"group_id": list(groups), "amount": [Decimal(amount) for amount in groups.values()]}
    )


def test_lex20_1_exposures_of_a_group_add_up_and_the_limit_itself_is_no_breach() -> None:
    exposures = pl.concat([book(a="15", b="25", c="9.99", d="10"), book(a="10.01")])
    found = large_exposures(exposures, 100)
    assert found["group_id"].to_list() == ["a", "b", "d", "c"]
    assert found["is_breach"].to_list() == [True, False, False, False]
    assert found["excess_amount"].to_list()[0] == Decimal("0.01")
    assert found["is_large"].to_list() == [True, True, True, False]


def test_lex40_1_between_g_sibs_15_percent() -> None:
    exposures = book(peer="20").with_columns(is_g_sib_counterparty=True)
    assert large_exposures(exposures, 100, is_g_sib=True)["excess_amount"].to_list() == [5]
    assert not large_exposures(exposures, 100)["is_breach"].any()


def test_exempt_exposures_do_not_count() -> None:
    exposures = book(state="90", firm="5").with_columns(is_exempt=pl.col("group_id") == "state")
    assert large_exposures(exposures, 100)["group_id"].to_list() == ["firm"]


@given(books)
def test_the_index_lies_between_even_and_single_and_counts_debtors(amounts: list[float]) -> None:
    index = herfindahl(amounts)
    assert 1 / len(amounts) - 1e-9 <= index <= 1 + 1e-9
    assert effective_number(amounts) <= len(amounts) + 1e-6
    assert 0 < top_share(amounts, 1) <= top_share(amounts, 5) <= 1 + 1e-9


@given(st.integers(1, 500))
def test_equal_debtors_have_one_over_their_number(count: int) -> None:
    assert herfindahl(np.ones(count)) == pytest.approx(1 / count)


def test_gordy_luetkebohmert_delta_is_4_83() -> None:
    assert granularity_delta() == pytest.approx(4.83, abs=0.005)


@given(st.integers(1, 50), st.floats(0.001, 0.2), st.floats(0.05, 1.0), st.floats(0.01, 0.3))
def test_the_granularity_adjustment_falls_with_the_number_of_equal_debtors(
    count: int, pd: float, lgd: float, capital: float
) -> None:
    one = granularity_adjustment(np.ones(count), pd, lgd, capital)
    two = granularity_adjustment(np.ones(2 * count), pd, lgd, capital)
    assert two == pytest.approx(one / 2)
    assert one > 0


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="tier1 is zero"):
        large_exposures(book(a="1"), 0)
    with pytest.raises(RiskInputError, match="lack: amount"):
        large_exposures(book(a="1").drop("amount"), 1)
    with pytest.raises(RiskInputError, match="amount is negative"):
        large_exposures(book(a="-1"), 1)
    with pytest.raises(RiskInputError, match="group_id is missing"):
        large_exposures(book(a="1").with_columns(group_id=pl.lit(None, pl.String)), 1)
    with pytest.raises(RiskInputError, match=r"exposure is missing \(NaN\)"):
        herfindahl([1.0, np.nan])
    with pytest.raises(RiskInputError, match="zero in total"):
        herfindahl([0.0])
    with pytest.raises(RiskInputError, match="capital is zero"):
        granularity_adjustment([1.0], 0.1, 0.4, 0.0)
    with pytest.raises(RiskInputError, match="count is 0"):
        top_share([1.0], 0)
