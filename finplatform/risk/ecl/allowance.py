"""Expected credit losses of loans: IFRS 9 5.5.3, 5.5.5 and 5.5.17.

    loss = sum over scenarios of weight x sum over years of PD in the year x LGD x exposure
           / (1 + effective rate) ^ time

Belongs here: the term structure of PD under scenarios, its return to the long-run average where no
forecast reaches, and the discounted losses of 12 months and of the remaining life. Stages are
`staging`; how allowances move is `roll_forward`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk.arrays import FloatArray, amounts, fractions, numbers, refuse
from finplatform.risk.components import loss_rates
from finplatform.risk.errors import RiskInputError

_COLUMNS = (
    "exposure_id",
    "stage",
    "exposure_amount",
    "pd",
    "lgd",
    "effective_rate",
    "remaining_years",
)
_WEIGHT_TOLERANCE = 1e-9


@dataclass(frozen=True)
class MacroScenario:
    """One path of the economy, as it moves PD and LGD (IFRS 9 5.5.17(a), B5.5.42).

    Attributes:
        name: Name of the scenario.
        weight: Probability, as a fraction.
        pd_shift: Shift of the log-odds of PD in each year; after the last year, the horizon of the
            forecast, nothing is added (B5.5.50).
        lgd_factor: Factor of LGD in each year; 1 after the last.
    """

    name: str
    weight: float
    pd_shift: Sequence[float] = ()
    lgd_factor: Sequence[float] = ()

    def shift_in(self, year: int) -> float:
        """Return the shift of the log-odds in a year, counted from 0."""
        return self.pd_shift[year] if year < len(self.pd_shift) else 0.0

    def years_beyond(self, year: int) -> int:
        """Return how many years after the horizon a year lies, counted from 0; 0 up to it.

        The horizon is a year at least, since PD is an estimate of the first year in any case.
        """
        return max(year + 1 - max(len(self.pd_shift), 1), 0)

    def factor_in(self, year: int) -> float:
        """Return the factor of LGD in a year, counted from 0."""
        return self.lgd_factor[year] if year < len(self.lgd_factor) else 1.0


BASELINE = (MacroScenario("baseline", 1.0),)
"""The estimates as they are."""


def shifted_pd(pd: Any, shift: float) -> FloatArray:
    """Return PD after its log-odds have moved by `shift`; 0 and 1 stay where they are.

    Raises:
        RiskInputError: If a PD is missing or outside 0 to 1, or the shift not finite.
    """
    # Imported here because it takes longer to load than the rest of the package.
    from scipy.special import expit, logit  # type: ignore[import-untyped]

    pd, moved = fractions("pd", pd), float(numbers("shift", shift))
    # There and back would move the last digit even where nothing is shifted.
    return pd if moved == 0.0 else np.asarray(expit(logit(pd) + moved))


def marginal_pd(
    pd: Any,
    remaining_years: Any,
    scenario: MacroScenario = BASELINE[0],
    *,
    long_run_pd: Any = None,
    reversion_years: float = 0.0,
) -> FloatArray:
    """Return the probability of default in each year of the remaining life.

    Survival carries over from year to year; in the last, broken year default is as likely as its
    length makes it: 1 - (1 - PD) ^ length. After the horizon of the scenario PD moves in a straight
    line to its long-run average, and stays there (B5.5.50).

    Args:
        pd: Point-in-time PD of twelve months, as a fraction.
        remaining_years: Years to maturity.
        scenario: Macroeconomic scenario.
        long_run_pd: Average PD of twelve months over good and bad times; None where none is known,
            so that PD stays as it is.
        reversion_years: Years after the horizon in which PD reaches that average; with 0, or any
            part of a year, it does in the first.

    Returns:
        An array of one row for each loan and one column for each year.

    Raises:
        RiskInputError: If a PD or a term is missing or out of range.
    """
    pd = np.atleast_1d(fractions("pd", pd))
    average = pd if long_run_pd is None else np.atleast_1d(fractions("long_run_pd", long_run_pd))
    years = np.atleast_1d(amounts("remaining_years", remaining_years))
    pd, average, years = np.broadcast_arrays(pd, average, years)
    duration = max(float(amounts("reversion_years", reversion_years)), 1.0)
    count = int(np.ceil(years.max(initial=0.0)))
    marginal = np.zeros((len(years), count))
    survival = np.ones(len(years))
    for year in range(count):
        length = np.clip(years - year, 0.0, 1.0)
        reverted = min(scenario.years_beyond(year) / duration, 1.0)
        # Up to the horizon to the last digit what it would be without an average.
        expected = pd if not reverted else pd + reverted * (average - pd)
        yearly = shifted_pd(expected, scenario.shift_in(year))
        in_year = 1.0 - (1.0 - yearly) ** length
        marginal[:, year] = survival * in_year
        survival = survival * (1.0 - in_year)
    return marginal


def expected_credit_losses(
    loans: pl.DataFrame,
    scenarios: Sequence[MacroScenario] = BASELINE,
    *,
    reversion_years: float = 0.0,
) -> pl.DataFrame:
    """Return the allowance of each loan by its stage.

    Stage 1 has the losses of defaults within twelve months (5.5.5), stage 2 those of the remaining
    life (5.5.3), stage 3 LGD times the exposure. Default happens in the middle of each year, on
    an exposure that falls evenly to zero where the loan amortises.

    Args:
        loans: One row for each loan: exposure_id; stage (1, 2, 3); exposure_amount, with the part
            of undrawn limits that is expected to be drawn; pd, point-in-time for twelve months;
            lgd, discounted to default; effective_rate, as a fraction; remaining_years. May have
            is_amortising (default false) and long_run_pd (default, and where it is null: pd).
        scenarios: Paths of the economy, whose weights add up to 1.
        reversion_years: As in `marginal_pd`.

    Returns:
        Columns exposure_id, stage, ecl_12_months, ecl_lifetime, allowance; in the order given,
        rounded to the cent.

    Raises:
        RiskInputError: If a column is missing, a figure out of range, a stage unknown, or the
            weights do not add up to 1.
    """
    _check_scenarios(scenarios)
    book = _read(loans)
    within_year, lifetime = np.zeros(len(book.stage)), np.zeros(len(book.stage))
    impaired = np.zeros(len(book.stage))
    for scenario in scenarios:
        marginal = marginal_pd(
            book.pd,
            book.years,
            scenario,
            long_run_pd=book.long_run_pd,
            reversion_years=reversion_years,
        )
        impaired += scenario.weight * _severity(book.lgd, scenario, 0) * book.amount
        for year in range(marginal.shape[1]):
            loss = scenario.weight * _loss_in_year(book, marginal[:, year], scenario, year)
            within_year += loss if year == 0 else 0.0
            lifetime += loss
    allowance = np.select([book.stage == 1, book.stage == 2], [within_year, lifetime], impaired)
    in_default = book.stage == 3
    return loans.select("exposure_id", "stage").with_columns(
        _money("ecl_12_months", np.where(in_default, impaired, within_year)),
        _money("ecl_lifetime", np.where(in_default, impaired, lifetime)),
        _money("allowance", allowance),
    )


@dataclass(frozen=True)
class _Book:
    stage: FloatArray
    amount: FloatArray
    pd: FloatArray
    long_run_pd: FloatArray
    lgd: FloatArray
    rate: FloatArray
    years: FloatArray
    amortising: FloatArray


def _loss_in_year(
    book: _Book, marginal: FloatArray, scenario: MacroScenario, year: int
) -> FloatArray:
    middle = year + np.clip(book.years - year, 0.0, 1.0) / 2.0
    left = np.divide(
        book.years - middle, book.years, out=np.zeros_like(book.years), where=book.years > 0.0
    )
    owed = book.amount * np.where(book.amortising > 0.0, np.maximum(left, 0.0), 1.0)
    discount = (1.0 + book.rate) ** -middle
    return np.asarray(marginal * _severity(book.lgd, scenario, year) * owed * discount)


def _severity(lgd: FloatArray, scenario: MacroScenario, year: int) -> FloatArray:
    """LGD of a year; a factor alone cannot lift it above the whole exposure."""
    return np.minimum(lgd * scenario.factor_in(year), np.maximum(lgd, 1.0))


def _check_scenarios(scenarios: Sequence[MacroScenario]) -> None:
    weights = fractions("weight", [scenario.weight for scenario in scenarios])
    if abs(weights.sum() - 1.0) > _WEIGHT_TOLERANCE:
        raise RiskInputError(
            f"The weights of the scenarios add up to {weights.sum():g}.", "They must add up to 1."
        )
    for scenario in scenarios:
        numbers(f"pd_shift of {scenario.name}", scenario.pd_shift)
        amounts(f"lgd_factor of {scenario.name}", scenario.lgd_factor)


def _read(loans: pl.DataFrame) -> _Book:
    missing = [name for name in _COLUMNS if name not in loans.columns]
    if missing:
        raise RiskInputError(f"Loans lack: {', '.join(missing)}.", f"Give {', '.join(_COLUMNS)}.")
    column = {
        name: loans[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in _COLUMNS[1:]
    }
    stage = numbers("stage", column["stage"])
    refuse("stage", ~np.isin(stage, (1, 2, 3)), "is unknown", "A stage is 1, 2 or 3.")
    rate = numbers("effective_rate", column["effective_rate"])
    refuse("effective_rate", (rate <= -1.0) | (rate > 1.0), "is no rate", "0.05 is five percent.")
    years = amounts("remaining_years", column["remaining_years"])
    refuse(
        "remaining_years",
        (years == 0.0) & (stage < 3),
        "is zero before default",
        "Give the life that is expected (IFRS 9 B5.5.40) of a loan past its term.",
    )
    averages = [name for name in ("long_run_pd", "pd") if name in loans.columns]
    long_run = loans.select(pl.coalesce(averages).cast(pl.Float64)).to_series()
    amortising = loans["is_amortising"] if "is_amortising" in loans.columns else None
    return _Book(
        stage=stage,
        amount=amounts("exposure_amount", column["exposure_amount"]),
        pd=fractions("pd", column["pd"]),
        long_run_pd=fractions("long_run_pd", long_run.to_numpy()),
        lgd=loss_rates("lgd", column["lgd"]),
        rate=rate,
        years=years,
        amortising=np.zeros_like(stage)
        if amortising is None
        else amortising.fill_null(False).cast(pl.Float64).to_numpy(),
    )


def _money(name: str, values: FloatArray) -> pl.Series:
    return pl.Series(name, values).round(2).cast(pl.Decimal(18, 2))
