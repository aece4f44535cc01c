"""Lineage of reported figures: components down to rows of tables, with the rules of each step.

A figure is the sum of its addends, or one numerator over one denominator. An addend is another
figure, or filtered rows of a table, times a factor. Contributions are in cents and add up to the
figure exactly; the rounding difference is added to the largest contribution.

The figures of the capital ratios are listed in `capital_lineage`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import CENT, to_cents
from finplatform.windows import date_key

_ONE = Decimal(1)
_RELATIVE = Decimal("0.000000001")


@dataclass(frozen=True)
class SourceRows:
    """SourceRows of a table that a component adds up.

    Attributes:
        table: `schema.table`.
        column: Column that is added up.
        condition: SQL condition that chooses the rows.
    """

    table: str
    column: str
    condition: str


@dataclass(frozen=True)
class Component:
    """One component of a figure.

    Attributes:
        name: Another figure, or a name for the rows.
        base: Value before the factor.
        factor: Multiplier.
        rules: Rules of the step, by id or paragraph.
        rows: Source rows; None for a component that is a figure.
    """

    name: str
    base: Decimal
    factor: Decimal = _ONE
    rules: str = ""
    rows: SourceRows | None = None

    @property
    def exact(self) -> Decimal:
        """Contribution before rounding."""
        return self.base * self.factor


@dataclass
class FigureLineage:
    """The steps of one reporting date.

    Attributes:
        day: The date.
        steps: SourceRows of `gold.figure_lineage` so far.
    """

    day: date
    steps: list[dict[str, Any]] = field(default_factory=list)

    def total(self, figure: str, value: Decimal, parts: Sequence[Component]) -> None:
        """Add a figure that is the sum of its components.

        Raises:
            RiskInputError: If the components differ from the figure by more than rounding.
        """
        found = [to_cents(part.exact) for part in parts]
        left = value - sum(found, Decimal(0))
        allowed = CENT * (len(parts) + 1) + _RELATIVE * max(map(abs, [value, *found]))
        if abs(left) > allowed:
            raise RiskInputError(
                f"The parts of {figure} on {self.day} miss it by {left}.",
                "A figure must follow from what its lineage names.",
            )
        if parts:
            largest = max(range(len(parts)), key=lambda number: abs(found[number]))
            found[largest] += left
        for position, (part, amount) in enumerate(zip(parts, found, strict=True), start=1):
            self._note(figure, value, None, position, "addend", part, amount)

    def ratio(self, figure: str, value: Decimal, above: Component, below: Component) -> None:
        """Add a figure that is one amount over another."""
        self._note(figure, None, value, 1, "numerator", above, to_cents(above.base))
        self._note(figure, None, value, 2, "denominator", below, to_cents(below.base))

    def _note(
        self,
        figure: str,
        amount: Decimal | None,
        ratio: Decimal | None,
        position: int,
        relation: str,
        part: Component,
        contribution: Decimal,
    ) -> None:
        self.steps.append(
            {
                "reporting_date": self.day,
                "date_key": date_key(self.day),
                "figure": figure,
                "component": part.name,
                "position": position,
                "relation": relation,
                "figure_value": float(amount if amount is not None else ratio or 0),
                "figure_amount": amount,
                "base_amount": to_cents(part.base),
                "factor": float(part.factor),
                "contribution": contribution,
                "rules": part.rules or "sum",
                "source_table": part.rows.table if part.rows else None,
                "source_column": part.rows.column if part.rows else None,
                "source_filter": part.rows.condition if part.rows else None,
            }
        )


def as_frame(lineages: Sequence[FigureLineage]) -> pl.DataFrame:
    """SourceRows of `gold.figure_lineage`."""
    return pl.DataFrame(
        [step for lineage in lineages for step in lineage.steps], infer_schema_length=None
    )
