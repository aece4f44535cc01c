"""The bank's policy on customers as dated figures: read from `policy.csv`, as of a day.

Belongs here: reading and checking the file. Does not belong here: what a figure is used for.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from finplatform.errors import FinplatformError

_FILE = "policy.csv"


@dataclass(frozen=True)
class Policy:
    """The figures in force on a day.

    Attributes:
        as_of: The day.
        values: Figure by rule.
    """

    as_of: date
    values: dict[str, float]

    def __getitem__(self, rule: str) -> float:
        """The figure of a rule.

        Raises:
            FinplatformError: If it is not in force on the day.
        """
        try:
            return self.values[rule]
        except KeyError:
            raise FinplatformError(
                f"The policy on customers has no figure {rule} on {self.as_of}.",
                "Its figures are in finplatform/compliance/kyc/policy.csv.",
            ) from None


def policy(as_of: date) -> Policy:
    """The policy on a day.

    Args:
        as_of: Day; both ends of a figure's validity are days in force.
    """
    return Policy(
        as_of,
        {
            row["rule_id"]: float(row["value"])
            for row in _rows()
            if date.fromisoformat(row["valid_from"]) <= as_of
            and (not row["valid_to"] or as_of <= date.fromisoformat(row["valid_to"]))
        },
    )


@lru_cache(maxsize=1)
def _rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
