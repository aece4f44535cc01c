"""Properties of the output floor."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import MissingRuleError, RiskInputError
from finplatform.risk.output_floor import RiskWeightedAssets, apply_output_floor

amounts = st.decimals(0, 10**15, places=2)


@given(amounts, amounts, st.dates(date(2023, 1, 1), date(2040, 1, 1)), st.booleans())
def test_floor_never_lowers_rwa_and_a_cap_never_raises_it(
    nominated: Decimal, base: Decimal, as_of: date, has_cap: bool
) -> None:
    models, standard = RiskWeightedAssets(nominated), RiskWeightedAssets(base)
    free = apply_output_floor(models, standard, as_of)
    capped = apply_output_floor(models, standard, as_of, has_transitional_cap=has_cap)
    assert nominated <= capped.rwa <= free.rwa
    assert free.rwa == max(nominated, free.calibration * base)
    assert capped.is_binding is (capped.rwa > nominated)


def test_the_transitional_cap_ends_with_the_phase_in() -> None:
    models, standard = RiskWeightedAssets(Decimal(10)), RiskWeightedAssets(Decimal(100))
    last = apply_output_floor(models, standard, date(2027, 12, 31), has_transitional_cap=True)
    after = apply_output_floor(models, standard, date(2028, 1, 1), has_transitional_cap=True)
    assert (last.rwa, last.is_capped) == (Decimal("12.5"), True)
    assert (after.rwa, after.is_capped, after.cap) == (Decimal("72.5"), False, None)
    assert last.rules == ("RBC90.1:output_floor", "RBC90.2:output_floor_cap")
    assert after.rules == ("RBC90.1:output_floor",)


def test_no_floor_is_known_before_2023() -> None:
    one = RiskWeightedAssets(Decimal(1))
    with pytest.raises(MissingRuleError, match=r"RBC90\.1"):
        apply_output_floor(one, one, date(2022, 12, 31))


@pytest.mark.parametrize("amount", [Decimal(-1), Decimal("NaN"), 1.5, True])
def test_rwa_are_exact_and_not_negative(amount: Decimal) -> None:
    with pytest.raises(RiskInputError, match="market RWA"):
        RiskWeightedAssets(credit=Decimal(1), market=amount)
