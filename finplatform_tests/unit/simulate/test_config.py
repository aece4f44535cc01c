from datetime import date

import pytest

from finplatform.errors import FinplatformError
from finplatform.simulate import SimulationConfig


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": 3},
        {"transactions": 10_000},
        {"start": date(2025, 1, 1), "end": date(2024, 1, 1)},
        {"start": date(2024, 1, 1), "end": date(2024, 1, 10)},
        {"end": date(2150, 1, 1)},
        {"seed": -1},
        {"fraud_share": 0.5},
    ],
)
def test_values_that_cannot_make_a_bank_are_refused_with_a_hint(wrong: dict[str, object]) -> None:
    with pytest.raises(FinplatformError) as refused:
        SimulationConfig(**wrong)  # type: ignore[arg-type]
    assert refused.value.hint


def test_the_smallest_count_that_is_named_in_the_refusal_is_accepted() -> None:
    fewest = SimulationConfig(customers=500).fewest_transactions
    assert SimulationConfig(customers=500, transactions=fewest).density > 0
