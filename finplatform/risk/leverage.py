"""The leverage ratio: chapters LEV20, LEV30 and LEV40 of the Basel Framework.

Belongs here: the exposure measure on totals, and the ratio against its minimum, in decimals. The
counterparty-risk figures of derivatives and of securities financing come from their own ledgers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.off_balance import OffBalanceKind
from finplatform.risk.rules import LATEST, rule


@dataclass(frozen=True)
class LeverageExposure:
    """Components of the exposure measure, in one currency (LEV30).

    Attributes:
        on_balance: Assets at book value before provisions, without derivatives and securities
            financing.
        specific_provisions: Specific provisions for them, which come off (LEV30.9).
        tier1_deductions: Assets already deducted from Tier 1, which would count twice (LEV30.3).
        replacement_cost: Replacement cost of derivatives.
        potential_future_exposure: Potential future exposure of derivatives.
        securities_financing: Gross receivables of securities financing and its counterparty risk.
        off_balance: Notional amounts by kind.
    """

    on_balance: Decimal
    specific_provisions: Decimal = ZERO
    tier1_deductions: Decimal = ZERO
    replacement_cost: Decimal = ZERO
    potential_future_exposure: Decimal = ZERO
    securities_financing: Decimal = ZERO
    off_balance: Mapping[OffBalanceKind, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class LeverageRatio:
    """The leverage ratio against its requirement.

    Attributes:
        tier1: Tier 1 capital.
        exposure_measure: The denominator.
        ratio: Tier 1 over the exposure measure, as a fraction, not rounded.
        minimum: Lowest ratio allowed: 3% (LEV20.7).
        buffer: Buffer of a G-SIB: half its higher loss absorbency (LEV40.2).
        rules: The rules used, by id.
    """

    tier1: Decimal
    exposure_measure: Decimal
    ratio: Decimal
    minimum: Decimal
    buffer: Decimal
    rules: tuple[str, ...]

    @property
    def surplus(self) -> Decimal:
        """Tier 1 above minimum and buffer; negative where it falls short."""
        return self.tier1 - (self.minimum + self.buffer) * self.exposure_measure

    @property
    def is_met(self) -> bool:
        """True where Tier 1 reaches the minimum, decided on amounts, before any rounding."""
        return self.tier1 >= self.minimum * self.exposure_measure


def exposure_measure(exposure: LeverageExposure, as_of: date = LATEST) -> Decimal:
    """Return the exposure measure: on-balance, derivatives, financing and off-balance (LEV20.5).

    Off-balance items are converted by the factors of the standardised approach (CRE20.94-20.101).

    Raises:
        RiskInputError: If an amount is negative or no exact number, or a kind is unknown, or more
            is deducted than there is on the balance sheet.
        MissingRuleError: If the rules are not known for that date.
    """
    on_balance = (
        decimal_amount("on_balance", exposure.on_balance)
        - decimal_amount("specific_provisions", exposure.specific_provisions)
        - decimal_amount("tier1_deductions", exposure.tier1_deductions)
    )
    if on_balance < ZERO:
        raise RiskInputError(
            "More is deducted than there is on the balance sheet.",
            "Give assets before provisions and before deductions.",
        )
    derivatives = decimal_amount("replacement_cost", exposure.replacement_cost) + decimal_amount(
        "potential_future_exposure", exposure.potential_future_exposure
    )
    multiplier = rule("LEV30.15:derivative_multiplier", as_of).exact
    financing = decimal_amount("securities_financing", exposure.securities_financing)
    converted = ZERO
    for kind, notional in exposure.off_balance.items():
        if kind not in tuple(OffBalanceKind):
            raise RiskInputError(
                f"Unknown off-balance kind: {kind!r}.",
                f"Use one of: {', '.join(member.name for member in OffBalanceKind)}.",
            )
        converted += rule(kind, as_of).exact * decimal_amount(kind, notional)
    return on_balance + multiplier * derivatives + financing + converted


def leverage_ratio(
    tier1: Amount,
    exposure: LeverageExposure,
    as_of: date = LATEST,
    *,
    higher_loss_absorbency: Decimal = ZERO,
) -> LeverageRatio:
    """Return Tier 1 over the exposure measure (LEV20.3-20.7, LEV40.2).

    Args:
        tier1: Tier 1 capital after deductions; losses can make it negative.
        exposure: Components of the measure.
        as_of: Date of the rules.
        higher_loss_absorbency: The G-SIB's requirement over RWA, as a fraction; zero for others.

    Raises:
        RiskInputError: If an amount cannot be taken, or the exposure measure is zero.
        MissingRuleError: If the rules are not known for that date.
    """
    capital = decimal_amount("tier1", tier1, may_be_negative=True)
    measure = exposure_measure(exposure, as_of)
    if measure == ZERO:
        raise RiskInputError(
            "The exposure measure is zero.", "A ratio needs an exposure above zero."
        )
    minimum = rule("LEV20.7:minimum_leverage_ratio", as_of)
    share = rule("LEV40.2:systemic_share", as_of)
    absorbency = decimal_amount("higher_loss_absorbency", higher_loss_absorbency)
    return LeverageRatio(
        tier1=capital,
        exposure_measure=measure,
        ratio=capital / measure,
        minimum=minimum.exact,
        buffer=share.exact * absorbency,
        rules=(minimum.rule_id, share.rule_id),
    )
