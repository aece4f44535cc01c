"""What retention contacts keep: the pooled ratio by hand, and what is not known."""

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.retention import kept_share, mantel_haenszel


def _campaign(name: str, arms: dict[bool, tuple[int, int]], *, random: bool = True) -> pl.DataFrame:
    rows = [
        {
            "campaign_id": name,
            "objective": "RETENTION",
            "has_random_control": random,
            "is_treated": treated,
            "has_left": number < left,
        }
        for treated, (left, size) in arms.items()
        for number in range(size)
    ]
    return pl.DataFrame(rows)


def test_the_pooled_ratio_is_mantel_and_haenszels() -> None:
    # 4 of 100 and 10 of 100; 3 of 50 and 6 of 150.
    # (4 x 100 / 200 + 3 x 150 / 200) / (10 x 100 / 200 + 6 x 50 / 200) = 4.25 / 6.5
    cases = np.array([4.0, 3.0]), np.array([10.0, 6.0])
    sizes = np.array([100.0, 50.0]), np.array([100.0, 150.0])
    ratio, error = mantel_haenszel(cases[0], sizes[0], cases[1], sizes[1])
    assert ratio == pytest.approx(4.25 / 6.5)
    # (100 x 100 x 14 - 40 x 200 + 50 x 150 x 9 - 18 x 200) / 200 ** 2 over 4.25 x 6.5
    spread = (140_000 - 8_000 + 67_500 - 3_600) / 40_000
    assert error == pytest.approx(np.sqrt(spread / (4.25 * 6.5)))


def test_the_kept_share_is_one_less_the_ratio() -> None:
    kept = kept_share(_campaign("M1", {True: (8, 400), False: (20, 400)}))
    assert kept.estimate == pytest.approx(0.6)
    assert (kept.left_contacted, kept.left_held_back) == (8, 20)
    assert (kept.contacted, kept.held_back) == (400, 400)


def test_contacts_that_drive_customers_away_keep_nobody() -> None:
    assert kept_share(_campaign("M1", {True: (20, 400), False: (8, 400)})).estimate == 0


@pytest.mark.parametrize(
    "units",
    [
        _campaign("M1", {True: (1, 400), False: (3, 400)}),
        _campaign("M1", {True: (8, 400), False: (0, 400)}),
        _campaign("M1", {True: (8, 400), False: (20, 400)}, random=False),
        _campaign("M1", {True: (3, 19), False: (9, 19)}),
    ],
    ids=["too few left", "none of the others left", "chosen, not by lot", "small arms"],
)
def test_nothing_is_kept_where_nothing_is_known(units: pl.DataFrame) -> None:
    kept = kept_share(units)
    assert (kept.estimate, kept.standard_error) == (0, 0)


def test_units_whose_days_are_not_over_are_left_out() -> None:
    over = _campaign("M1", {True: (8, 400), False: (20, 400)})
    open_ = _campaign("M2", {True: (40, 400), False: (1, 400)}).with_columns(
        has_left=pl.lit(None, pl.Boolean)
    )
    assert kept_share(pl.concat([over, open_])) == kept_share(over)
