"""Every exposure by both approaches: the table that capital is reported from.

Measures a table of exposures with the rules and fallbacks of each row. The formulas are in
`standardised`, `irb` and `components`; `exposure_checks` rejects invalid rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from finplatform.risk import components, irb, standardised
from finplatform.risk.arrays import BoolArray, CodeArray, FloatArray
from finplatform.risk.exposure_checks import typed, validate
from finplatform.risk.exposure_class import CORRELATION_RULES, ExposureClass
from finplatform.risk.labels import Labels
from finplatform.risk.off_balance import OffBalanceKind, conversion_factor
from finplatform.risk.rules import rule
from finplatform.risk.thresholds import settled

PRODUCT_KINDS: Mapping[str, OffBalanceKind] = {
    "CHECKING": OffBalanceKind.UNCONDITIONALLY_CANCELLABLE,
    "CREDIT_CARD": OffBalanceKind.UNCONDITIONALLY_CANCELLABLE,
    "MORTGAGE": OffBalanceKind.OTHER_COMMITMENT,
    "PERSONAL_LOAN": OffBalanceKind.OTHER_COMMITMENT,
    "AUTO_LOAN": OffBalanceKind.OTHER_COMMITMENT,
    "BUSINESS_LOAN": OffBalanceKind.OTHER_COMMITMENT,
}
"""Off-balance kind of the undrawn part of each product, unless the bank passes its own."""

# Exposures worked on at once: the arrays of one batch stay in the processor's cache.
_BATCH = 65_536

_KINDS = tuple(OffBalanceKind)
_CORPORATE = ExposureClass.CORPORATE.code
_LGD_FLOORS = {
    ExposureClass.CORPORATE: "CRE32.16:lgd_floor_corporate",
    ExposureClass.RESIDENTIAL_MORTGAGE: "CRE32.58:lgd_floor_mortgage",
    ExposureClass.QRRE: "CRE32.58:lgd_floor_qrre",
    ExposureClass.OTHER_RETAIL: "CRE32.58:lgd_floor_other_retail",
}


@dataclass(frozen=True)
class Options:
    """Options that a supervisor grants or a bank's contracts set.

    Attributes:
        floors: Whether PD and LGD are raised to their floors; False only to study models.
        half_weight_option: 50% for defaulted loans provisioned by half (CRE20.106).
        product_kinds: What the undrawn part of each product is (CRE20.94-20.100).
    """

    floors: bool = True
    half_weight_option: bool = False
    product_kinds: Mapping[str, OffBalanceKind] = field(default_factory=lambda: PRODUCT_KINDS)


NO_OPTIONS = Options()
"""The rules as they are, without any option."""


def measure(exposures: pl.DataFrame, as_of: date, options: Options = NO_OPTIONS) -> pl.DataFrame:
    """Measure every exposure by the standardised and the IRB approach.

    Standardised exposures are net of specific provisions (CRE20.1), IRB ones are not (CRE32.29,
    CRE32.62). Where a fact is missing, the row takes the treatment that costs more or that the
    rules prescribe, and its `notes` record it.

    Args:
        exposures: One row for each exposure, all amounts of one currency:
            exposure_id; exposure_class (`ExposureClass`); product_type; drawn and undrawn amounts;
            pd (not needed in default); lgd, null for a corporate under the foundation approach;
            ltv, null where no prudent value is known; is_defaulted; specific_provision;
            turnover_eur_m; maturity in years; is_transactor.
            May also have: best_estimate_el and own_conversion_factor, as fractions;
            is_regulatory_retail (default true); is_cash_flow_dependent and has_currency_mismatch
            (default false).
        as_of: Date of the rules.
        options: What the supervisor grants.

    Returns:
        One row for each exposure, in the order given: exposure_id, exposure_class; sa_ead,
        sa_risk_weight, sa_rwa, sa_rules; irb_ead, irb_pd, irb_lgd, irb_risk_weight, irb_rwa,
        capital_requirement (K x EAD), expected_loss, irb_rules; notes. Amounts in the currency of
        the input, weights and rates as fractions, rules as ids joined by ";".

    Raises:
        InvalidExposuresError: If a row cannot be measured; lists the rows.
        RiskInputError: If a column is missing or of a wrong type.
        MissingRuleError: If the rules are not in force on that date.
    """
    validate(exposures)
    rows = typed(exposures)
    batches = [_measure_batch(batch, as_of, options) for batch in rows.iter_slices(_BATCH)]
    return pl.concat(batches) if batches else _measure_batch(rows, as_of, options)


@dataclass(frozen=True)
class _Batch:
    """Some exposures as arrays; a fact that is missing is NaN."""

    as_of: date
    options: Options
    codes: CodeArray
    kinds: CodeArray
    drawn: FloatArray
    undrawn: FloatArray
    pd: FloatArray
    lgd: FloatArray
    ltv: FloatArray
    provision: FloatArray
    turnover: FloatArray
    maturity: FloatArray
    best_estimate: FloatArray
    own_factor: FloatArray
    defaulted: BoolArray
    transactor: BoolArray
    regulatory: BoolArray
    rented: BoolArray
    mismatched: BoolArray
    notes: Labels

    @property
    def corporate(self) -> BoolArray:
        return self.codes == _CORPORATE

    @property
    def standardised_factor(self) -> FloatArray:
        """Conversion factor of each undrawn amount; the highest where a product is not mapped."""
        factors = [conversion_factor(kind, as_of=self.as_of) for kind in _KINDS]
        return np.array([*factors, max(factors)])[self.kinds]

    def label_conversion(self, labels: Labels) -> None:
        """Add the rule of the conversion factor where something is undrawn."""
        unmapped = OffBalanceKind.DIRECT_CREDIT_SUBSTITUTE
        labels.choose(("", *_KINDS, unmapped), np.where(self.undrawn > 0.0, self.kinds + 1, 0))


def _measure_batch(rows: pl.DataFrame, as_of: date, options: Options) -> pl.DataFrame:
    batch = _read(rows, as_of, options)
    _note_missing(batch)
    measured = [*_standardised(batch), *_internal(batch), batch.notes.series("notes")]
    return pl.DataFrame([rows["exposure_id"], rows["exposure_class"], *measured])


def _read(rows: pl.DataFrame, as_of: date, options: Options) -> _Batch:
    classes = {member.value: member.code for member in ExposureClass}
    kinds = {name: _KINDS.index(kind) for name, kind in options.product_kinds.items()}
    products = rows["product_type"].fill_null("")
    return _Batch(
        as_of=as_of,
        options=options,
        codes=rows["exposure_class"].replace_strict(classes, return_dtype=pl.Int8).to_numpy(),
        kinds=products.replace_strict(kinds, default=len(_KINDS), return_dtype=pl.Int8).to_numpy(),
        drawn=rows["drawn"].to_numpy(),
        undrawn=rows["undrawn"].to_numpy(),
        pd=rows["pd"].to_numpy(),
        lgd=rows["lgd"].to_numpy(),
        ltv=_plausible_ltv(rows),
        provision=rows["specific_provision"].fill_null(0.0).to_numpy(),
        turnover=rows["turnover_eur_m"].to_numpy(),
        maturity=rows["maturity"].to_numpy(),
        best_estimate=rows["best_estimate_el"].to_numpy(),
        own_factor=rows["own_conversion_factor"].to_numpy(),
        defaulted=rows["is_defaulted"].to_numpy(),
        transactor=rows["is_transactor"].fill_null(False).to_numpy(),
        regulatory=rows["is_regulatory_retail"].to_numpy(),
        rented=rows["is_cash_flow_dependent"].to_numpy(),
        mismatched=rows["has_currency_mismatch"].to_numpy(),
        notes=Labels(rows.height, separator="; "),
    )


def _plausible_ltv(rows: pl.DataFrame) -> FloatArray:
    """LTV of each exposure, NaN where none is known.

    A loan that is drawn has no LTV of 0: a delivered 0 is a missing value, and must not get
    the lowest weight.
    """
    impossible = (pl.col("ltv") == 0.0) & (pl.col("drawn") > 0.0)
    return rows.select(pl.when(~impossible).then("ltv")).to_series().to_numpy()


def _note_missing(batch: _Batch) -> None:
    is_home = batch.codes == ExposureClass.RESIDENTIAL_MORTGAGE.code
    unmapped = (batch.kinds == len(_KINDS)) & (batch.undrawn > 0.0)
    performing = ~batch.defaulted
    no_size = batch.corporate & np.isnan(batch.turnover) & performing
    no_term = batch.corporate & np.isnan(batch.maturity) & performing
    no_lgd = batch.corporate & np.isnan(batch.lgd)
    no_estimate = batch.defaulted & np.isnan(batch.best_estimate) & ~no_lgd
    for note, applies in (
        ("no LTV: weighed as other real estate (CRE20.89)", is_home & np.isnan(batch.ltv)),
        ("no turnover: not taken as a small firm (CRE20.47, CRE31.8)", no_size),
        ("product not mapped: undrawn part converted in full (CRE20.95)", unmapped),
        ("no LGD: foundation approach (CRE32.6)", no_lgd),
        ("no maturity: 2.5 years (CRE32.55)", no_term),
        ("no best-estimate loss: specific provision taken (CRE36.86)", no_estimate),
    ):
        batch.notes.add(note, applies)


def _standardised(batch: _Batch) -> list[pl.Series]:
    ead = batch.drawn + batch.standardised_factor * batch.undrawn - batch.provision
    ead = np.maximum(ead, 0.0)
    outstanding = np.where(batch.drawn > 0.0, batch.drawn, batch.undrawn)
    weights = standardised.weigh(
        batch.codes,
        ltv=batch.ltv,
        turnover_eur_m=batch.turnover,
        is_transactor=batch.transactor,
        is_regulatory_retail=batch.regulatory,
        is_cash_flow_dependent=batch.rented,
        has_currency_mismatch=batch.mismatched,
        is_defaulted=batch.defaulted,
        specific_provision=batch.provision,
        outstanding=outstanding,
        half_weight_option=batch.options.half_weight_option,
        as_of=batch.as_of,
    )
    rules = Labels(len(ead))
    rules.choose(standardised.WEIGHT_RULES, weights.rule)
    rules.add("CRE20.92:currency_mismatch", weights.is_mismatched)
    batch.label_conversion(rules)
    return [
        pl.Series("sa_ead", ead),
        pl.Series("sa_risk_weight", weights.weight),
        pl.Series("sa_rwa", ead * weights.weight),
        rules.series("sa_rules"),
    ]


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part over whole, at most 1; zero where the whole is."""
    return np.minimum(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0), 1.0)


def _internal(batch: _Batch) -> list[pl.Series]:
    factor = components.own_conversion_factor(
        batch.own_factor, batch.standardised_factor, as_of=batch.as_of
    )
    ead = batch.drawn + factor * batch.undrawn
    rules = Labels(len(ead))
    pd, lgd = _floored(batch, rules)
    loss = np.where(batch.defaulted, _best_estimate(batch, lgd, ead), pd * lgd)
    capital = np.where(
        batch.defaulted,
        irb.defaulted_capital(lgd, loss, as_of=batch.as_of),
        _performing_capital(batch, pd, lgd, rules),
    )
    batch.label_conversion(rules)
    estimated = (batch.undrawn > 0.0) & ~np.isnan(batch.own_factor)
    rules.add("CRE32.36:own_conversion_floor", estimated & (factor > batch.own_factor))
    weight = capital * rule("CRE31.5:rwa_multiplier", batch.as_of).value
    return [
        pl.Series("irb_ead", ead),
        pl.Series("irb_pd", pd),
        pl.Series("irb_lgd", lgd),
        pl.Series("irb_risk_weight", weight),
        pl.Series("irb_rwa", ead * weight),
        pl.Series("capital_requirement", ead * capital),
        pl.Series("expected_loss", ead * loss),
        rules.series("irb_rules"),
    ]


def _floored(batch: _Batch, rules: Labels) -> tuple[FloatArray, FloatArray]:
    """Return PD and LGD as used; adds the formula and the floors that bind to the rules."""
    foundation = batch.corporate & np.isnan(batch.lgd)
    supervisory = rule("CRE32.6:foundation_lgd", batch.as_of).part("corporate")
    pd = np.where(batch.defaulted, 1.0, batch.pd)
    lgd = np.where(foundation, supervisory, batch.lgd)
    floored_pd, floored_lgd = irb.apply_floors(
        pd,
        lgd,
        batch.codes,
        floors=batch.options.floors,
        is_transactor=batch.transactor,
        as_of=batch.as_of,
    )
    rules.choose(
        (*(CORRELATION_RULES[member] for member in ExposureClass), "CRE31.3:lowest_capital"),
        np.where(batch.defaulted, len(ExposureClass), batch.codes),
    )
    is_revolver = (batch.codes == ExposureClass.QRRE.code) & ~batch.transactor
    raised = floored_pd > pd
    rules.add("CRE32.4:pd_floor", raised & batch.corporate)
    rules.add("CRE32.58:pd_floor_qrre_revolver", raised & is_revolver)
    rules.add("CRE32.58:pd_floor_retail", raised & ~batch.corporate & ~is_revolver)
    rules.add("CRE32.6:foundation_lgd", foundation)
    for member, floor in _LGD_FLOORS.items():
        rules.add(floor, (floored_lgd > lgd) & (batch.codes == member.code))
    return floored_pd, floored_lgd


def _best_estimate(batch: _Batch, lgd: FloatArray, ead: FloatArray) -> FloatArray:
    """Best-estimate loss of defaulted exposures: given, supervisory (CRE35.3) or provisioned."""
    foundation = batch.corporate & np.isnan(batch.lgd)
    provisioned = _share(batch.provision, ead)
    known = np.where(np.isnan(batch.best_estimate), provisioned, batch.best_estimate)
    return np.where(foundation, lgd, known)


def _performing_capital(
    batch: _Batch, pd: FloatArray, lgd: FloatArray, rules: Labels
) -> FloatArray:
    largest = rule("CRE31.8:size_adjustment", batch.as_of).part("largest_eur_m")
    fixed = np.isnan(batch.lgd) | np.isnan(batch.maturity)
    supervisory = rule("CRE32.44:foundation_maturity", batch.as_of).value
    years = np.where(fixed, supervisory, batch.maturity)
    concerned = batch.corporate & ~batch.defaulted
    held = components.effective_maturity(years, as_of=batch.as_of)
    rules.add("CRE31.8:size_adjustment", concerned & (settled(batch.turnover) < largest))
    rules.add("CRE32.44:foundation_maturity", concerned & fixed)
    rules.add("CRE32.46:effective_maturity", concerned & (held != years))
    return irb.capital_requirement(
        pd,
        lgd,
        batch.codes,
        maturity=years,
        turnover_eur_m=np.where(np.isnan(batch.turnover), largest, batch.turnover),
        floors=False,
        as_of=batch.as_of,
    )
