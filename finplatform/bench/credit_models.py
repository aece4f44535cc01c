"""The two families that compete on a loan book: a scorecard and gradient-boosted trees.

Belongs here: the task, and the initial settings of each family. Does not belong here: the families,
which the bank's own model shares (`finplatform.ml.families`, `boosting`), and the choice among them
(`finplatform.bench.credit_choice`).
"""

from finplatform.ml.boosting import Boosting
from finplatform.ml.families import Scorecard
from finplatform.ml.spec import Task
from finplatform.ml.tree_lattice import Lattice, Shape

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
SIZES = Lattice(Shape(leaves=4))
CHALLENGER = Boosting(SIZES, TASK, learning_rate=0.1)
"""Initial settings of the searches, the same for every book."""
