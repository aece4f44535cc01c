"""Own funds, capital ratios and the buffer above them: chapters RBC20 and RBC30.

Capital ratios, buffers and limits on distributions. RWA come from the modules
of each risk, after `output_floor`; amounts are decimals.
"""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule


class CapitalMeasure(StrEnum):
    """The kinds of own funds with a minimum; the value is the name of its rule."""

    CET1 = "RBC20.1:minimum_cet1"
    TIER1 = "RBC20.1:minimum_tier1"
    TOTAL = "RBC20.1:minimum_total"


@dataclass(frozen=True)
class OwnFunds:
    """Own funds by component, in one currency.

    Attributes:
        cet1_instruments: Common shares and the premium paid for them.
        retained_earnings: Retained earnings and other reserves; a loss is negative.
        cet1_deductions: Deductions from CET1, as a positive amount: goodwill, tax assets, the
            shortfall of provisions under IRB (CAP30.13).
        additional_tier1: Additional Tier 1 instruments, net of deductions.
        tier2: Tier 2 instruments and the provisions that count (CAP10.18, CAP10.19), net.
    """

    cet1_instruments: Decimal
    retained_earnings: Decimal
    cet1_deductions: Decimal = ZERO
    additional_tier1: Decimal = ZERO
    tier2: Decimal = ZERO

    def __post_init__(self) -> None:
        for component in fields(self):
            amount = decimal_amount(
                component.name,
                getattr(self, component.name),
                may_be_negative=component.name == "retained_earnings",
            )
            object.__setattr__(self, component.name, amount)

    @property
    def cet1(self) -> Decimal:
        """Common Equity Tier 1 after deductions; losses can make it negative."""
        return self.cet1_instruments + self.retained_earnings - self.cet1_deductions

    @property
    def tier1(self) -> Decimal:
        """CET1 and Additional Tier 1."""
        return self.cet1 + self.additional_tier1

    @property
    def total(self) -> Decimal:
        """Tier 1 and Tier 2."""
        return self.tier1 + self.tier2

    def of(self, measure: CapitalMeasure) -> Decimal:
        """Return the amount of one measure."""
        amounts = {
            CapitalMeasure.CET1: self.cet1,
            CapitalMeasure.TIER1: self.tier1,
            CapitalMeasure.TOTAL: self.total,
        }
        return amounts[measure]


@dataclass(frozen=True)
class CapitalRatio:
    """One ratio against its minimum.

    Attributes:
        measure: Measure of own funds.
        capital: Their amount.
        ratio: Capital over RWA, as a fraction, not rounded.
        minimum: Lowest ratio allowed, as a fraction.
        required: Capital for the minimum.
        rule_id: The rule of the minimum.
    """

    measure: CapitalMeasure
    capital: Decimal
    ratio: Decimal
    minimum: Decimal
    required: Decimal
    rule_id: str

    @property
    def surplus(self) -> Decimal:
        """Capital above the minimum; negative where it falls short."""
        return self.capital - self.required

    @property
    def is_met(self) -> bool:
        """True where the capital reaches the minimum, decided on amounts, before any rounding."""
        return self.surplus >= ZERO


@dataclass(frozen=True)
class CapitalRatios:
    """The three ratios of RBC20.1 on one date."""

    cet1: CapitalRatio
    tier1: CapitalRatio
    total: CapitalRatio

    @property
    def all(self) -> tuple[CapitalRatio, ...]:
        """The ratios from the narrowest measure to the widest."""
        return self.cet1, self.tier1, self.total

    @property
    def failing(self) -> tuple[CapitalRatio, ...]:
        """The ratios below their minimum; empty for a bank that meets all."""
        return tuple(ratio for ratio in self.all if not ratio.is_met)


def capital_ratios(own_funds: OwnFunds, rwa: Amount, as_of: date = LATEST) -> CapitalRatios:
    """Return the ratios of own funds to RWA against their minimum (RBC20.1).

    Args:
        own_funds: Components of own funds.
        rwa: Risk-weighted assets after the output floor, in the same currency.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If RWA are not above zero.
        MissingRuleError: If the minimums are not known for that date.
    """
    assets = _above_zero(rwa)
    ratios = {measure: _ratio(own_funds, measure, assets, as_of) for measure in CapitalMeasure}
    return CapitalRatios(
        cet1=ratios[CapitalMeasure.CET1],
        tier1=ratios[CapitalMeasure.TIER1],
        total=ratios[CapitalMeasure.TOTAL],
    )


def _above_zero(rwa: Amount) -> Decimal:
    assets = decimal_amount("rwa", rwa)
    if assets == ZERO:
        raise RiskInputError("rwa is zero.", "A ratio needs risk-weighted assets above zero.")
    return assets


def _ratio(own_funds: OwnFunds, measure: CapitalMeasure, rwa: Decimal, as_of: date) -> CapitalRatio:
    minimum = rule(measure, as_of)
    capital = own_funds.of(measure)
    return CapitalRatio(
        measure=measure,
        capital=capital,
        ratio=capital / rwa,
        minimum=minimum.exact,
        required=minimum.exact * rwa,
        rule_id=minimum.rule_id,
    )


@dataclass(frozen=True)
class BufferPosition:
    """Available buffer above the minimums, and the share of earnings to conserve.

    Attributes:
        required: Conservation, countercyclical and systemic buffer over RWA, as a fraction.
        available: CET1 left after all minimums, over RWA; zero where a minimum fails.
        earnings_conserved: Share of earnings that must be kept, as a fraction.
        rules: The rules used, by id.
    """

    required: Decimal
    available: Decimal
    earnings_conserved: Decimal
    rules: tuple[str, ...]


def buffer_position(
    own_funds: OwnFunds,
    rwa: Amount,
    as_of: date = LATEST,
    *,
    countercyclical: Decimal = ZERO,
    systemic: Decimal = ZERO,
) -> BufferPosition:
    """Return the buffer position and the share of earnings to keep (RBC30.2, RBC30.4, RBC30.9).

    CET1 first meets the CET1 minimum and what AT1 and Tier 2 leave of the Tier 1 and the total
    minimum; only the rest fills the buffer. TLAC, where it applies, is not taken into account.

    Args:
        own_funds: Components of own funds.
        rwa: Risk-weighted assets after the output floor.
        as_of: Date of the rules.
        countercyclical: The bank's countercyclical buffer over RWA, as a fraction; it widens the
            buffer and each of its quarters.
        systemic: Higher loss absorbency of a systemically important bank over RWA, as a fraction,
            which widens the buffer in the same way (RBC40.2).

    Raises:
        RiskInputError: If RWA are not above zero, or the countercyclical buffer is too high.
        MissingRuleError: If the rules are not known for that date.
    """
    assets = _above_zero(rwa)
    cyclical = decimal_amount("countercyclical", countercyclical)
    highest = rule("RBC30.9:countercyclical_maximum", as_of)
    if cyclical > highest.exact:
        raise RiskInputError(
            f"countercyclical is {cyclical}, above {highest.exact}.", "See RBC30.9; use a fraction."
        )
    conservation = rule("RBC30.2:conservation_buffer", as_of)
    conserved = rule("RBC30.4:earnings_conserved", as_of)
    required = conservation.exact + cyclical + decimal_amount("systemic", systemic)
    ratios = capital_ratios(own_funds, assets, as_of).all
    # Each minimum takes CET1 for what the other own funds of its measure do not cover.
    left = min(ratio.surplus for ratio in ratios)
    available = max(left / assets, ZERO)
    filled, whole = max(left, ZERO), required * assets
    bands = sorted((Decimal(part), share) for part, share in conserved.values.items())
    share = next(share for upper, share in bands if filled <= upper * whole)
    return BufferPosition(
        required=required,
        available=available,
        earnings_conserved=share,
        rules=(conservation.rule_id, conserved.rule_id),
    )
