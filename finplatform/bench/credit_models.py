"""The two families that compete on a loan book: a scorecard and gradient-boosted trees.

Belongs here: the task and the settings of each family. Does not belong here: the families
(`finplatform.ml.families`), which setting or family is chosen (`finplatform.bench.credit_choice`),
data, figures.
"""

from finplatform.ml.families import Boosting, Family, Scorecard
from finplatform.ml.spec import Task

__all__ = ["CHALLENGER", "CHAMPION", "TASK", "Boosting", "Family", "Scorecard"]

TASK = Task(
    name="credit default",
    prefix="bench-",
    unit="loan_id",
    units="loans",
    label="is_bad",
    event_date="default_date",
    event="default",
    happened="defaulted",
    declared={},
)
"""Nothing is expected of a public data set's columns."""

CHAMPION = Scorecard(
    {f"penalty {value:g}": value for value in (1000.0, 300.0, 100.0, 30.0, 10.0)}, TASK
)
CHALLENGER = Boosting({f"{leaves} leaves": leaves for leaves in (4, 15)}, TASK)
