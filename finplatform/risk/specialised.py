"""Specialised lending: standardised weights (CRE20.48-20.52) and supervisory slotting (CRE33).

Belongs here: the kinds of lending, the five supervisory categories, their weights and expected
losses. The category of a loan by the criteria of CRE33.13-33.16 is an input.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.arrays import FloatArray, refuse
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, Rule, rule
from finplatform.risk.thresholds import settled
from finplatform.risk.weighing import Choice, Facts, RuleArray, Weighed, by_step, first_of


class LendingKind(StrEnum):
    """Kinds of specialised lending; the value is the part of CRE20.51."""

    OBJECT_FINANCE = "object_finance"
    COMMODITIES_FINANCE = "commodities_finance"
    PROJECT_PRE_OPERATIONAL = "project_pre_operational"
    PROJECT_OPERATIONAL = "project_operational"


class SlottingCategory(StrEnum):
    """Supervisory categories of CRE33.2."""

    STRONG = "strong"
    GOOD = "good"
    SATISFACTORY = "satisfactory"
    WEAK = "weak"
    DEFAULT = "default"


LENDING_KINDS, CATEGORIES = tuple(LendingKind), tuple(SlottingCategory)


def weigh_specialised(own: Facts, as_of: date) -> Weighed:
    """Specialised lending by the rating of the issue (CRE20.50), or by its kind (CRE20.51).

    A project in its operational phase may be of high quality (CRE20.52).
    """
    rated = rule("CRE20.43:corporate_rated", as_of)
    unrated = rule("CRE20.51:specialised_lending", as_of)
    best = rule("CRE20.52:project_high_quality", as_of)
    kind, step = own["lending_kind"], own["quality_step"]
    is_best = own["is_high_quality"] & (
        kind == LENDING_KINDS.index(LendingKind.PROJECT_OPERATIONAL)
    )
    weights = np.array([unrated.part(name) for name in LENDING_KINDS])[kind]
    return first_of(
        [
            (step > 0, rated.rule_id, by_step(rated, step)),
            (is_best, best.rule_id, best.value),
            (True, unrated.rule_id, weights),
        ]
    )


@dataclass(frozen=True)
class Slotted:
    """Weights by supervisory category.

    Attributes:
        weight: For unexpected losses, as fractions of exposure at default.
        expected_loss: Expected loss, as a fraction of exposure at default.
        rule: Rule id of the weight.
    """

    weight: FloatArray
    expected_loss: FloatArray
    rule: RuleArray


def slotting(
    category: Any,
    *,
    is_volatile_property: Any = False,
    maturity: Any = np.nan,
    has_preferential_weights: bool = False,
    as_of: date = LATEST,
) -> Slotted:
    """Return weights and expected losses of the slotting approach (CRE33.2-33.12).

    Args:
        category: `SlottingCategory` of each exposure, or its exact value.
        is_volatile_property: True for high-volatility commercial real estate (CRE33.5).
        maturity: Remaining years; NaN where not known, which is no short maturity.
        has_preferential_weights: Whether the supervisor grants the weights of CRE33.4 and CRE33.7
            for short maturities.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a category is unknown, or a maturity negative.
        MissingRuleError: If the rules are not in force on that date.
    """
    names, volatile, years = np.broadcast_arrays(
        np.asarray(category, dtype=np.object_),
        np.asarray(is_volatile_property, dtype=np.bool_),
        np.asarray(maturity, dtype=np.float64),
    )
    _refuse_unknown(names)
    refuse("maturity", years < 0.0, "is negative", "Give the remaining years.")
    is_short = settled(years) < rule("CRE33.4:short_years", as_of).value
    preferred = has_preferential_weights & is_short & np.isin(names, ["strong", "good"])
    weights = first_of(
        [
            _choice(preferred & volatile, "CRE33.7:volatile_property_preferential", names, as_of),
            _choice(preferred, "CRE33.4:specialised_lending_preferential", names, as_of),
            _choice(volatile, "CRE33.5:volatile_property", names, as_of),
            _choice(True, "CRE33.2:specialised_lending", names, as_of),
        ]
    )
    losses = first_of(
        [
            _choice(volatile, "CRE33.11:expected_loss_volatile", names, as_of),
            _choice(preferred, "CRE33.10:expected_loss_preferential", names, as_of),
            _choice(True, "CRE33.9:expected_loss", names, as_of),
        ]
    )
    share = rule("CRE33.8:expected_loss_share", as_of).value
    return Slotted(weights.weight, share * losses.weight, weights.rule)


def _refuse_unknown(names: RuleArray) -> None:
    unknown = sorted({str(name) for name in names.ravel()} - set(CATEGORIES))
    if unknown:
        raise RiskInputError(
            f"Unknown supervisory category: {', '.join(unknown)}.",
            f"Use one of: {', '.join(CATEGORIES)}.",
        )


def _choice(condition: Any, rule_id: str, names: RuleArray, as_of: date) -> Choice:
    return condition, rule_id, _by_category(rule(rule_id, as_of), names)


def _by_category(table: Rule, names: RuleArray) -> FloatArray:
    """The figure of each category; NaN for one that the table does not hold."""
    figures = np.full(names.shape, np.nan)
    for part in table.values:
        figures[names == part] = table.part(part)
    return figures
