"""Rules with bands: a bound belongs to the band below it; every threshold has its edges."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import pytest

from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.capital import OwnFunds, buffer_position
from finplatform.risk.market.backtesting import multiplier
from finplatform.risk.market.simplified import interest_rate_charge
from finplatform.risk.mitigation import FinancialCollateral, haircut
from finplatform.risk.rules import rule, rule_rows
from finplatform_tests.unit.risk import test_credit_edges, test_figure_edges, test_other_edges
from finplatform_tests.unit.risk.edges import AS_OF

ZERO = Decimal(0)
COUPONS = {"long": Decimal("0.03"), "short": Decimal("0.029999")}
# MAR40.3: upper end of each band in months, for coupons of 3% and more, and for lower ones.
BAND_ENDS = {
    "long": ["1", "3", "6", "12", "24", "36", "48", "60", "84", "120", "180", "240"],
    "short": [
        *("1", "3", "6", "12", "22.8", "33.6", "43.2", "51.6", "68.4", "87.6"),
        *("111.6", "127.2", "144", "240"),
    ],
}


@dataclass(frozen=True)
class Banded:
    """One banded rule: what a measure leads to, and the smallest step of the measure."""

    judge: Callable[[Decimal], float]
    step: Decimal = Decimal("0.000001")


def home_weight(ltv: Decimal, *, rented: bool) -> float:
    facts = Characteristics(ltv=ltv, is_cash_flow_dependent=rented)
    return float(risk_weight(AssetClass.RESIDENTIAL_MORTGAGE, facts))


def rented_commercial(ltv: Decimal) -> float:
    facts = Characteristics(ltv=ltv, is_cash_flow_dependent=True)
    return float(risk_weight(AssetClass.COMMERCIAL_PROPERTY, facts))


def conserved(filled: Decimal) -> float:
    """Share of earnings to keep on RWA of a million with so much of the buffer of 2.5% filled."""
    million = Decimal(10) ** 6
    cet1 = million * (Decimal("0.045") + filled * Decimal("0.025"))
    funds = OwnFunds(cet1, ZERO, additional_tier1=million / 50, tier2=million / 25)
    return float(buffer_position(funds, million, AS_OF).earnings_conserved)


def debt_charge(months: Decimal, coupon: Decimal, issuer: str = "government") -> float:
    """Charge on one long position of one unit."""
    position = {
        "currency": "EUR",
        "months": months,
        "coupon": coupon,
        "amount": 1,
        "issuer": issuer,
    }
    return interest_rate_charge(pl.DataFrame([position]), AS_OF)


def specific_charge(months: Decimal) -> float:
    coupon = COUPONS["long"]
    return debt_charge(months, coupon, "qualifying") - debt_charge(months, coupon)


def covered_bond(issuer: Decimal) -> float:
    facts = Characteristics(counterparty_weight=issuer)
    return float(risk_weight(AssetClass.COVERED_BOND, facts, AS_OF))


def haircut_of(kind: FinancialCollateral) -> Callable[[Decimal], float]:
    return lambda years: float(haircut(kind, years, as_of=AS_OF))


BANDED = {
    # A cent of a million's buffer.
    "RBC30.4:earnings_conserved": Banded(conserved, Decimal("0.0000004")),
    "CRE20.82:residential_whole_loan": Banded(lambda ltv: home_weight(ltv, rented=False)),
    "CRE20.84:residential_cash_flow": Banded(lambda ltv: home_weight(ltv, rented=True)),
    "CRE20.87:commercial_cash_flow": Banded(rented_commercial),
    **{
        f"CRE22.49:{name}": Banded(haircut_of(FinancialCollateral[name.upper()]))
        for name in (
            *("sovereign_high", "sovereign_medium", "issuer_high", "issuer_medium"),
            *("securitisation_high", "securitisation_medium"),
        )
    },
    "CRE20.38:covered_bond_unrated": Banded(covered_bond),
    "MAR32.9:multiplier": Banded(lambda count: multiplier(int(count), AS_OF), Decimal(1)),
    "MAR40.3:specific_qualifying": Banded(specific_charge),
}


def bounds_of(rule_id: str) -> list[Decimal]:
    """Upper ends of the bands, but for the last, which has none."""
    return sorted(Decimal(part) for part in rule(rule_id).values if part != "inf")


def figure_of(rule_id: str, measure: Decimal) -> float:
    """Figure of the first band that reaches the measure."""
    bands = sorted((Decimal(part), float(value)) for part, value in rule(rule_id).values.items())
    return next(value for upper, value in bands if measure <= upper)


@pytest.mark.parametrize(
    ("rule_id", "bound"),
    [(rule_id, bound) for rule_id in BANDED for bound in bounds_of(rule_id)],
)
def test_a_bound_belongs_to_the_band_below_and_one_step_more_to_the_next(
    rule_id: str, bound: Decimal
) -> None:
    banded = BANDED[rule_id]
    measures = [bound - banded.step, bound, bound + banded.step]
    expected = [figure_of(rule_id, measure) for measure in measures]
    found = [banded.judge(measure) for measure in measures]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("coupon", "band", "end"),
    [(coupon, band, end) for coupon, ends in BAND_ENDS.items() for band, end in enumerate(ends)],
)
def test_mar40_3_a_maturity_at_the_end_of_a_band_belongs_to_it(
    coupon: str, band: int, end: str
) -> None:
    step, weights = Decimal("0.000001"), rule("MAR40.3:band_weight", AS_OF)
    months = [Decimal(end) - step, Decimal(end), Decimal(end) + step]
    expected = [weights.part(str(number)) for number in (band, band, band + 1)]
    found = [debt_charge(month, COUPONS[coupon]) for month in months]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("coupon", "band"),
    [("0.029999", 8), ("0.03", 7), ("0.030001", 7)],
    ids=["below", "at", "above"],
)
def test_mar40_3_the_longer_bands_hold_from_a_coupon_of_3_percent(coupon: str, band: int) -> None:
    weight = rule("MAR40.3:band_weight", AS_OF).part(str(band))
    assert debt_charge(Decimal(60), Decimal(coupon)) == pytest.approx(weight)


THRESHOLD = re.compile(
    r"^(Highest|Lowest|Fewest|Shortest|Longest)|up to|from which|above which|below which"
    r"|over RWA$|over the loan$|over net outflows|over required|over the exposure measure"
    r"|reach together|at the latest|at most|insures|Days of the backtest|output floor$"
)
# Weights and factors that a threshold leads to, and limits on what no figure of a book moves.
NO_THRESHOLD = {
    # Weights of collateral are table values: none lies next to the floor.
    "CRE22.34:simple_floor",
    "CRE20.92:currency_mismatch",
    "LEV40.2:systemic_share",
    "MAR40.3:disallowance",
    "NSF30.30:low_weight_loan",
    "NSF30.30:low_weight_mortgage",
}


def test_every_threshold_of_the_rules_has_its_edges() -> None:
    tables = (test_credit_edges.EDGES, test_other_edges.EDGES, test_figure_edges.EDGES)
    judged = {edge.rule for table in tables for edge in table} | set(BANDED)
    judged.add("MAR40.3:coupon_threshold")
    thresholds = {row.rule_id for row in rule_rows() if THRESHOLD.search(row.description)}
    assert thresholds - judged - NO_THRESHOLD == set()
    banded = {row.rule_id for row in rule_rows() if row.part == "inf"}
    assert banded - judged == set()
