"""Attribution of the change of a capital ratio between two dates, as an exact additive tree.

Belongs here: the decomposition. A ratio is capital over risk-weighted assets, and the assets of a
class are its exposure times its average weight. Each product is split by the Shapley value of its
two factors: a factor's step is its change times the average of the other factor over both dates.
The order of the factors then plays no part and nothing is left over:

    capital   (C1 - C0) (1/A0 + 1/A1) / 2           linear in the lines of own funds
    assets   -(A1 - A0) (C0 + C1) / (2 A0 A1)       linear in kinds of risk, classes and floor
    volume    (E1 - E0) (w0 + w1) / 2               of a class, in assets
    weight    (w1 - w0) (E0 + E1) / 2               of a class; the mix within it counts as weight

Steps are computed as fractions without rounding, and rounded once, each level so that it adds up to
the one above. Does not belong here: reading tables and drawing the tree.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO
from finplatform.risk.reports.capital_lineage import rows_on
from finplatform.risk.reports.rwa_breakdown import cell_name

TIERS_OF_RATIO: Mapping[str, tuple[str, ...]] = {
    "cet1_ratio": ("CET1",),
    "tier1_ratio": ("CET1", "AT1"),
    "total_ratio": ("CET1", "AT1", "T2"),
}
"""Ratios that can be explained, with the tiers of own funds in their numerator."""

OPENING, CLOSING = "opening", "closing"
CAPITAL, ASSETS, VOLUME, WEIGHT, FLOOR = "capital", "assets", "volume", "weight", "floor"
DEEPEST = 4
"""Depth of volumes and weights, the last level."""

_RATIO_PLACES, _MONEY_PLACES = 6, 2
_SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String,
    "parent": pl.String,
    "label": pl.String,
    "depth": pl.Int64,
    "kind": pl.String,
    "amount": pl.Decimal(18, _RATIO_PLACES),
    "money": pl.Decimal(18, _MONEY_PLACES),
}
_NAMES = {"risk_weighted_assets": "RWA", "floor": "output floor"}

Row = Mapping[str, Any]


@dataclass
class _Step:
    """One step: its exact change of the ratio and of the money behind it."""

    name: str
    kind: str
    change: Fraction
    money: Fraction
    children: list["_Step"] = field(default_factory=list)


def capital_movement(
    adequacy: pl.DataFrame,
    classes: pl.DataFrame,
    start: date,
    end: date,
    *,
    own_funds: pl.DataFrame | None = None,
    ratio: str = "cet1_ratio",
) -> pl.DataFrame:
    """Steps from the ratio of one date to that of another.

    Args:
        adequacy: Rows of `gold.capital_adequacy` of both dates, and of any others.
        classes: Rows of `gold.rwa_by_class`.
        start: Reporting date of the opening ratio.
        end: Reporting date of the closing ratio.
        own_funds: Rows of `gold.own_funds`; None: capital is one step.
        ratio: One of `TIERS_OF_RATIO`.

    Returns:
        One row per step, a parent before its children: name (a path), parent, label, depth, kind,
        amount (change of the ratio as a fraction with six decimals; the ratio itself for opening
        and closing) and money (change of the amount behind it). Opening and the steps of depth 1
        add up to closing, and the children of a step to the step, without a remainder.

    Raises:
        RiskInputError: If the ratio is unknown, a date has none, or the tables contradict each
            other.
    """
    if ratio not in TIERS_OF_RATIO:
        raise RiskInputError(
            f"{ratio} is no ratio that can be explained.", f"Name one of {sorted(TIERS_OF_RATIO)}."
        )
    first, last = _adequacy_on(adequacy, start, ratio), _adequacy_on(adequacy, end, ratio)
    capital = tuple(Fraction(row[ratio.replace("_ratio", "_capital")]) for row in (first, last))
    assets = tuple(Fraction(row["risk_weighted_assets"]) for row in (first, last))
    steps = [
        _capital(capital, assets, _funds(own_funds, (start, end), TIERS_OF_RATIO[ratio])),
        _assets(capital, assets, [rows_on(classes, day) for day in (start, end)]),
    ]
    rows = [_row(OPENING, None, 0, OPENING, first[ratio], None)]
    whole = (last[ratio] - first[ratio], None)
    rows += _rows(steps, None, 1, whole)
    return pl.DataFrame(
        [*rows, _row(CLOSING, None, 0, CLOSING, last[ratio], None)], schema=_SCHEMA, orient="row"
    )


def waterfall_steps(movement: pl.DataFrame, depth: int = 2) -> pl.DataFrame:
    """The tree cut at a depth: opening, steps that add up to the change, closing.

    Args:
        movement: Result of `capital_movement`.
        depth: Level of the steps; a branch that ends above it is shown by its last step.

    Returns:
        The rows of these steps in their order.
    """
    parents = pl.col("name").is_in(
        movement.filter(pl.col("depth") <= depth)["parent"].drop_nulls().implode()
    )
    return movement.filter((pl.col("depth") <= depth) & ~parents)


def _adequacy_on(adequacy: pl.DataFrame, day: date, ratio: str) -> Row:
    found = rows_on(adequacy, day)
    if not found or found[0][ratio] is None:
        raise RiskInputError(
            f"No {ratio} is reported for {day}.", "Ratios exist at month ends with own funds."
        )
    return found[0]


def _funds(
    own_funds: pl.DataFrame | None, days: tuple[date, date], tiers: Sequence[str]
) -> list[dict[str, Fraction]]:
    """Counted amount of each line on each date."""
    if own_funds is None:
        return [{}, {}]
    return [
        {
            row["line"]: Fraction(row["counted_amount"])
            for row in rows_on(own_funds, day)
            if row["tier"] in tiers
        }
        for day in days
    ]


def _capital(
    capital: tuple[Fraction, ...], assets: tuple[Fraction, ...], funds: list[dict[str, Fraction]]
) -> _Step:
    per_unit = (1 / assets[0] + 1 / assets[1]) / 2
    change = capital[1] - capital[0]
    lines = [
        _Step(f"{CAPITAL}.{line}", CAPITAL, moved * per_unit, moved)
        for line, moved in _changes(funds).items()
    ]
    step = _Step(CAPITAL, CAPITAL, change * per_unit, change, lines)
    return _checked(step, "gold.own_funds")


def _assets(
    capital: tuple[Fraction, ...], assets: tuple[Fraction, ...], cells: Sequence[Sequence[Row]]
) -> _Step:
    root = "risk_weighted_assets"
    per_unit = -(capital[0] + capital[1]) / (2 * assets[0] * assets[1])
    kinds: dict[str, list[_Step]] = {}
    for (kind, name), both in _by_class(cells).items():
        parts = [
            _Step(f"{root}.{kind}.{name}.{part}", part, moved * per_unit, moved)
            for part, moved in _volume_and_weight(*both).items()
        ]
        kinds.setdefault(kind, []).append(_sum(f"{root}.{kind}.{name}", parts))
    children = [_sum(f"{root}.{kind}", steps) for kind, steps in kinds.items()]
    sums = [
        sum((Fraction(row["risk_weighted_assets"]) for row in rows), Fraction()) for rows in cells
    ]
    floor = (assets[1] - sums[1]) - (assets[0] - sums[0])
    if assets[0] != sums[0] or assets[1] != sums[1]:
        children.append(_Step(f"{root}.{FLOOR}", FLOOR, floor * per_unit, floor))
    change = assets[1] - assets[0]
    return _checked(_Step(root, ASSETS, change * per_unit, change, children), "gold.rwa_by_class")


def _by_class(cells: Sequence[Sequence[Row]]) -> dict[tuple[str, str], tuple[Row | None, ...]]:
    """Cells of the two dates by kind of risk and class."""
    named = [{(row["risk_type"], cell_name(row)): row for row in rows} for rows in cells]
    return {key: (named[0].get(key), named[1].get(key)) for key in sorted({*named[0], *named[1]})}


def _volume_and_weight(first: Row | None, last: Row | None) -> dict[str, Fraction]:
    """Change of a class's assets by its exposure and by its average weight.

    A class that is there on one date alone comes or goes with the weight that it has then.
    """
    exposure = [Fraction(row["exposure_amount"] if row else ZERO) for row in (first, last)]
    assets = [Fraction(row["risk_weighted_assets"] if row else ZERO) for row in (first, last)]
    known = [a / e if e else None for a, e in zip(assets, exposure, strict=True)]
    weights = [weight for weight in known if weight is not None] or [Fraction()]
    average = (weights[0] + weights[-1]) / 2
    volume = (exposure[1] - exposure[0]) * average
    return {VOLUME: volume, WEIGHT: assets[1] - assets[0] - volume}


def _changes(amounts: list[dict[str, Fraction]]) -> dict[str, Fraction]:
    first, last = amounts
    return {
        name: last.get(name, Fraction()) - first.get(name, Fraction())
        for name in sorted({*first, *last})
    }


def _sum(name: str, children: list[_Step]) -> _Step:
    return _Step(
        name,
        ASSETS,
        sum((child.change for child in children), Fraction()),
        sum((child.money for child in children), Fraction()),
        children,
    )


def _checked(step: _Step, table: str) -> _Step:
    """The step, if its children make it."""
    made = sum((child.money for child in step.children), Fraction())
    if step.children and made != step.money:
        raise RiskInputError(
            f"The rows of {table} change by {float(made):,.2f}, {step.name} by"
            f" {float(step.money):,.2f}.",
            "Give all rows of both dates, of one build.",
        )
    return step


def _rows(
    steps: Sequence[_Step], parent: str | None, depth: int, whole: tuple[Decimal, Decimal | None]
) -> list[dict[str, Any]]:
    """Rows of a level and all below it, rounded so that the level makes its whole."""
    amounts = _fitted([step.change for step in steps], whole[0], _RATIO_PLACES)
    sums = whole[1]
    if sums is None:
        money = [_rounded(step.money, _MONEY_PLACES) for step in steps]
    else:
        money = _fitted([step.money for step in steps], sums, _MONEY_PLACES)
    rows = []
    for step, amount, moved in zip(steps, amounts, money, strict=True):
        rows.append(_row(step.name, parent, depth, step.kind, amount, moved))
        rows += _rows(step.children, step.name, depth + 1, (amount, moved))
    return rows


def _row(
    name: str, parent: str | None, depth: int, kind: str, amount: Decimal, money: Decimal | None
) -> dict[str, Any]:
    last = name.removeprefix(f"{parent}." if parent else "")
    return {
        "name": name,
        "parent": parent,
        "label": _NAMES.get(last) or last.replace(".", ", ").replace("_", " "),
        "depth": depth,
        "kind": kind,
        "amount": amount,
        "money": money,
    }


def _rounded(exact: Fraction, places: int) -> Decimal:
    return Decimal(round(exact * 10**places)).scaleb(-places)


def _fitted(parts: Sequence[Fraction], whole: Decimal, places: int) -> list[Decimal]:
    """The parts rounded so that they add up to a whole that was rounded before.

    Units that are missing go to the largest remainders (the method of Hamilton), and to parts that
    are not zero as long as there are any.

    Args:
        parts: Exact parts.
        whole: Their rounded sum, give or take a few units.
        places: Decimals of a unit.
    """
    if not parts:
        return []
    scaled = [part * 10**places for part in parts]
    units = [math.floor(part) for part in scaled]
    moving = [index for index, part in enumerate(scaled) if part] or list(range(len(parts)))
    moving.sort(key=lambda index: units[index] - scaled[index])
    each, more = divmod(int(whole.scaleb(places)) - sum(units), len(moving))
    for position, index in enumerate(moving):
        units[index] += each + (position < more)
    return [Decimal(unit).scaleb(-places) for unit in units]
