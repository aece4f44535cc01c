"""`finplatform models override`: an analyst's override of a grade.

The override becomes a row of the day's file in the landing zone, as from a rating system: the run
of that day loads it, and the same contract checks it. The command reports violations of that
contract at once.

Belongs here: the command. Does not belong here: which decision holds (`finplatform.ml.overrides`).
"""

import csv
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from finplatform.cli.output import OUT, print_json
from finplatform.contracts.rating import ReceivedOverrides
from finplatform.errors import FinplatformError
from finplatform.ml.overrides import OVERRIDE_REASONS
from finplatform.ml.rating import GRADES
from finplatform.settings import get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.reader_role import open_reader

FILE = "grade_overrides_{day}.csv"
_COLUMNS = list(ReceivedOverrides.to_schema().columns)
_LEAST, _MOST = 10, 500


@dataclass(frozen=True)
class Decision:
    """What an analyst decides.

    Attributes:
        exposure_id: Loan or card account.
        to_grade: Grade that takes the model's place.
        decided_by: User who requests it.
        approved_by: Who approved it.
        reason_code: Kind of reason.
        reason: The reason in words.
    """

    exposure_id: str
    to_grade: str
    decided_by: str
    approved_by: str
    reason_code: str
    reason: str


def run(decision: Decision, day: date | None, until: date | None, *, as_json: bool) -> None:
    """Writes the decision and prints the file's path.

    Args:
        decision: What is decided.
        day: Day of the decision; None: today in UTC.
        until: Last day on which it holds; None for the platform's rule.
        as_json: Whether to print the row as JSON.

    Raises:
        FinplatformError: The exposure has no grade, or a rule is broken.
    """
    decided = day or datetime.now(UTC).date()
    check(decision, decided, until)
    row = {
        "override_id": f"OV-{uuid4().hex[:16]}",
        **asdict(decision),
        "decided_date": decided.isoformat(),
        "from_grade": _grade(decision.exposure_id, decided),
        "valid_until": until.isoformat() if until else "",
    }
    if row["from_grade"] == decision.to_grade:
        raise FinplatformError(f"The exposure is in grade {decision.to_grade} already.")
    settings = get_settings()
    detail = {name: value for name, value in row.items() if name != "reason"}
    record_command(settings, "grade override", decision.exposure_id, detail)
    path = append(settings.landing, decided, row)
    if as_json:
        print_json({**row, "file": path})
        return
    OUT.print(f"{row['override_id']}: {row['from_grade']} to {row['to_grade']}, in {path}")
    OUT.print("It holds from the run of its day on.")


def check(decision: Decision, decided: date, until: date | None) -> None:
    """Refuses what would be refused later.

    Raises:
        FinplatformError: A rule is broken.
    """
    broken = {
        f"There is no grade {decision.to_grade}; grades are {', '.join(GRADES)}.": decision.to_grade
        not in GRADES,
        "The requester must not approve.": decision.decided_by == decision.approved_by,
        f"The kind of reason is one of {', '.join(OVERRIDE_REASONS)}.": decision.reason_code
        not in OVERRIDE_REASONS,
        f"A reason has {_LEAST} to {_MOST} characters.": not _LEAST
        <= len(decision.reason)
        <= _MOST,
        "It would end before it begins.": until is not None and until < decided,
    }
    for message, is_broken in broken.items():
        if is_broken:
            raise FinplatformError(message)


def append(landing: Path, day: date, row: dict[str, Any]) -> Path:
    """Adds a row to the day's file atomically."""
    landing.mkdir(parents=True, exist_ok=True)
    path = landing / FILE.format(day=day.isoformat())
    unfinished = path.with_suffix(".part")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(before)
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        if not before:
            writer.writeheader()
        writer.writerow(row)
    unfinished.replace(path)
    return path


def _grade(exposure: str, decided: date) -> str:
    with open_reader(get_settings()).connect() as connection:
        found = connection.execute(
            "select grade from gold.pd_grades where exposure_id = %s and observation_date <= %s"
            " order by observation_date desc limit 1",
            (exposure, decided),
        ).fetchone()
    if found is None:
        raise FinplatformError(
            f"The exposure {exposure} has no grade up to {decided}.",
            "Graded exposures are in gold.pd_grades.",
        )
    if found[0] not in GRADES:
        raise FinplatformError(
            f"The exposure {exposure} is in default, which cannot be overridden."
        )
    return str(found[0])
