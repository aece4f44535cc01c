"""Operational risk by the standardised approach: chapter OPE25 of the Basel Framework.

    capital = business indicator component x internal loss multiplier, RWA = 12.5 x capital

Belongs here: the business indicator, the loss component and the capital requirement, in decimals.
Which loss events count, and in which year, is `operational_losses`; exclusions from the business
indicator (OPE10.3) are in `reports.operational`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, localcontext

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import settled_decimal

_GUARD_DIGITS = 10
_SIGNED = ("trading_result", "banking_result")


@dataclass(frozen=True)
class BusinessYear:
    """Items of one financial year that make the business indicator (OPE10.2), in one currency.

    Attributes:
        interest_income: Interest received on loans, securities and leases.
        interest_expense: Interest paid, as a positive amount.
        interest_earning_assets: Their gross amount at the end of the year.
        dividend_income: Dividends from what is not consolidated.
        fee_income: Fees and commissions received.
        fee_expense: Fees and commissions paid, as a positive amount.
        other_operating_income: Ordinary income that is in no other item.
        other_operating_expense: Such expense, losses from operational events included.
        trading_result: Net profit of the trading book; a loss is negative.
        banking_result: Net profit of the banking book at fair value; a loss is negative.
    """

    interest_income: Decimal = ZERO
    interest_expense: Decimal = ZERO
    interest_earning_assets: Decimal = ZERO
    dividend_income: Decimal = ZERO
    fee_income: Decimal = ZERO
    fee_expense: Decimal = ZERO
    other_operating_income: Decimal = ZERO
    other_operating_expense: Decimal = ZERO
    trading_result: Decimal = ZERO
    banking_result: Decimal = ZERO

    def __post_init__(self) -> None:
        for item in fields(self):
            amount = decimal_amount(
                item.name, getattr(self, item.name), may_be_negative=item.name in _SIGNED
            )
            object.__setattr__(self, item.name, amount)


@dataclass(frozen=True)
class BusinessIndicator:
    """The business indicator by component, in the currency of its years (OPE25.3)."""

    interest_leases_dividends: Decimal
    services: Decimal
    financial: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of the three components."""
        return self.interest_leases_dividends + self.services + self.financial


@dataclass(frozen=True)
class OperationalRequirement:
    """Capital for operational risk, with the steps to it; amounts in the currency of the inputs.

    Attributes:
        business_indicator: The three components.
        bucket: 1, 2 or 3, by the size of the business indicator (OPE25.6).
        business_indicator_component: Business indicator times the marginal coefficients.
        loss_component: 15 times the average yearly loss; None where losses are not used.
        loss_multiplier: Internal loss multiplier.
        capital: The requirement.
        rwa: 12.5 times the requirement.
        rules: The rules used, by id.
    """

    business_indicator: BusinessIndicator
    bucket: int
    business_indicator_component: Decimal
    loss_component: Decimal | None
    loss_multiplier: Decimal
    capital: Decimal
    rwa: Decimal
    rules: tuple[str, ...]


@dataclass(frozen=True)
class OperationalOptions:
    """Options of the supervisor.

    Attributes:
        ignores_losses: The multiplier is one for every bank of the country (OPE25.11).
        uses_losses_in_first_bucket: Banks of the first bucket may use their losses (OPE25.11).
        has_good_loss_data: False where the loss data miss the standards: the component is then
            held in full (OPE25.13).
        supervisory_multiplier: Set by the supervisor where the data miss the standards;
            one or more.
    """

    ignores_losses: bool = False
    uses_losses_in_first_bucket: bool = False
    has_good_loss_data: bool = True
    supervisory_multiplier: Decimal | None = None


NO_OPTIONS = OperationalOptions()
"""The rules as they are, for a bank whose loss data meet the standards."""


def business_indicator(years: Sequence[BusinessYear], as_of: date = LATEST) -> BusinessIndicator:
    """Return the business indicator of the last three years (OPE25.3-25.5).

    Net items are made absolute year by year, before the average is taken (OPE25.5).

    Args:
        years: The three years, in any order.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If there are not three years.
        MissingRuleError: If the rules are not known for that date.
    """
    count = int(rule("OPE25.5:years_averaged", as_of).exact)
    if len(years) != count:
        raise RiskInputError(
            f"The business indicator has {len(years)} year(s).", f"Give the last {count} years."
        )

    def average(amounts: Sequence[Decimal]) -> Decimal:
        return sum(amounts, ZERO) / count

    def mean(item: str) -> Decimal:
        return average([getattr(year, item) for year in years])

    interest = average([abs(year.interest_income - year.interest_expense) for year in years])
    margin = rule("OPE25.4:interest_margin_cap", as_of).exact * mean("interest_earning_assets")
    return BusinessIndicator(
        interest_leases_dividends=min(interest, margin) + mean("dividend_income"),
        services=max(mean("other_operating_income"), mean("other_operating_expense"))
        + max(mean("fee_income"), mean("fee_expense")),
        financial=average([abs(year.trading_result) for year in years])
        + average([abs(year.banking_result) for year in years]),
    )


def business_indicator_component(
    indicator: Amount, as_of: date = LATEST, *, eur_per_unit: Amount = 1
) -> tuple[Decimal, int]:
    """Return the business indicator component and the bucket (OPE25.6, OPE25.7).

    Args:
        indicator: Business indicator.
        as_of: Date of the rules.
        eur_per_unit: Price in EUR of the currency of the amounts; the buckets are in EUR.

    Raises:
        RiskInputError: If the indicator is negative or the price not above zero.
        MissingRuleError: If the rules are not known for that date.
    """
    total, price = decimal_amount("business indicator", indicator), _price(eur_per_unit)
    coefficients = rule("OPE25.7:marginal_coefficient", as_of).values
    # The average of three years has thirds, whose last digits may not choose the bucket.
    in_eur = settled_decimal(total * price)
    component, lower, bucket = ZERO, ZERO, 1
    bands = sorted((Decimal(part), share) for part, share in coefficients.items())
    for number, (bound, share) in enumerate(bands, start=1):
        if in_eur > lower:
            component += share * (min(total, bound / price) - lower / price)
            bucket = number
        lower = bound
    return component, bucket


def internal_loss_multiplier(
    loss_component: Amount, component: Amount, as_of: date = LATEST
) -> Decimal:
    """Return ln(e - 1 + (LC / BIC) ^ 0.8): one where the two are equal (OPE25.9).

    Args:
        loss_component: 15 times the average yearly loss.
        component: Business indicator component, above zero.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If an amount is negative, or the component is zero.
        MissingRuleError: If the rule is not known for that date.
    """
    losses = decimal_amount("loss_component", loss_component)
    business = decimal_amount("business indicator component", component)
    if business == ZERO:
        raise RiskInputError(
            "The business indicator component is zero.", "A bank without income has no multiplier."
        )
    exponent = rule("OPE25.9:loss_exponent", as_of).exact
    with localcontext() as context:
        # More digits than the result keeps, so that equal components give one and no 0.999...
        context.prec += _GUARD_DIGITS
        multiplier = (Decimal(1).exp() - 1 + (losses / business) ** exponent).ln()
    return +multiplier


def operational_requirement(
    years: Sequence[BusinessYear],
    yearly_losses: Sequence[Amount],
    as_of: date = LATEST,
    *,
    eur_per_unit: Amount = 1,
    options: OperationalOptions = NO_OPTIONS,
) -> OperationalRequirement:
    """Return capital and RWA for operational risk (OPE25.2-25.13).

    Args:
        years: The last three financial years.
        yearly_losses: Net losses of each year of high-quality data, newest last; more than ten are
            cut to the newest ten (OPE25.8), fewer than five are not used (OPE25.10). A year
            without losses is a zero, not a gap; recoveries can make a year negative.
        as_of: Date of the rules.
        eur_per_unit: Price in EUR of the currency of the amounts.
        options: Options of the supervisor.

    Raises:
        RiskInputError: If an amount cannot be taken, or the supervisor's multiplier is below one.
        MissingRuleError: If the rules are not known for that date.
    """
    indicator = business_indicator(years, as_of)
    component, bucket = business_indicator_component(
        indicator.total, as_of, eur_per_unit=eur_per_unit
    )
    losses = _loss_component(yearly_losses, as_of)
    multiplier, used = _multiplier(losses, component, bucket, options, as_of)
    capital = component * multiplier
    return OperationalRequirement(
        business_indicator=indicator,
        bucket=bucket,
        business_indicator_component=component,
        loss_component=losses,
        loss_multiplier=multiplier,
        capital=capital,
        rwa=rule("OPE25.2:rwa_multiplier", as_of).exact * capital,
        rules=("OPE25.4:interest_margin_cap", "OPE25.7:marginal_coefficient", used),
    )


def _price(eur_per_unit: Amount) -> Decimal:
    price = decimal_amount("eur_per_unit", eur_per_unit)
    if price == ZERO:
        raise RiskInputError("eur_per_unit is zero.", "Give the price in EUR of one unit.")
    return price


def _loss_component(yearly_losses: Sequence[Amount], as_of: date) -> Decimal | None:
    """15 times the average yearly loss (OPE25.8), None with too few years (OPE25.10)."""
    longest = int(rule("OPE25.8:loss_years", as_of).exact)
    losses = [decimal_amount("yearly loss", loss, may_be_negative=True) for loss in yearly_losses][
        -longest:
    ]
    if len(losses) < rule("OPE25.10:least_loss_years", as_of).exact:
        return None
    average = max(sum(losses, ZERO), ZERO) / len(losses)
    return rule("OPE25.8:loss_multiplier", as_of).exact * average


def _multiplier(
    losses: Decimal | None,
    component: Decimal,
    bucket: int,
    options: OperationalOptions,
    as_of: date,
) -> tuple[Decimal, str]:
    """Return the multiplier and the rule that gives it."""
    neutral = rule("OPE25.11:neutral_multiplier", as_of)
    in_first = bucket == 1 and not options.uses_losses_in_first_bucket
    if options.ignores_losses or in_first:
        return neutral.exact, neutral.rule_id
    if not options.has_good_loss_data:
        given = options.supervisory_multiplier
        multiplier = neutral.exact if given is None else decimal_amount("multiplier", given)
        if multiplier < neutral.exact:
            raise RiskInputError(
                f"supervisory_multiplier is {multiplier}.", "OPE25.13 requires one or more."
            )
        return multiplier, "OPE25.11:neutral_multiplier"
    if losses is None or component == ZERO:
        return neutral.exact, "OPE25.10:least_loss_years"
    return internal_loss_multiplier(losses, component, as_of), "OPE25.9:loss_exponent"
