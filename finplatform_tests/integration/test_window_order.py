"""Windows that arrive out of order build the same warehouse as one run over all days."""

from datetime import date

import pytest

from finplatform.windows import Window
from finplatform_tests.integration.bank import HISTORY, BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

SQL_LAYERS = ("bronze", "silver", "gold")
JOBS = ("warehouse", "warehouse_month_end")


def test_windows_loaded_backwards_equal_one_run(empty_bank: BuiltBank) -> None:
    windows = [
        Window.through(date(2025, 3, 1), date(2025, 3, 31)),
        Window.through(date(2025, 1, 1), date(2025, 1, 20)),
        Window.through(date(2025, 1, 21), date(2025, 2, 28)),
    ]
    for window in windows:
        empty_bank.backfill(window, *JOBS)
    out_of_order = empty_bank.fingerprints(*SQL_LAYERS)
    empty_bank.backfill(HISTORY, *JOBS)
    assert empty_bank.fingerprints(*SQL_LAYERS) == out_of_order
