"""All tasks that models are kept for, by the beginning of their versions.

Belongs here: the list alone. Does not belong here: what a task is (`finplatform.ml.spec`).
"""

from collections.abc import Mapping

from finplatform.ml.churn import CHURN
from finplatform.ml.fraud import FRAUD
from finplatform.ml.spec import DEFAULT, Task

TASKS: Mapping[str, Task] = {task.prefix: task for task in (DEFAULT, CHURN, FRAUD)}
"""Tasks by prefix; a stored version tells its task by it."""
