"""Registry of all tasks by the prefix of their model versions."""

from collections.abc import Mapping

from finplatform.ml.churn import CHURN
from finplatform.ml.fraud import FRAUD
from finplatform.ml.spec import DEFAULT, Task

TASKS: Mapping[str, Task] = {task.prefix: task for task in (DEFAULT, CHURN, FRAUD)}
"""Tasks by the prefix of their model versions."""
