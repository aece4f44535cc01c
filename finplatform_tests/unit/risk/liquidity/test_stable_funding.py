"""Properties of the net stable funding ratio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.liquidity.stable_funding import FundedAsset, Funding, stable_funding_ratio

amounts = st.integers(0, 10**12)


def test_each_side_enters_by_its_factors() -> None:
    ratio = stable_funding_ratio(
        {Funding.CAPITAL_AND_LONG_TERM: 10, Funding.STABLE_DEPOSIT: 100, Funding.OTHER_FUNDING: 50},
        {FundedAsset.LEVEL_1: 20, FundedAsset.LOW_WEIGHT_MORTGAGE: 100, FundedAsset.OTHER_ASSET: 4},
    )
    assert (ratio.available_amount, ratio.required_amount) == (105, 70)
    assert (ratio.ratio, ratio.surplus, ratio.is_met) == (1.5, 35, True)


@given(st.dictionaries(st.sampled_from(Funding), amounts), amounts)
def test_longer_funding_never_lowers_the_ratio(funding: dict[Funding, int], more: int) -> None:
    assets = {FundedAsset.OTHER_ASSET: 100}
    longer = funding | {
        Funding.CAPITAL_AND_LONG_TERM: funding.get(Funding.CAPITAL_AND_LONG_TERM, 0) + more
    }
    before, after = (stable_funding_ratio(side, assets).ratio for side in (funding, longer))
    assert after >= before


def test_funding_of_exactly_the_requirement_is_enough() -> None:
    assert stable_funding_ratio(
        {Funding.CAPITAL_AND_LONG_TERM: 85}, {FundedAsset.COMMODITY: 100}
    ).is_met


def test_assets_that_need_no_funding_have_no_ratio() -> None:
    with pytest.raises(RiskInputError, match="No funding is required"):
        stable_funding_ratio({}, {FundedAsset.CASH_AND_RESERVES: 100})
