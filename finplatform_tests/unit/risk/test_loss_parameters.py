"""Loss parameters: figures that can be checked by hand, and estimates of known truth."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.risk import loss_parameters as parameters
from finplatform.risk.errors import MissingRuleError
from finplatform.risk.loss_parameters import (
    BEST_ESTIMATE,
    CONVERSION,
    DOWNTURN,
    DOWNTURN_ADD_ON,
    FALLBACK,
    LGD,
    MEAN_OF_FEW,
    PROVISION,
    TOO_FEW_DEFAULTS,
    estimated,
    loss_parameters,
)
from finplatform.risk.realised_loss import (
    WORKOUT_COST_RATE,
    realised_conversions,
    realised_losses,
    remaining_losses,
)

AS_OF = date(2026, 6, 30)
FELL = date(2025, 1, 10)
_DEFAULT = {
    "loan_id": pl.String,
    "segment": pl.String,
    "default_date": pl.Date,
    "closed_date": pl.Date,
    "interest_rate": pl.Float64,
    "exposure_at_default": pl.Float64,
}
_RECOVERY = {"loan_id": pl.String, "payment_date": pl.Date, "paid_amount": pl.Float64}
_LINE = {
    "exposure_id": pl.String,
    "reporting_date": pl.Date,
    "segment": pl.String,
    "exposure_class": pl.String,
    "is_defaulted": pl.Boolean,
    "drawn_amount": pl.Float64,
    "undrawn_amount": pl.Float64,
}
SEGMENTS = pl.DataFrame(
    {
        "segment": ["CREDIT_CARD", "MORTGAGE"],
        "exposure_class": ["qrre", "residential_mortgage"],
        "is_line": [True, False],
    }
)
NO_LINES = pl.DataFrame(schema=_LINE)


def _default(loan: str = "L1", closed: date | None = date(2025, 12, 31), **other: Any) -> Any:
    row = (loan, "MORTGAGE", FELL, closed, 0.08, 1_000.0)
    return {**dict(zip(_DEFAULT, row, strict=True)), **other}


def _frames(defaults: list[Any], recoveries: list[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        pl.DataFrame(defaults, schema=_DEFAULT),
        pl.DataFrame(recoveries, schema=_RECOVERY, orient="row"),
    )


def _row(table: pl.DataFrame, segment: str, parameter: str, months: int = 0) -> dict[str, Any]:
    found = (pl.col("segment") == segment) & (pl.col("parameter") == parameter)
    return table.filter(found & (pl.col("months_in_default") == months)).row(0, named=True)


def test_what_comes_back_is_discounted_to_default_and_costs_something() -> None:
    year = FELL + timedelta(days=365)
    result = realised_losses(*_frames([_default()], [("L1", year, 540.0)]))
    worth = 540 / 1.08 ** (365 / 365.25) * (1 - WORKOUT_COST_RATE)
    assert result["loss_given_default"].item() == pytest.approx(1 - worth / 1_000)
    assert result["recovered_rate"].item() == pytest.approx(0.54)


def test_later_recoveries_are_worth_less() -> None:
    losses = [
        realised_losses(*_frames([_default()], [("L1", FELL + timedelta(days=d), 400.0)]))[
            "loss_given_default"
        ].item()
        for d in (0, 100, 200, 300)
    ]
    assert (np.diff(losses) > 0).all()
    assert losses[0] == pytest.approx(1 - 0.4 * (1 - WORKOUT_COST_RATE))


def test_payments_before_default_and_gains_do_not_lower_losses() -> None:
    frames = _frames(
        [_default("L1"), _default("L2")],
        [("L1", FELL - timedelta(days=1), 900.0), ("L2", FELL, 5_000.0)],
    )
    assert realised_losses(*frames)["loss_given_default"].to_list() == [1.0, 0.0]


def test_remaining_loss_is_of_what_is_still_owed_and_still_open() -> None:
    frames = _frames(
        [_default("L1"), _default("L2", closed=date(2025, 3, 1))],
        [("L1", FELL + timedelta(days=30), 400.0), ("L1", date(2025, 7, 10), 300.0)],
    )
    result = remaining_losses(*frames, 6)
    assert result["loan_id"].to_list() == ["L1"]
    assert result["exposure_at_default"].item() == 600
    assert result["default_date"].item() == date(2025, 7, 10)
    assert result["loss_given_default"].item() == pytest.approx(1 - 300 / 600 * 0.95)


def _line(month: date, drawn: float, limit: float = 1_000.0, *, fell: bool = False) -> Any:
    return ("C1", month, "CREDIT_CARD", "qrre", fell, drawn, max(limit - drawn, 0.0))


def _lines(*rows: Any) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_LINE, orient="row")


def test_conversion_is_the_share_of_the_undrawn_part_drawn_a_year_later() -> None:
    result = realised_conversions(
        _lines(
            _line(date(2025, 2, 28), 200),
            _line(date(2025, 8, 31), 900),
            _line(date(2026, 2, 28), 800, fell=True),
            _line(date(2026, 3, 31), 1_100, fell=True),
        )
    )
    assert result["conversion"].to_list() == [pytest.approx(0.75)]


def test_no_more_than_the_undrawn_part_is_converted() -> None:
    fees_beyond_the_limit = _lines(
        _line(date(2025, 2, 28), 200), _line(date(2026, 2, 28), 1_040, fell=True)
    )
    assert realised_conversions(fees_beyond_the_limit)["conversion"].item() == 1


def test_lines_drawn_whole_or_unknown_a_year_before_give_no_conversion() -> None:
    end = _line(date(2026, 2, 28), 1_040, fell=True)
    assert realised_conversions(_lines(_line(date(2025, 2, 28), 990), end)).is_empty()
    assert realised_conversions(_lines(_line(date(2025, 8, 31), 200), end)).is_empty()
    paid_back = _lines(_line(date(2025, 2, 28), 700), _line(date(2026, 2, 28), 300, fell=True))
    assert realised_conversions(paid_back)["conversion"].item() == 0


def _bank(size: int, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame, float]:
    """Mortgages that give back a known share on the day of default; the true mean LGD."""
    rng = np.random.default_rng(seed)
    share = rng.beta(6, 2, size)
    defaults = [_default(f"L{n}") for n in range(size)]
    recoveries = [(f"L{n}", FELL, 1_000 * float(share[n])) for n in range(size)]
    return *_frames(defaults, recoveries), 1 - 0.75 * (1 - WORKOUT_COST_RATE)


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        *frames, truth = _bank(60, seed)
        table = loss_parameters(SEGMENTS, *frames, NO_LINES, as_of=AS_OF, seed=seed)
        row = _row(table, "MORTGAGE", LGD)
        covered += row["lower"] <= truth <= row["upper"]
    # 95% of 60 is 57; below 50 has a chance of one in ten thousand.
    assert 50 <= covered <= 60


def test_parameters_of_enough_defaults_are_the_banks_own() -> None:
    defaults, recoveries, truth = _bank(400)
    table = loss_parameters(SEGMENTS, defaults, recoveries, NO_LINES, as_of=AS_OF, seed=1)
    own, bad = (_row(table, "MORTGAGE", name) for name in (LGD, DOWNTURN))
    assert own["estimate"] == pytest.approx(truth, abs=0.02)
    assert own["used_value"] == own["estimate"]
    assert own["fallback_reason"] is None
    assert bad["used_value"] == pytest.approx(own["estimate"] + DOWNTURN_ADD_ON)
    assert bad["method"] == "ADD_ON"


def test_too_few_defaults_mean_the_expert_figure_unless_they_were_worse() -> None:
    defaults, recoveries, _ = _bank(3)
    table = loss_parameters(SEGMENTS, defaults, recoveries, NO_LINES, as_of=AS_OF, seed=1)
    row = _row(table, "MORTGAGE", LGD)
    assert row["fallback_reason"] == TOO_FEW_DEFAULTS
    assert row["used_value"] == max(row["fallback_value"], row["estimate"])
    worse = loss_parameters(SEGMENTS, defaults, recoveries.clear(), NO_LINES, as_of=AS_OF, seed=1)
    row = _row(worse, "MORTGAGE", LGD)
    assert (row["used_value"], row["method"]) == (1.0, MEAN_OF_FEW)


@pytest.mark.parametrize("exposure_class", ["residential_mortgage", "corporate", "other_retail"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("size", [0, 3, 19, 20])
def test_a_row_names_what_it_uses(exposure_class: str, share: float, size: int) -> None:
    """A fallback is used where it is named, and what is used is what `method` says."""
    defaults = [_default(f"L{n}") for n in range(size)]
    recoveries = [(f"L{n}", FELL, 1_000 * share) for n in range(size)]
    segments = SEGMENTS.with_columns(exposure_class=pl.lit(exposure_class))
    lines = _lines(
        *(
            (f"C{n}", *_line(day, 500 + add, fell=fell)[1:])
            for n in range(size)
            for day, add, fell in (
                (date(2025, 2, 28), 0, False),
                (date(2026, 2, 28), 500 * share, True),
            )
        )
    )
    table = loss_parameters(segments, *_frames(defaults, recoveries), lines, as_of=AS_OF, seed=1)
    for row in table.iter_rows(named=True):
        named = {
            "MEAN_OF_DEFAULTS": row["estimate"],
            "ADD_ON": row["estimate"],
            MEAN_OF_FEW: row["estimate"],
            FALLBACK: row["fallback_value"],
            PROVISION: None,
        }[row["method"]]
        used = None if named is None else pytest.approx(min(max(named, row["floor_value"]), 1.0))
        assert row["used_value"] == used, row


def test_capital_uses_what_the_row_of_few_defaults_says() -> None:
    """A corporate stays on the foundation LGD and a line on its factor, however bad they were."""
    defaults = [_default("L1", segment="CREDIT_CARD"), _default("L2")]
    lines = _lines(_line(date(2025, 2, 28), 200), _line(date(2026, 2, 28), 1_900, fell=True))
    segments = SEGMENTS.with_columns(exposure_class=pl.Series(["qrre", "corporate"]))
    table = loss_parameters(segments, *_frames(defaults, []), lines, as_of=AS_OF, seed=1)
    assert _row(table, "MORTGAGE", DOWNTURN)["used_value"] == 0.4
    assert _row(table, "MORTGAGE", BEST_ESTIMATE)["used_value"] == 0.4
    assert _row(table, "CREDIT_CARD", CONVERSION)["used_value"] == pytest.approx(0.1)
    best = _row(table, "CREDIT_CARD", BEST_ESTIMATE)
    assert (best["method"], best["fallback_value"]) == (PROVISION, None)


def test_open_workouts_are_counted_and_not_averaged() -> None:
    defaults, recoveries, _ = _bank(40)
    half = defaults.with_columns(
        pl.when(pl.int_range(pl.len()) < 15)
        .then(None)
        .otherwise("closed_date")
        .alias("closed_date")
    )
    row = _row(
        loss_parameters(SEGMENTS, half, recoveries, NO_LINES, as_of=AS_OF, seed=1), "MORTGAGE", LGD
    )
    assert (row["defaults"], row["open_defaults"]) == (25, 15)


def test_what_is_used_is_never_below_the_floor() -> None:
    result = estimated(np.zeros(50), fallback=0.2, floor=0.05, seed=1)
    assert result["estimate"] == 0
    assert result["used_value"] == 0.05


def test_the_worst_of_five_years_is_the_downturn() -> None:
    years = range(2020, 2026)
    defaults, recoveries = _frames(
        [
            _default(f"L{y}-{n}", default_date=date(y, 1, 10), closed_date=date(y, 12, 31))
            for y in years
            for n in range(25)
        ],
        [
            (f"L{y}-{n}", date(y, 1, 10), 400.0 if y == 2022 else 800.0)
            for y in years
            for n in range(25)
        ],
    )
    table = loss_parameters(SEGMENTS, defaults, recoveries, NO_LINES, as_of=AS_OF, seed=1)
    row = _row(table, "MORTGAGE", DOWNTURN)
    assert row["method"] == "WORST_YEAR"
    assert row["used_value"] == pytest.approx(1 - 0.4 * (1 - WORKOUT_COST_RATE))


@pytest.mark.parametrize(
    ("exposure_class", "years", "method"),
    [
        ("residential_mortgage", 4, "ADD_ON"),
        ("residential_mortgage", 5, "WORST_YEAR"),
        ("corporate", 6, "ADD_ON"),
        ("corporate", 7, "WORST_YEAR"),
    ],
)
def test_a_downturn_is_read_off_five_years_of_retail_and_seven_of_corporate_defaults(
    exposure_class: str, years: int, method: str
) -> None:
    days = [date(2019 + n % years, 3, 1) for n in range(40 * years)]
    defaults, recoveries = _frames(
        [_default(f"L{n}", day + timedelta(90), default_date=day) for n, day in enumerate(days)],
        [(f"L{n}", day, 600.0) for n, day in enumerate(days)],
    )
    segments = SEGMENTS.with_columns(exposure_class=pl.lit(exposure_class), is_line=False)
    table = loss_parameters(segments, defaults, recoveries, NO_LINES, as_of=AS_OF, seed=1)
    assert _row(table, "MORTGAGE", DOWNTURN)["method"] == method


def test_conversion_factors_have_the_standardised_factor_and_half_of_it_as_bounds() -> None:
    none = loss_parameters(SEGMENTS, *_frames([], []), NO_LINES, as_of=AS_OF, seed=1)
    assert _row(none, "CREDIT_CARD", CONVERSION)["used_value"] == pytest.approx(0.10)
    rows = [
        (f"C{n}", *_line(day, drawn, fell=fell)[1:])
        for n in range(30)
        for day, drawn, fell in ((date(2025, 2, 28), 500, False), (date(2026, 2, 28), 500, True))
    ]
    idle = loss_parameters(SEGMENTS, *_frames([], []), _lines(*rows), as_of=AS_OF, seed=1)
    row = _row(idle, "CREDIT_CARD", CONVERSION)
    assert (row["estimate"], row["used_value"]) == (0.0, pytest.approx(0.05))
    assert row["method"] == "MEAN_OF_DEFAULTS"


def test_a_bank_without_loans_or_defaults_has_a_table_all_the_same() -> None:
    nothing = _frames([], [])
    assert loss_parameters(SEGMENTS.clear(), *nothing, NO_LINES, as_of=AS_OF, seed=1).is_empty()
    table = loss_parameters(SEGMENTS, *nothing, NO_LINES, as_of=AS_OF, seed=1)
    assert set(table.filter(pl.col("parameter") != BEST_ESTIMATE)["method"]) == {FALLBACK}
    assert set(table.filter(pl.col("parameter") == BEST_ESTIMATE)["method"]) == {PROVISION}
    assert table.filter(pl.col("parameter") == BEST_ESTIMATE).height == 2 * len(
        parameters.MONTHS_IN_DEFAULT
    )


def test_a_replayed_history_takes_the_rules_of_the_date_that_is_asked_for() -> None:
    defaults, recoveries = _frames([_default()], [])
    early = date(1998, 12, 31)
    with pytest.raises(MissingRuleError):
        loss_parameters(SEGMENTS, defaults, recoveries, NO_LINES, as_of=early, seed=1)
    table = loss_parameters(
        SEGMENTS, defaults, recoveries, NO_LINES, as_of=early, seed=1, rules_as_of=AS_OF
    )
    assert set(table["as_of_date"]) == {early}
