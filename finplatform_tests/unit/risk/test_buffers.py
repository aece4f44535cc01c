"""Properties of countercyclical rates and of distributions."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.buffers import (
    CountercyclicalDecision,
    countercyclical_buffer,
    countercyclical_rates,
    highest_distribution,
)
from finplatform.risk.capital import OwnFunds, buffer_position
from finplatform.risk.errors import RiskInputError


def decision(rate: str, announced: date, effective: date) -> CountercyclicalDecision:
    return CountercyclicalDecision("DE", Decimal(rate), announced, effective)


RAISE = decision("0.01", date(2024, 1, 1), date(2025, 1, 1))
CUT = decision("0.005", date(2025, 6, 1), date(2026, 1, 1))
SECOND = decision("0.02", date(2024, 6, 1), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("decisions", "as_of", "rate"),
    [
        ([RAISE], date(2024, 12, 31), None),
        ([RAISE], date(2025, 1, 1), "0.01"),
        ([RAISE, CUT], date(2025, 5, 31), "0.01"),
        ([CUT, RAISE], date(2025, 6, 1), "0.005"),
        ([RAISE, SECOND], date(2025, 6, 1), "0.02"),
        ([RAISE, decision("0", date(2024, 3, 1), date(2024, 3, 1))], date(2025, 2, 1), "0"),
    ],
)
def test_rbc30_11_raises_wait_and_cuts_hold_at_once(
    decisions: list[CountercyclicalDecision], as_of: date, rate: str | None
) -> None:
    expected = {} if rate is None else {"DE": Decimal(rate)}
    assert countercyclical_rates(decisions, as_of) == expected


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


def test_a_systemic_buffer_widens_what_must_be_held_before_paying_out() -> None:
    funds = OwnFunds(Decimal("11"), Decimal(0))
    free = buffer_position(funds, 100)
    bound = buffer_position(funds, 100, systemic=Decimal("0.02"))
    assert highest_distribution(100, free) == 100
    assert highest_distribution(100, bound) < 100
    assert bound.required == Decimal("0.045")


def test_a_loss_leaves_nothing_to_pay() -> None:
    assert highest_distribution(-5, buffer_position(OwnFunds(Decimal(20), Decimal(0)), 100)) == 0


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="effective before"):
        countercyclical_rates([decision("0.01", date(2025, 2, 1), date(2025, 1, 1))], date.max)
    with pytest.raises(RiskInputError, match="credit RWA in DE is negative"):
        countercyclical_buffer({"DE": -1}, {})
