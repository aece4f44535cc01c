"""Properties of backtests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.market.backtesting import (
    is_exception,
    kupiec_test,
    multiplier,
    zone,
)


@given(st.integers(0, 300), st.integers(0, 300))
def test_more_exceptions_never_lower_the_multiplier(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert multiplier(fewer) <= multiplier(more)


@given(st.integers(1, 1_000), st.data())
def test_kupiec_statistic_is_never_negative_and_zero_on_target(
    days: int, data: st.DataObject
) -> None:
    exceptions = data.draw(st.integers(0, days))
    test = kupiec_test(exceptions, days)
    assert test.statistic >= 0
    assert 0 <= test.p_value <= 1
    assert kupiec_test(10, 1_000).statistic == pytest.approx(0, abs=1e-9)


def test_missing_days_are_exceptions() -> None:
    found = is_exception([0.0, np.nan, -2.0, -1.0], [1.0, 1.0, 1.0, np.nan])
    assert found.tolist() == [False, True, True, True]


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="differ in length"):
        is_exception([1.0], [1.0, 2.0])
    with pytest.raises(RiskInputError, match="infinite"):
        is_exception([np.inf], [1.0])
    with pytest.raises(RiskInputError, match="exceptions is -1"):
        zone(-1)
    with pytest.raises(RiskInputError, match="3 exceptions in 2 days"):
        kupiec_test(3, 2)
