"""A book under macroeconomic stress: PD, LGD and property values to RWA, losses and ratios.

Belongs here: from the economy to parameters, from parameters to a second measurement of the same
book, and the two side by side. The measurement itself is `finplatform.risk.exposures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from finplatform.risk.arrays import HIGHEST_LOSS_RATE
from finplatform.risk.capital import CapitalRatios, OwnFunds, capital_ratios
from finplatform.risk.ecl.allowance import shifted_pd
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.exposures import NO_OPTIONS, Options, measure
from finplatform.risk.money import ZERO, Amount, decimal_amount, series_to_cents
from finplatform.risk.output_floor import FlooredAssets, RiskWeightedAssets, apply_output_floor

# However severe the shock, what has not defaulted has a PD below 1.
_SURE = 1.0 - 1e-12


@dataclass(frozen=True)
class Shock:
    """Shock of the risk parameters of a book.

    Attributes:
        pd_shift: Shift of the log-odds of PD, by exposure class; a class that is not named
            is not shifted.
        lgd_factor: Factor of LGD.
        property_fall: Fall of property values, as a fraction; LTV rises by it.
    """

    pd_shift: Mapping[ExposureClass, float]
    lgd_factor: float = 1.0
    property_fall: float = 0.0

    def __post_init__(self) -> None:
        unknown = sorted(str(name) for name in self.pd_shift if name not in tuple(ExposureClass))
        if unknown:
            raise RiskInputError(
                f"Unknown exposure class: {', '.join(unknown)}.",
                f"Use one of: {', '.join(ExposureClass)}.",
            )
        if not 0.0 <= self.lgd_factor <= HIGHEST_LOSS_RATE / 0.1:
            raise RiskInputError(f"lgd_factor is {self.lgd_factor}.", "1.2 is a fifth more.")
        if not 0.0 <= self.property_fall < 1.0:
            raise RiskInputError(f"property_fall is {self.property_fall}.", "0.3 is 30 percent.")

    def scaled(self, severity: float) -> "Shock":
        """Return the shock at a severity: 0 leaves all as it is, 1 is the shock itself.

        Raises:
            RiskInputError: If the severity is negative or takes a parameter out of range.
        """
        if not severity >= 0.0:
            raise RiskInputError(f"severity is {severity}.", "Give zero or more.")
        return Shock(
            {name: shift * severity for name, shift in self.pd_shift.items()},
            1.0 + (self.lgd_factor - 1.0) * severity,
            # Values fall towards zero and never below, however severe the shock.
            1.0 - (1.0 - self.property_fall) ** severity,
        )


def macro_shock(
    changes: Mapping[str, float],
    sensitivities: Mapping[ExposureClass, Mapping[str, float]],
    *,
    lgd_factor: float = 1.0,
    property_fall: float = 0.0,
) -> Shock:
    """Return the shock of changes in the economy: log-odds move by coefficient times change.

    Args:
        changes: Change of each variable against the baseline, such as unemployment in points.
        sensitivities: Coefficients of each class by variable, from a fitted satellite model.
        lgd_factor: Factor of LGD.
        property_fall: Fall of property values, as a fraction.

    Raises:
        RiskInputError: If the change of a variable is not given, or a class is unknown.
    """
    missing = {name for model in sensitivities.values() for name in model} - set(changes)
    if missing:
        raise RiskInputError(
            f"No change is given of: {', '.join(sorted(missing))}.", "Give 0 where none is meant."
        )
    shifts = {
        exposure_class: sum(slope * changes[name] for name, slope in model.items())
        for exposure_class, model in sensitivities.items()
    }
    return Shock(shifts, lgd_factor, property_fall)


def stressed(exposures: pl.DataFrame, shock: Shock) -> pl.DataFrame:
    """Return the same exposures with the parameters of the shock.

    Args:
        exposures: Table as `exposures.measure` takes it.
        shock: The shock.

    Raises:
        RiskInputError: If a PD is missing or outside 0 to 1 where a class is shifted.
    """
    pd = exposures["pd"].cast(pl.Float64)
    classes = exposures["exposure_class"]
    for exposure_class, shift in shock.pd_shift.items():
        concerned = (classes == exposure_class.value) & pd.is_not_null()
        before = pd.filter(concerned).to_numpy()
        moved = np.where(before < 1.0, shifted_pd(before, shift).clip(max=_SURE), before)
        pd = pd.scatter(concerned.arg_true(), moved)
    columns = [
        pd.alias("pd"),
        (exposures["lgd"].cast(pl.Float64) * shock.lgd_factor)
        .clip(upper_bound=HIGHEST_LOSS_RATE)
        .alias("lgd"),
        (exposures["ltv"].cast(pl.Float64) / (1.0 - shock.property_fall)).alias("ltv"),
    ]
    return exposures.with_columns(columns)


@dataclass(frozen=True)
class StressResult:
    """A book and its own funds before and under stress; amounts in the currency of the book.

    Attributes:
        expected_loss: Expected loss of the book before stress.
        stressed_loss: Expected loss under stress.
        credit_loss: Reduction of CET1: the rise of expected loss.
        income: Income before losses that is set against it.
        base_assets: RWA before stress, after the floor.
        stressed_assets: RWA under stress, after the floor.
        base: Ratios before stress.
        stress: Ratios under stress.
        stressed_funds: Own funds under stress.
    """

    expected_loss: Decimal
    stressed_loss: Decimal
    credit_loss: Decimal
    income: Decimal
    base_assets: FlooredAssets
    stressed_assets: FlooredAssets
    base: CapitalRatios
    stress: CapitalRatios
    stressed_funds: OwnFunds


@dataclass(frozen=True)
class UnstressedAssets:
    """Assets that a stress of the book leaves unchanged; both sides of a comparison hold them.

    Attributes:
        internal: RWA by the approaches in use: other credit risk, market, operational.
        standard: The same by the standardised approaches, for the output floor.
        expected_loss: Expected loss of the other credit risk.
    """

    internal: RiskWeightedAssets
    standard: RiskWeightedAssets
    expected_loss: Decimal = ZERO


NO_UNSTRESSED_ASSETS = UnstressedAssets(RiskWeightedAssets(ZERO), RiskWeightedAssets(ZERO))


def stress_test(
    exposures: pl.DataFrame,
    own_funds: OwnFunds,
    shock: Shock,
    as_of: date,
    *,
    income: Amount = ZERO,
    unstressed: UnstressedAssets = NO_UNSTRESSED_ASSETS,
    options: Options = NO_OPTIONS,
    before: pl.DataFrame | None = None,
) -> StressResult:
    """Measure a book and its capital ratios before and under a shock.

    The rise of expected loss comes off CET1, before tax; income is set against it. Exposures stay
    as large as they are, and what defaults is not removed: a static balance sheet.

    Args:
        exposures: Table as `exposures.measure` takes it.
        own_funds: Own funds before stress.
        shock: The shock.
        as_of: Date of the rules.
        income: Income before losses over the horizon of the stress; negative for a loss.
        unstressed: Assets outside the book, which the scenario does not change.
        options: As in `exposures.measure`.
        before: The book as `exposures.measure` gives it without stress, where the caller has it.

    Raises:
        RiskInputError: If the book is empty or cannot be measured; see `exposures.measure`.
        MissingRuleError: If the rules are not known for that date.
    """
    earned = decimal_amount("income", income, may_be_negative=True)
    before = measure(exposures, as_of, options) if before is None else before
    after = measure(stressed(exposures, shock), as_of, options)
    loss, stressed_loss = (
        Decimal(series_to_cents(measured["expected_loss"]).sum() or 0) + unstressed.expected_loss
        for measured in (before, after)
    )
    cost = stressed_loss - loss
    funds = replace(own_funds, retained_earnings=own_funds.retained_earnings - cost + earned)
    base_assets, stressed_assets = (
        _assets(measured, unstressed, as_of) for measured in (before, after)
    )
    return StressResult(
        expected_loss=loss,
        stressed_loss=stressed_loss,
        credit_loss=cost,
        income=earned,
        base_assets=base_assets,
        stressed_assets=stressed_assets,
        base=capital_ratios(own_funds, base_assets.rwa, as_of),
        stress=capital_ratios(funds, stressed_assets.rwa, as_of),
        stressed_funds=funds,
    )


def _assets(measured: pl.DataFrame, unstressed: UnstressedAssets, as_of: date) -> FlooredAssets:
    internal, standard = (
        replace(rest, credit=rest.credit + Decimal(series_to_cents(measured[column]).sum() or 0))
        for rest, column in ((unstressed.internal, "irb_rwa"), (unstressed.standard, "sa_rwa"))
    )
    return apply_output_floor(internal, standard, as_of)
