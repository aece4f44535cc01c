"""Properties of conversion factors."""

import pytest

from finplatform.risk.off_balance import OffBalanceKind, conversion_factor


@pytest.mark.parametrize(
    ("kind", "factor"),
    [
        (OffBalanceKind.DIRECT_CREDIT_SUBSTITUTE, 1.0),
        (OffBalanceKind.NOTE_ISSUANCE_FACILITY, 0.5),
        (OffBalanceKind.PERFORMANCE_CONTINGENCY, 0.5),
        (OffBalanceKind.OTHER_COMMITMENT, 0.4),
        (OffBalanceKind.SHORT_TERM_TRADE_LETTER, 0.2),
        (OffBalanceKind.UNCONDITIONALLY_CANCELLABLE, 0.1),
    ],
)
def test_cre20_95_to_20_100_factors(kind: OffBalanceKind, factor: float) -> None:
    assert conversion_factor(kind) == factor


def test_cre20_101_a_commitment_on_another_item_takes_the_lower_factor() -> None:
    commitment, letter = OffBalanceKind.OTHER_COMMITMENT, OffBalanceKind.SHORT_TERM_TRADE_LETTER
    assert conversion_factor(commitment, commitment_on=letter) == 0.2
    assert conversion_factor(letter, commitment_on=commitment) == 0.2
