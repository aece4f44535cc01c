"""Properties of countercyclical rates and of distributions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.buffers import (
    countercyclical_buffer,
)
from finplatform.risk.errors import RiskInputError

rates = st.decimals(0, "0.025", places=4)


@given(st.dictionaries(st.text(min_size=2, max_size=2), st.tuples(st.integers(1, 10**9), rates)))
def test_the_banks_rate_lies_between_those_of_its_countries(
    book: dict[str, tuple[int, Decimal]],
) -> None:
    rate = countercyclical_buffer(
        {country: assets for country, (assets, _) in book.items()},
        {country: one for country, (_, one) in book.items()},
    )
    known = [one for _, one in book.values()] or [Decimal(0)]
    assert min(known) - Decimal("1e-20") <= rate <= max(known) + Decimal("1e-20")


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="credit RWA in DE is negative"):
        countercyclical_buffer({"DE": -1}, {})
