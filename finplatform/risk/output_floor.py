"""The output floor of RWA as a share of standardised RWA (RBC20.4, RBC20.11-20.13).

Belongs here: the floor, its calendar and the transitional cap, on totals by kind of risk. How each
total comes about belongs to the module of that risk.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finplatform.risk.money import ZERO, decimal_amount
from finplatform.risk.rules import find_rule, rule


@dataclass(frozen=True)
class RiskWeightedAssets:
    """RWA by kind of risk, in one currency.

    For the base of the floor, all of it comes from standardised approaches: no IRB, SEC-IRBA, IMA,
    VaR for counterparty risk or IMM (RBC20.11, RBC20.12).
    """

    credit: Decimal
    market: Decimal = ZERO
    operational: Decimal = ZERO

    def __post_init__(self) -> None:
        for name in ("credit", "market", "operational"):
            amount = decimal_amount(f"{name} RWA", getattr(self, name))
            object.__setattr__(self, name, amount)

    @property
    def total(self) -> Decimal:
        """The sum over the kinds of risk."""
        return self.credit + self.market + self.operational


@dataclass(frozen=True)
class FlooredAssets:
    """RWA after the output floor, with the steps to it; amounts in the currency of the inputs.

    Attributes:
        before_floor: RWA of the nominated approaches.
        floor_base: RWA of the standardised approaches.
        calibration: Share of the base that is the floor, as a fraction.
        floor: Base times calibration.
        cap: Highest RWA while the transitional cap holds, else None.
        rwa: RWA that capital is held against.
        rules: The rules used, by id.
    """

    before_floor: Decimal
    floor_base: Decimal
    calibration: Decimal
    floor: Decimal
    cap: Decimal | None
    rwa: Decimal
    rules: tuple[str, ...]

    @property
    def is_binding(self) -> bool:
        """True where the floor raises RWA."""
        return self.rwa > self.before_floor

    @property
    def is_capped(self) -> bool:
        """True where the transitional cap holds back the floor."""
        return self.cap is not None and self.floor > self.cap


def apply_output_floor(
    nominated: RiskWeightedAssets,
    standardised: RiskWeightedAssets,
    as_of: date,
    *,
    has_transitional_cap: bool = False,
) -> FlooredAssets:
    """Return the larger of the nominated RWA and the floor (RBC20.4, RBC90.1, RBC90.2).

    Args:
        nominated: RWA by the approaches that the bank uses.
        standardised: RWA of the same exposures by standardised approaches alone.
        as_of: Date of the calibration.
        has_transitional_cap: Whether the supervisor limits the increase (RBC90.2). The cap ends
            with the phase-in; later the full floor holds whatever is passed here.

    Returns:
        RWA after the floor, with each step.

    Raises:
        MissingRuleError: If no calibration is in force on that date.
    """
    calibration = rule("RBC90.1:output_floor", as_of)
    before, base = nominated.total, standardised.total
    floor = base * calibration.exact
    rules = [calibration.rule_id]
    cap: Decimal | None = None
    limit = find_rule("RBC90.2:output_floor_cap", as_of) if has_transitional_cap else None
    if limit is not None:
        cap = before * (1 + limit.exact)
        rules.append(limit.rule_id)
    held = floor if cap is None else min(floor, cap)
    return FlooredAssets(
        before_floor=before,
        floor_base=base,
        calibration=calibration.exact,
        floor=floor,
        cap=cap,
        rwa=max(before, held),
        rules=tuple(rules),
    )
