"""Findings: what is wrong with the source of a table, and what a load would make of it.

Belongs here: counting problems, and the verdict. Does not belong here: finding them (see
`source_check`).
"""

from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from finplatform.errors import FinplatformError


class Effect(StrEnum):
    """What a load does about a problem.

    Attributes:
        STOPS: It fails and changes nothing.
        REJECTS: It puts the rows into quarantine and stores the others.
        NONE: Nothing; the problem is worth knowing.
    """

    STOPS = "stops"
    REJECTS = "rejects"
    NONE = "none"


@dataclass
class Problem:
    """One thing that is wrong.

    Attributes:
        origin: File or table that it was found in first.
        column: Column of the contract; of a piece that is no row its place; None for the whole.
        rule: The rule that is broken, or what is wrong in a sentence.
        effect: What a load does about it.
        rows: Rows that break the rule, of those read; None where it is not about rows.
        example: One value, masked if it may be personal.
        hint: What to do.
    """

    origin: str
    column: str | None
    rule: str
    effect: Effect
    rows: int | None = None
    example: str | None = None
    hint: str = ""


@dataclass
class TableFindings:
    """Everything found about one table.

    Attributes:
        table: Bronze table.
        rows: Rows read.
        rejected: Rows of them that a load would reject.
        problems: What is wrong, in the order found.
    """

    table: str
    rows: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def effect(self) -> Effect:
        """The worst that a load does about a problem."""
        found = {problem.effect for problem in self.problems}
        return next((effect for effect in Effect if effect in found), Effect.NONE)

    def stop(self, origin: str, error: FinplatformError) -> None:
        """Notes an error that would end a load."""
        if any(known.rule == error.message for known in self.problems):
            return
        self.problems.append(Problem(origin, None, error.message, Effect.STOPS, hint=error.hint))

    def miss(self, origin: str, name: str, source_name: str, hint: str) -> None:
        """Notes a column that the source lacks."""
        rule = f"no column {source_name}"
        if not any(known.column == name and known.rule == rule for known in self.problems):
            self.problems.append(Problem(origin, name, rule, Effect.STOPS, hint=hint))

    def reject(self, origin: str, broken: pl.DataFrame) -> None:
        """Notes broken rules.

        Args:
            origin: File or table of the rows.
            broken: `column`, `rule` and a `value` that may be shown, a row for each failure.
        """
        counted = broken.group_by("column", "rule", maintain_order=True).agg(
            rows=pl.len(), example=pl.col("value").drop_nulls().first()
        )
        for column, rule, rows, example in counted.iter_rows():
            known = self._known(column, rule)
            if known is None:
                known = Problem(origin, column, rule, Effect.REJECTS, 0)
                self.problems.append(known)
            known.rows = (known.rows or 0) + rows
            known.example = known.example or example

    def apply_limit(self, limit: float) -> None:
        """Notes that a load fails, if too large a share of the rows is bad.

        Args:
            limit: Share above which it does.
        """
        if self.rejected <= limit * self.rows:
            return
        self.problems.append(
            Problem(
                "all",
                None,
                f"{self.rejected:,} of {self.rows:,} rows read are bad, more than {limit:.0%}",
                Effect.STOPS,
                rows=self.rejected,
                hint="Mend the source or its mapping, or raise FINPLATFORM_REJECT_LIMIT.",
            )
        )

    def _known(self, column: str, rule: str) -> Problem | None:
        same = (p for p in self.problems if p.column == column and p.rule == rule)
        return next((p for p in same if p.effect is Effect.REJECTS), None)
