"""Every figure in the rules file moves some result: the engine has no second copy of any."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import numpy as np
import polars as pl
import pytest

from finplatform.risk import components, irb, retail, rules
from finplatform.risk.capital import OwnFunds, buffer_position, capital_ratios
from finplatform.risk.components import Collateral
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.exposures import Options, measure
from finplatform.risk.off_balance import OffBalanceKind
from finplatform.risk.output_floor import RiskWeightedAssets, apply_output_floor
from finplatform.risk.provisions import irb_provisions
from finplatform_tests.unit.risk import other_risks

AS_OF = date(2026, 6, 30)
RATE = Decimal("0.01")
# What the bank and the authorities of its countries decide: see test_bank_parameters_are_used.
OWN_PARAMETERS = ("BANK.", "RBC30.7:")
ROWS = [
    row
    for row in rules.rule_rows()
    if row.in_force(AS_OF)
    and not other_risks.covers(row.rule_id)
    and not row.rule_id.startswith(OWN_PARAMETERS)
]
OTHER_ROWS = [row for row in rules.rule_rows() if other_risks.covers(row.rule_id)]


def forget_rules() -> None:
    for cache in (rules._in_force, irb._parameters, components._pd_floors, components._lgd_floors):
        cache.cache_clear()


@pytest.fixture(scope="module")
def unchanged() -> str:
    return repr(results())


@pytest.fixture(scope="module")
def others_unchanged() -> str:
    return repr(other_risks.results())


def corner_cases() -> pl.DataFrame:
    """Return a small book that stands on both sides of every threshold."""
    thresholds = {
        "ltv": (0.4999, 0.5, 0.6, 0.8, 0.9, 1.0, 1.2, None),
        "is_defaulted": (False, True),
        "is_transactor": (False, True),
        "is_regulatory_retail": (False, True),
        "is_cash_flow_dependent": (False, True),
        "has_currency_mismatch": (False, True),
    }
    facts = [dict(zip(thresholds, values, strict=True)) for values in product(*thresholds.values())]
    frame = pl.DataFrame(facts).join(
        pl.DataFrame({"exposure_class": [member.value for member in ExposureClass]}), how="cross"
    )
    number = pl.int_range(pl.len())

    def cycled(*values: float | None) -> pl.Expr:
        return pl.lit(pl.Series(values, dtype=pl.Float64)).gather(number % len(values))

    return frame.with_columns(
        exposure_id=number.cast(pl.String),
        product_type=pl.lit(pl.Series([kind.name for kind in OffBalanceKind])).gather(
            number % len(OffBalanceKind)
        ),
        drawn=pl.lit(100.0),
        undrawn=pl.lit(50.0),
        pd=cycled(0.0, 0.01, 0.2),
        lgd=pl.when(pl.col("exposure_class") == "corporate")
        .then(cycled(0.0, 0.6, None, 0.9, 0.3))
        .otherwise(cycled(0.0, 0.6, 0.9)),
        specific_provision=cycled(0.0, 19.9, 20.0, 49.9, 50.0, 70.0, 99.0),
        turnover_eur_m=cycled(0.0, 5.0, 20.0, 49.5, 50.0, 50.4, None),
        maturity=cycled(0.5, 1.0, 3.0, 5.0, 7.0, None, 4.0, 2.0, 1.5, 2.2, 2.4),
        best_estimate_el=cycled(None, 0.2, 0.95),
        own_conversion_factor=cycled(None, 0.0, 0.3, 0.9, 0.01),
    )


def results() -> list[object]:
    book = measure(
        corner_cases(),
        AS_OF,
        Options(
            half_weight_option=True,
            product_kinds={kind.name: kind for kind in OffBalanceKind},
        ),
    )
    secured = [
        components.lgd_floor(list(ExposureClass), collateral=kind, secured_share=0.5)
        for kind in Collateral
    ]
    people = np.array(["a"] * 3 + ["b"] * 2)
    owed = np.array([400_000.0, 400_000.0, 200_000.0, 1e6, 1.0])
    crowd = np.arange(1_000)
    funds = OwnFunds(Decimal(7), Decimal(0), additional_tier1=Decimal(1), tier2=Decimal(2))
    return [
        book.select(pl.selectors.float().sum()).rows(),
        secured,
        retail.is_regulatory_retail([*people, *crowd], [*owed, *([1e6] * 1_000)]),
        retail.is_regulatory_retail(np.arange(500), [1.0] * 499 + [1.0]),
        apply_output_floor(
            RiskWeightedAssets(Decimal(1)), RiskWeightedAssets(Decimal(2)), AS_OF
        ).rwa,
        apply_output_floor(
            RiskWeightedAssets(Decimal(1)),
            RiskWeightedAssets(Decimal(9)),
            AS_OF,
            has_transitional_cap=True,
        ).rwa,
        [ratio.required for ratio in capital_ratios(funds, 100, AS_OF).all],
        buffers(),
        irb_provisions(0, 50, 1_000, AS_OF),
    ]


def buffers() -> list[object]:
    positions: list[object] = []
    for surplus in ("0", "0.625", "0.63", "1.25", "1.26", "1.875", "1.88", "2.5", "2.51"):
        funds = OwnFunds(
            Decimal("4.5") + Decimal(surplus), Decimal(0), Decimal(0), Decimal("1.5"), Decimal(2)
        )
        position = buffer_position(funds, 100, AS_OF)
        positions.append((position.required, position.earnings_conserved))
    try:
        buffer_position(funds, 100, AS_OF, countercyclical=Decimal("0.025"))
    except RiskInputError as error:
        positions.append(str(error))
    return positions


def change(row: rules.RuleRow, monkeypatch: pytest.MonkeyPatch, rate: Decimal = RATE) -> None:
    # A count moves by a whole step, everything else by a hundredth.
    rate = Decimal("0.2") if row.rule_id == "OPE25.10:least_loss_years" else rate
    changed = replace(row, value=row.value * (1 - rate) if row.value else rate)
    altered = tuple(changed if other is row else other for other in rules.rule_rows())
    monkeypatch.setattr(rules, "rule_rows", lambda: altered)
    forget_rules()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule_id}[{row.part}]")
def test_a_changed_figure_changes_a_result(
    row: rules.RuleRow, unchanged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        change(row, monkeypatch)
        assert repr(results()) != unchanged
    finally:
        forget_rules()


@pytest.mark.parametrize("row", OTHER_ROWS, ids=lambda row: f"{row.rule_id}[{row.part}]")
def test_a_changed_figure_of_another_risk_changes_a_result(
    row: rules.RuleRow, others_unchanged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        change(row, monkeypatch)
        assert repr(other_risks.results()) != others_unchanged
    finally:
        forget_rules()
