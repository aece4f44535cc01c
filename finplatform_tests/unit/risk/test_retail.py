"""Properties of the retail size criteria."""

import numpy as np
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.retail import is_regulatory_retail

CROWD = np.full(2_000, 900_000.0)


def regulatory(*owed: float, ids: list[str], eur_per_unit: float = 1.0) -> list[bool]:
    """Test the exposures given among a crowd large enough for the granularity criterion."""
    counterparty = [*ids, *(f"crowd-{number}" for number in range(len(CROWD)))]
    tested = is_regulatory_retail(counterparty, [*owed, *CROWD], eur_per_unit=eur_per_unit)
    assert tested[len(owed) :].all()
    return [bool(meets) for meets in tested[: len(owed)]]


def test_cre20_65_the_limit_is_on_all_exposures_of_a_counterparty_together() -> None:
    assert regulatory(600_000, 400_000, 600_000, 400_001, ids=["a", "a", "b", "b"]) == [
        True,
        True,
        False,
        False,
    ]


def test_cre20_65_the_limit_is_in_euro() -> None:
    assert regulatory(1_100_000, ids=["a"], eur_per_unit=0.9) == [True]
    assert regulatory(1_100_000, ids=["a"], eur_per_unit=1.0) == [False]


def test_cre20_65_no_counterparty_may_be_more_than_a_500th_of_the_portfolio() -> None:
    assert is_regulatory_retail(np.arange(500), np.full(500, 10.0)).all()
    assert not is_regulatory_retail(np.arange(499), np.full(499, 10.0)).any()


def test_a_negative_exposure_is_refused() -> None:
    with pytest.raises(RiskInputError, match="exposure is negative"):
        is_regulatory_retail(["a"], [-1.0])
