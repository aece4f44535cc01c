"""Where each reported figure comes from: its components down to the rows of tables, with the rules.

Belongs here: `Trail`, which collects the steps of one reporting date and makes every step add up.
Which figures there are is `capital_trail`; how a trail is walked and shown is the command line's.

A figure is the sum of its addends, or one numerator over one denominator. An addend is another
figure, or the rows of a table that a filter chooses, times a factor. Contributions are in cents and
add up to the figure exactly; what rounding leaves goes to the largest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.errors import RiskInputError
from finplatform.risk.figures.rounding import CENT, date_key, to_cents

_ONE = Decimal(1)
_RELATIVE = Decimal("0.000000001")


@dataclass(frozen=True)
class Rows:
    """Rows of a table that a component adds up.

    Attributes:
        table: `schema.table`.
        column: Column that is added up.
        condition: SQL condition that chooses the rows.
    """

    table: str
    column: str
    condition: str


@dataclass(frozen=True)
class Part:
    """One component of a figure.

    Attributes:
        name: Another figure, or a name for the rows.
        base: Its value.
        factor: What multiplies it.
        rules: Rules of the step, by id or paragraph.
        rows: The rows, for what is no figure.
    """

    name: str
    base: Decimal
    factor: Decimal = _ONE
    rules: str = ""
    rows: Rows | None = None

    @property
    def exact(self) -> Decimal:
        """What it brings, before rounding."""
        return self.base * self.factor


@dataclass
class Trail:
    """The steps of one reporting date.

    Attributes:
        day: The date.
        steps: Rows of `gold.figure_lineage` so far.
    """

    day: date
    steps: list[dict[str, Any]] = field(default_factory=list)

    def total(self, figure: str, value: Decimal, parts: Sequence[Part]) -> None:
        """Note a figure that is the sum of its parts.

        Raises:
            RiskInputError: If the parts do not make the figure, beyond what rounding explains.
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

    def ratio(self, figure: str, value: Decimal, above: Part, below: Part) -> None:
        """Note a figure that is one amount over another."""
        self._note(figure, None, value, 1, "numerator", above, to_cents(above.base))
        self._note(figure, None, value, 2, "denominator", below, to_cents(below.base))

    def _note(
        self,
        figure: str,
        amount: Decimal | None,
        ratio: Decimal | None,
        position: int,
        relation: str,
        part: Part,
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


def as_frame(trails: Sequence[Trail]) -> pl.DataFrame:
    """Rows of `gold.figure_lineage`."""
    return pl.DataFrame(
        [step for trail in trails for step in trail.steps], infer_schema_length=None
    )
