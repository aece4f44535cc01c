"""The waterfall of the CET1 ratio adds up, and its sentence names the largest steps."""

from decimal import Decimal

import pandas as pd
import pytest

from finplatform_tests.unit.reporting.catalog.charts import CURRENCY, chart, rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

KEY = ("capital_adequacy", "What moved the ratio")


def _frame(
    capital: tuple[int, int], assets: tuple[int, int], shares: tuple[int, int]
) -> pd.DataFrame:
    """A bank with one class and one line, on two dates."""
    both = list(zip((MAY, JUNE), capital, assets, shares, strict=True))
    return rows(
        "part reporting_date risk_type_or_tier name is_defaulted amount assets ratio",
        *(
            ("adequacy", day, "CET1", "ratio", False, Decimal(held), Decimal(weighed),
             round(Decimal(held) / Decimal(weighed), 6))
            for day, held, weighed, _ in both
        ),
        *(
            ("class", day, "credit", "qrre", False, Decimal(weighed), Decimal(weighed), None)
            for day, _, weighed, _ in both
        ),
        *(
            ("line", day, "CET1", "common_shares", False, Decimal(share), None, None)
            for day, _, _, share in both
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("capital", "assets", "said"),
    [
        ((100, 100), (1000, 2000),
         "to 5.00% on 30 June 2026; credit RWA alone took off 5.00 points."),
        ((100, 150), (1000, 1000),
         "to 15.00% on 30 June 2026; common shares alone added 5.00 points."),
        ((100, 100), (1000, 1000), "to 10.00% on 30 June 2026; nothing moved it."),
        ((100, 240), (1000, 2000),
         "credit RWA took off most, 8.50 points and common shares added most, 10.50 points."),
    ],
)  # fmt: skip
def test_the_steps_that_moved_the_ratio_most_are_named(
    capital: tuple[int, int], assets: tuple[int, int], said: str
) -> None:
    found = sentence(*KEY, _frame(capital, assets, capital))
    assert found.startswith("CET1 went from 10.00% on 31 May 2026 to")
    assert found.endswith(said)


def test_the_steps_lead_from_the_opening_to_the_closing_ratio() -> None:
    trace = chart(*KEY).draw(ROWS[KEY]).data[0]
    assert list(trace.measure) == ["absolute", *["relative"] * (len(trace.y) - 2), "total"]
    assert sum(trace.y[:-1]) == pytest.approx(trace.y[-1])
    assert {"common shares", "credit RWA", "operational RWA"} <= set(trace.x)


def test_lines_that_are_not_all_of_the_capital_are_one_step() -> None:
    frame = _frame((100, 150), (1000, 1000), (90, 150))
    assert "capital" in chart(*KEY).draw(frame).data[0].x
    assert chart(*KEY).describe(frame, CURRENCY).endswith("capital alone added 5.00 points.")
