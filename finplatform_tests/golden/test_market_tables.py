"""Published tables of the Basel Framework on market risk, and known results of coverage tests."""

import numpy as np
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.market.backtesting import (
    Zone,
    backtest,
    kupiec_test,
    multiplier,
    zone,
)


def test_mar32_9_multipliers_and_zones() -> None:
    published = [1.50] * 5 + [1.70, 1.76, 1.83, 1.88, 1.92] + [2.00] * 3
    assert [multiplier(count) for count in range(13)] == published
    zones = [Zone.GREEN] * 5 + [Zone.AMBER] * 5 + [Zone.RED] * 3
    assert [zone(count) for count in range(13)] == zones


@pytest.mark.parametrize(("exceptions", "statistic"), [(7, 5.316), (6, 3.415), (1, 1.237)], ids=str)
def test_kupiec_likelihood_ratio_over_255_days(exceptions: int, statistic: float) -> None:
    test = kupiec_test(exceptions, 255)
    assert round(test.statistic, 3) == statistic
    assert (test.p_value < 0.05) is (statistic > 3.841)


def test_mar32_5_the_larger_count_holds_and_a_missing_day_is_an_exception() -> None:
    feared = np.ones(250)
    actual, hypothetical = np.zeros(250), np.zeros(250)
    actual[:3] = -1.5
    hypothetical[:4] = -1.5
    hypothetical[9] = np.nan
    result = backtest(actual, hypothetical, feared)
    assert (result.actual, result.hypothetical, result.exceptions) == (3, 5, 5)
    assert (result.zone, result.multiplier) == (Zone.AMBER, 1.70)


def test_mar32_5_a_loss_of_exactly_the_forecast_is_no_exception() -> None:
    assert backtest(-np.ones(250), -np.ones(250), np.ones(250)).exceptions == 0


def test_mar32_9_zones_are_not_rescaled_to_other_numbers_of_days() -> None:
    with pytest.raises(RiskInputError, match="has 255 days"):
        backtest(np.zeros(255), np.zeros(255), np.ones(255))
