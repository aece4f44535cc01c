"""Findings: problems in the source of a table, and their effect on a load.

Does not belong here: finding them (see `source_check`).
"""

from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from finplatform.errors import FinplatformError


class Effect(StrEnum):
    """Effect of a problem on a load.

    Attributes:
        STOPS: The load fails and changes nothing.
        REJECTS: The rows go into quarantine; the others are stored.
        NONE: No effect; the problem is reported only.
    """

    STOPS = "stops"
    REJECTS = "rejects"
    NONE = "none"


@dataclass
class Problem:
    """One problem.

    Attributes:
        origin: File or table of the first occurrence.
        column: Column of the contract; position of a malformed piece; None for the whole.
        rule: The violated rule, or the problem in a sentence.
        effect: Effect on a load.
        rows: Violating rows among those read; None for a problem that is not about rows.
        example: One value, masked if it may be personal.
        hint: Remedy.
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
        problems: Problems, in the order found.
    """

    table: str
    rows: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def effect(self) -> Effect:
        """Worst effect of the problems."""
        found = {problem.effect for problem in self.problems}
        return next((effect for effect in Effect if effect in found), Effect.NONE)

    def stop(self, origin: str, error: FinplatformError) -> None:
        """Adds an error that would end a load."""
        if any(known.rule == error.message for known in self.problems):
            return
        self.problems.append(Problem(origin, None, error.message, Effect.STOPS, hint=error.hint))

    def miss(self, origin: str, name: str, source_name: str, hint: str) -> None:
        """Adds a column that the source lacks."""
        rule = f"no column {source_name}"
        if not any(known.column == name and known.rule == rule for known in self.problems):
            self.problems.append(Problem(origin, name, rule, Effect.STOPS, hint=hint))

    def reject(self, origin: str, broken: pl.DataFrame) -> None:
        """Adds violated rules.

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
        """Adds the failure of the load if too large a share of the rows is rejected.

        Args:
            limit: Share of rejected rows above which the load fails.
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
                hint="Correct the source or its mapping, or raise FINPLATFORM_REJECT_LIMIT.",
            )
        )

    def _known(self, column: str, rule: str) -> Problem | None:
        same = (p for p in self.problems if p.column == column and p.rule == rule)
        return next((p for p in same if p.effect is Effect.REJECTS), None)
