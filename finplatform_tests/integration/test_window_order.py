"""Windows that arrive out of order build the same warehouse as one run over all days."""

from datetime import date

import pytest

from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph, pytest.mark.timeout(900)]

SQL_LAYERS = ("bronze", "silver", "gold")


def test_windows_loaded_backwards_equal_one_run(empty_bank: BuiltBank) -> None:
    windows = [
        Window.through(date(2025, 3, 1), date(2025, 3, 31)),
        Window.through(date(2025, 1, 1), date(2025, 1, 20)),
        Window.through(date(2025, 1, 21), date(2025, 2, 28)),
    ]
    for window in windows:
        empty_bank.backfill(window, "warehouse")
    # Features look back beyond their window: once all days are there, they are computed again.
    whole = Window.through(date(2025, 1, 1), date(2025, 3, 31))
    out_of_order = empty_bank.fingerprints(*SQL_LAYERS)
    empty_bank.backfill(whole, "warehouse")
    in_one_run = empty_bank.fingerprints(*SQL_LAYERS)
    looking_back = {
        "gold.credit_features",
        "gold.credit_exposures",
        "gold.credit_outcomes",
        "gold.customer_features",
    }
    assert {t: f for t, f in out_of_order.items() if t not in looking_back} == {
        t: f for t, f in in_one_run.items() if t not in looking_back
    }
